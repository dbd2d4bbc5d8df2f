/**
 * The bridge for clients of 9P: what they ask by 9P2000.L is asked of directories that this server was given, one for each
 * name that can be attached. So a client's authority is that of the name, and what a name may do was decided by whoever
 * composed the system: another offer of the vfs, another root, user and access.
 *
 * One thread listens to all connections and waits for none (sockets by `news`, files by callers); each request is a task,
 * and connections take turns. Nobody proves who he is: the numbers that clients give for users say whose files are that
 * they make, where the directory lets its client decide that. When there is no room for one more connection, the one that
 * has attached nothing for longest makes room.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { Condition } from "../common/activity.js";
import { fail } from "../common/answer.js";
import type { Client } from "../common/client.js";
import { type Component, component } from "../common/component.js";
import type { Offer, Self, WindowedClient } from "../common/handles.js";
import { calls } from "../common/need.js";
import { again } from "../common/retry.js";
import { Listener, type Stream } from "../sockets/interface.js";
import { Timer } from "../timer/interface.js";
import { Directory } from "../vfs/interface.js";
import { Connection } from "./connection.js";
import { Export, FILES_WINDOW_PAGES } from "./export.js";
import { Connections } from "./interface.js";

/** Connections at a time. */
const MOST_CONNECTIONS = 32;
/** Requests that are carried out at a time, by as many threads that make calls. */
const CALLERS = 4;
const WAITING = 8;
/** Slots: streams, sessions of volumes, and what callers need. */
const SLOTS = 128;
/** Of the window with the sockets: what comes, and what goes. */
const PIECE_BYTES = 65_536;
const PLACES = { in: 0, out: PIECE_BYTES } as const;
const SOCKETS_WINDOW_PAGES = (2 * PIECE_BYTES) / 4096;

/** What is exported. */
export interface NinepOptions {
  /**
   * Names that clients attach (`aname`), by the need whose directory they lead to: `{ guest: "/home/guest" }` needs
   * `guest`, a directory, which composition chooses.
   */
  readonly exports: Readonly<Record<string, string>>;
}

/** What the component has for itself, whatever is exported. */
interface Given {
  readonly sockets: WindowedClient<typeof Listener>;
  readonly clock: Client<typeof Timer>;
  readonly connections: Offer<typeof Connections>;
  readonly self: Self;
}

/**
 * The component. Its needs are `sockets`, a listener; `clock`, a timer; and a directory for each export.
 * @throws RangeError when nothing is exported, or two directories by one name
 */
export function ninepServer({ exports }: NinepOptions): Component {
  const needs = Object.keys(exports);
  if (needs.length === 0) throw new RangeError("ninep: something has to be exported");
  if (new Set(Object.values(exports)).size < needs.length) {
    throw new RangeError("ninep: two directories are exported by one name");
  }
  return component("ninep", {
    needs: {
      sockets: calls(Listener, { window: SOCKETS_WINDOW_PAGES }),
      clock: calls(Timer),
      ...Object.fromEntries(needs.map((need) => [need, calls(Directory, { window: FILES_WINDOW_PAGES })])),
    },
    offers: { connections: Connections },
    ...{ waiting: WAITING, callers: CALLERS, slots: SLOTS },
    *main(handles) {
      // Which directories there are is known when the component is made, not when it is compiled.
      const given = handles as unknown as Given;
      const directories = handles as unknown as Readonly<Record<string, WindowedClient<typeof Directory>>>;
      const { self } = given;
      const exported = needs.map((need) => new Export(exports[need]!, directories[need]!, self));
      const bridge = new Bridge(given, new Map(exported.map((of) => [of.name, of])));
      given.connections.on(() => null, {
        next: (_, { after }) => bridge.next(after),
        cut: (_, { number }) => bridge.cut(number),
        quiet: () => bridge.quiet(),
      });
      yield* bridge.start();
      yield* self.serve();
    },
  });
}

/** A connection with its stream. */
interface Open {
  readonly connection: Connection;
  readonly stream: Client<typeof Stream>;
  /** The stream has something, which was not read. */
  canRead: boolean;
  canWrite: boolean;
}

/** All connections. */
class Bridge {
  readonly #given: Given;
  readonly #exports: ReadonlyMap<string, Export>;
  /** In turn: who was served last is the last one. */
  readonly #open = new Map<number, Open>();
  readonly #quiet: Condition;
  #underWay = 0;

  constructor(given: Given, exports: ReadonlyMap<string, Export>) {
    this.#given = given;
    this.#exports = exports;
    this.#quiet = given.self.condition();
  }

