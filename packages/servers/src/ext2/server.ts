/**
 * A file system on a disk, as a volume for others.
 *
 *     client ── Volume ──▸ handler (volume-handlers.ts) ──▸ turn (turns.ts) ──▸ file system ── Disk ──▸ block server
 *
 * What a client asks for is carried out by a task, whoever still waits for it, so that no change ends in its midst. A disk
 * that is slow is waited for by those who need it; others who read go on. A server that is started anew knows nothing of
 * the one before it and goes on by the numbers that its clients have; what had no name any more and was held is gone.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { Disk } from "../block/interface.js";
import { Failure, fail } from "../common/answer.js";
import { type Component, component } from "../common/component.js";
import type { Handlers, Self } from "../common/handles.js";
import { calls, PAGE_BYTES } from "../common/need.js";
import type { Window } from "../common/window.js";
import { Clock } from "../timer/clock.js";
import { Timer } from "../timer/interface.js";
import { Volume } from "../vfs/volume.js";
import { DiskSectors, PIECE_BYTES } from "./disk-sectors.js";
import type { FileSystem } from "./file-system.js";
import { mount } from "./mount.js";
import { resolve } from "./names.js";
import type { Transaction, View } from "./transaction.js";
import { Turns } from "./turns.js";
import { volumeHandlers } from "./volume-handlers.js";

/** Calls of the disk that can be under way. */
const CALLERS = 4;
const WINDOW_PAGES = (CALLERS * PIECE_BYTES) / PAGE_BYTES;
/** Clients' calls that can wait. */
const WAITING = 64;

/** Which file system. */
export interface Ext2Options {
  /** What plans call its program: another one for each disk. "ext2" if left out. */
  readonly name?: string;
  /** Make a file system on a disk that begins with zeroes alone. Default false: there is none then. */
  readonly formatsBlank?: boolean;
}

/** The component. Its offer is the volume on its disk; where that cannot be used, every call is answered `IO`. */
export function ext2Server({ name = "ext2", formatsBlank = false }: Ext2Options = {}): Component {
  return component(name, {
    needs: { disk: calls(Disk, { window: WINDOW_PAGES }), clock: calls(Timer) },
    offers: { volume: Volume },
    callers: CALLERS,
    waiting: WAITING,
    *main({ disk, clock: timer, volume, self }) {
      const clock = new Clock(timer);
      const geometry = yield* disk.geometry();
      const is = geometry.error === null ? geometry : { sectors: 0, writable: false };
      const sectors = new DiskSectors(disk, disk.window as Window, self, is);
      const files = yield* mount(sectors, { nowUs: yield* clock.read(), formatsBlank });
      if (typeof files === "string") return yield* volume.serve(() => null, NO_VOLUME);
      sectors.callBy(self.parking(disk));
      const server = new VolumeServer(files, clock, self);
      const admit = ({ window }: { readonly window: Window | null }): Session => ({
        window,
        held: new Map(),
        isOver: false,
      });
      return yield* volume.serve(admit, volumeHandlers(server), (session) => server.end(session));
    },
  });
}

/** Answers to who asks for what there is not. */
const NO_VOLUME = Object.fromEntries(
  Object.keys(Volume.operations).map((name) => [name, () => fail("IO")]),
) as unknown as Handlers<typeof Volume, null>;

/** What is kept for a session. */
export interface Session {
  readonly window: Window | null;
  /** How often it holds which node. */
  readonly held: Map<number, number>;
  /** Its client is dead: what was begun for it holds nothing any more. */
  isOver: boolean;
}

/** What a task answers: a word is a refusal. */
type Answered<T> = Exclude<T, string> | Failure<Extract<T, string>>;

/** A file system that several clients ask at once. */
export class VolumeServer {
  readonly files: FileSystem;
  readonly #clock: Clock;
  readonly #self: Self;
  readonly #turns: Turns;

  constructor(files: FileSystem, clock: Clock, self: Self) {
    this.files = files;
    this.#clock = clock;
    this.#self = self;
    this.#turns = new Turns(self);
  }

  /** Carry out what only reads. For a handler: it waits. */
  read<const T>(work: (view: View) => Thread<T>): Thread<Answered<T | "IO">> {
    return this.#carryOut(false, () => this.files.reading(work));
  }

  /** Carry out what changes something. For a handler: it waits. */
  change<const T>(work: (tx: Transaction) => Thread<T>): Thread<Answered<T | "IO" | "Full" | "ReadOnly">> {
    return this.#carryOut(true, (nowUs) => this.files.changing(nowUs, work));
  }

  /**
   * Have the node live on, for this session. For a handler: it waits. It is held within the turn in which it was seen to be
   * there: behind it others may take its last name away.
   */
  hold(session: Session, node: number): Thread<Answered<"Stale" | "IO" | null>> {
    const { files } = this;
    return this.read(function* (view) {
      if ((yield* resolve(view, node)) === "Stale") return "Stale";
      if (session.isOver) return null;
      files.hold(node);
      session.held.set(node, (session.held.get(node) ?? 0) + 1);
      return null;
    });
  }

  /** It was held by this session once more than it is. For a handler: it waits. */
  *release(session: Session, node: number): Thread<Answered<"Stale" | null>> {
    const times = session.held.get(node) ?? 0;
    if (times === 0) return fail("Stale");
    if (times === 1) session.held.delete(node);
    else session.held.set(node, times - 1);
    return yield* this.#carryOut(true, (nowUs) => this.#letGo(node, nowUs));
  }

  /**
   * Wait until all is on the disk to stay. For a handler: it waits.
   * @param settles leave the volume in order, as a check would find it: nobody has to look at it after this
   */
  *sync(settles: boolean): Thread<Answered<"IO" | null>> {
    const { changes } = this.files;
    const flushed = yield* this.#carryOut(false, () => this.files.flush());
    if (flushed instanceof Failure || !settles) return flushed;
    return yield* this.#carryOut(true, (nowUs) => this.#settle(nowUs, changes));
  }

  /** A client is dead: nobody holds for it any more. */
  end(session: Session): void {
    session.isOver = true;
    for (const [node, times] of session.held) {
      for (let i = 0; i < times; i++) this.#self.task(this.#turn(true, (nowUs) => this.#letGo(node, nowUs)));
    }
  }

  *#letGo(node: number, nowUs: number): Thread<null> {
    yield* this.files.release(node, nowUs);
    return null;
  }

  *#settle(nowUs: number, changes: number): Thread<"IO" | null> {
    yield* this.files.settle(nowUs, changes);
    return yield* this.files.flush();
  }

  /** A task, for which the handler waits that calls this: it is carried out to its end, whoever dies meanwhile. */
  *#carryOut<T>(changes: boolean, work: (nowUs: number) => Thread<T>): Thread<Answered<T>> {
    const done = this.#self.condition<T>();
    this.#self.task(this.#turn(changes, work, (result) => done.wake(result)));
    const result = yield* done.wait();
    return (typeof result === "string" ? fail(result) : result) as Answered<T>;
  }

  *#turn<T>(changes: boolean, work: (nowUs: number) => Thread<T>, ended: (result: T) => void = () => {}): Thread<void> {
    const result = yield* this.#turns.take(changes, () => this.#atNow(work));
    ended(result);
  }

  *#atNow<T>(work: (nowUs: number) => Thread<T>): Thread<T> {
    return yield* work(yield* this.#clock.read());
  }
}