  /** Listen, from now on. */
  *start(): Thread<void> {
    const { self } = this.#given;
    const signal = yield* self.signal(() => this.#hear());
    self.task(this.#accept(signal));
  }

  /** Connections are accepted by a call that waits: so it is heard, too, when the driver of the sockets is started anew. */
  *#accept(signal: Parameters<Client<typeof Listener>["onNews"]>[0]["signal"]): Thread<void> {
    const { sockets, self } = this.#given;
    const listener = self.parking(sockets);
    for (;;) {
      yield* sockets.onNews({ signal });
      for (;;) {
        const accepted = yield* listener.accept({ wait: true });
        if (accepted.error === null) yield* this.#admit(accepted.stream, accepted.number);
        else if (accepted.error === "Broken") return;
        else if (accepted.error === "Busy" && (yield* this.#makeRoom())) continue;
        else break;
      }
      yield* this.#endAll();
    }
  }

  *#admit(stream: Client<typeof Stream>, number: number): Thread<void> {
    if (this.#open.size >= MOST_CONNECTIONS && !(yield* this.#makeRoom())) {
      yield* stream.close();
      return;
    }
    const { clock } = this.#given;
    const now = function* (): Thread<number> {
      const time = yield* again(() => clock.time());
      return time.error === null ? time.us : 0;
    };
    const later = (work: Thread<void>): void => this.#given.self.task(work);
    const connection = new Connection({ connection: number, exports: this.#exports, now, later });
    this.#open.set(number, { connection, stream, canRead: true, canWrite: true });
    yield* this.#pump();
  }

  /** Somebody who has attached nothing goes. */
  *#makeRoom(): Thread<boolean> {
    const idle = [...this.#open].filter(
      ([, { connection }]) => connection.requests.fids.size + connection.pending === 0,
    );
    if (idle.length === 0) return false;
    yield* this.#end(Math.min(...idle.map(([number]) => number)));
    return true;
  }

  /** There is news of some streams. */
  *#hear(): Thread<void> {
    const { sockets } = this.#given;
    for (let news = yield* sockets.news(); news.error === null; news = yield* sockets.news()) {
      const open = this.#open.get(news.number);
      if (open === undefined) continue; // one to be accepted, or one that is closed
      open.canRead ||= news.canRead;
      open.canWrite ||= news.canWrite;
    }
    yield* this.#pump();
  }

  /** Read, begin and write whatever can be. */
  *#pump(): Thread<void> {
    for (const [number, open] of [...this.#open]) {
      while (open.canRead && open.connection.wants) yield* this.#read(number, open);
      while (open.canWrite && open.connection.hasOutgoing) yield* this.#write(open);
      if (open.connection.isDone) yield* this.#end(number);
    }
    this.#begin();
  }

  *#read(number: number, open: Open): Thread<void> {
    const { window } = this.#given.sockets;
    const read = yield* open.stream.read({ length: PIECE_BYTES, at: PLACES.in, wait: false });
    if (read.error === "NotNow") open.canRead = false;
    else if (read.error !== null) yield* this.#end(number);
    else if (read.count === 0) open.connection.isOver = true;
    else open.connection.receive(yield* window!.read(PLACES.in, read.count));
  }

  *#write(open: Open): Thread<void> {
    const bytes = open.connection.outgoing(PIECE_BYTES);
    yield* this.#given.sockets.window!.write(PLACES.out, bytes);
    const wrote = yield* open.stream.write({ length: bytes.length, at: PLACES.out, wait: false });
    if (wrote.error === null) {
      open.connection.sent(wrote.written);
      return;
    }
    open.canWrite = false;
    if (wrote.error === "NotNow") return;
    open.connection.drop(); // nobody takes it any more
  }

  /** Begin what waits, a request of each connection in turn, as long as somebody is there to carry it out. */
  #begin(): void {
    for (let any = true; any && this.#underWay < CALLERS; ) {
      any = false;
      for (const [number, open] of [...this.#open]) {
        if (this.#underWay >= CALLERS) return;
        const request = open.connection.next();
        if (request === null) continue;
        any = true;
        this.#open.delete(number);
        this.#open.set(number, open);
        this.#underWay++;
        this.#given.self.task(this.#carryOut(open, request));
      }
    }
  }

  *#carryOut({ connection }: Open, request: NonNullable<ReturnType<Connection["next"]>>): Thread<void> {
    yield* connection.carryOut(request);
    this.#underWay--;
    yield* this.#pump();
  }

  *#end(number: number): Thread<void> {
    const open = this.#open.get(number);
    if (open === undefined) return;
    this.#open.delete(number);
    open.connection.drop();
    open.connection.abandon();
    yield* open.stream.close();
    if (this.#open.size === 0) this.#quiet.wake();
  }

  *#endAll(): Thread<void> {
    for (const number of [...this.#open.keys()]) yield* this.#end(number);
  }

  next(after: number) {
    const number = [...this.#open.keys()].sort((a, b) => a - b).find((other) => other > after);
    if (number === undefined) return fail("End");
    const { requests, pending } = this.#open.get(number)!.connection;
    const names = [...new Set([...requests.fids.all()].map(({ of }) => of.name))].join(" ");
    return { number, fids: requests.fids.size, requests: pending, exports: names.slice(0, 80) };
  }

  *cut(number: number) {
    if (!this.#open.has(number)) return fail("NotFound");
    yield* this.#end(number);
    return undefined;
  }

  *quiet(): Thread<void> {
    while (this.#open.size > 0) yield* this.#quiet.wait();
  }
}
