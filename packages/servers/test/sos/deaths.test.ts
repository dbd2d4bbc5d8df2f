/**
 * Each server that a system of SOS stands on is killed at moments that a seed draws, in the middle of a session in which a
 * process pages, one reads a file, one sleeps and one reads the console.
 *
 * What a process asks for then fails (-1) or is done all the same, or it dies with a sentence at the console; and when all
 * have ended the first program is run again, and finds everything as it is without a death. What exists in the kernel in
 * the end is what existed before.
 *
 * `SOS_DEATHS=10` kills each so often; `SOS_SEED` begins at another seed.
 */
import { Prng } from "@tessera/hal-sim";
import { load, store, type Thread } from "@tessera/hal-sim/isa";
import type { BootedWorld } from "@tessera/testing";
import { expect, it, vi } from "vitest";
import { Deadlines } from "../../src/index.js";
import { Heap, O_RDONLY, O_RDWR, putText, type SosApi, type SosProgram } from "../../src/sos/index.js";
import { counts } from "./counts.js";
import { bootSos, dying, sosProgram } from "./rig.js";

const DEATHS = Number(process.env["SOS_DEATHS"] ?? 3);
const SEED = Number(process.env["SOS_SEED"] ?? 1);
const PAGE = 4096;
/** More than may be in memory. */
const PAGES = 12;
const SLEEP_US = 30_000;
/** Lines that are typed until everything has come to its end. */
const MOST_LINES = 8;
/** Kernel entries in which nothing more happens to a system that goes on. */
const SETTLED = 2_000_000;

/** What processes have found, by their names: `all` as it should be, or they were refused something; null: nothing yet. */
type Found = Map<string, "all" | "-1" | null>;

/** What each of the four does. @returns whether it was not refused anything */
const WAYS: Readonly<Record<string, (sos: SosApi, buf: number) => Thread<boolean>>> = {
  *pages(_, buf) {
    for (let i = 0; i < PAGES; i++) yield* store(buf + i * PAGE, i + 1);
    for (let i = 0; i < PAGES; i++) expect(yield* load(buf + i * PAGE)).toBe(i + 1);
    return true;
  },
  *reads(sos, buf) {
    const length = yield* putText(buf, "what is in the file".repeat(100));
    const file = yield* sos.sos_open("file", O_RDWR);
    if (file < 0) return false;
    let isDone = (yield* sos.sos_write(file, buf, length)) === length;
    yield* sos.sos_close(file);
    const again = yield* sos.sos_open("file", O_RDONLY);
    isDone &&= (yield* sos.sos_read(again, buf + PAGE, PAGE)) === length;
    yield* sos.sos_close(again);
    return isDone;
  },
  *sleeps(sos) {
    const before = yield* sos.sos_time_stamp();
    yield* sos.sos_usleep(SLEEP_US);
    return (yield* sos.sos_time_stamp()) - before >= SLEEP_US;
  },
  *listens(sos, buf) {
    const keys = yield* sos.sos_open("console", O_RDONLY);
    const count = yield* sos.sos_read(keys, buf, 10);
    yield* sos.sos_close(keys);
    return count > 0;
  },
};

/** A system, each session of which begins with a line that is typed. */
class Session {
  /** What was found in each, by its number. */
  readonly found: Found[] = [];
  /** Sessions of which the first program has seen the end. */
  complete = 0;
  /** Its first program waits for a line. */
  isWaiting = false;
  /** Who is to die, as soon as it goes on; or when it has gone on so often since it was started for the first time. */
  doomed: string | null = null;
  doomedAt: { readonly name: string; readonly times: number } | null = null;
  /** How often each has gone on. */
  readonly times = new Map<string, number>();
  readonly world: BootedWorld<void>;

  constructor() {
    const others = Object.entries(WAYS).map(([name, way]) => this.#other(name, way));
    this.world = bootSos([this.#first(), ...others], {
      ...{ sos: { frames: 6, atEnd: "again" }, restart: { firstUs: 1000, mostUs: 4000 } },
      instead: (of) =>
        dying(of, () => {
          const times = (this.times.get(of.name) ?? 0) + 1;
          this.times.set(of.name, times);
          const dies = this.doomed === of.name || (this.doomedAt?.name === of.name && this.doomedAt.times === times);
          if (dies) this.doomed = null;
          return dies;
        }),
    });
  }

  /** How often it was that a component has died. */
  deaths(of: string): number {
    return this.world.thrown.filter(({ program }) => program === of).length;
  }

  /** Run until nobody has anything to do. */
  settle(): void {
    expect(this.world.machine.run({ events: SETTLED }).reason).toBe("idle");
  }

  /** Type until the first program waits for a line with which a session begins. */
  finishSession(): void {
    for (let line = 0; line < MOST_LINES && !this.isWaiting; line++) this.#type();
    expect(this.isWaiting).toBe(true);
  }

  /** A whole session, in which all is found as it should be. */
  expectAll(): void {
    const begun = this.found.length;
    const before = this.complete;
    for (let line = 0; line < MOST_LINES && this.complete === before; line++) this.#type();
    expect(this.complete).toBe(before + 1);
    expect([...(this.found[begun] ?? [])].sort()).toEqual(
      Object.keys(WAYS)
        .sort()
        .map((name) => [name, "all"]),
    );
    expect(this.isWaiting).toBe(true);
  }

  /** What has become of those that have found nothing must have been told. */
  expectTold(output: string): void {
    const isTold = (name: string) => new RegExp(`^sos: ${name} \\(\\d+\\) has died: .+$`, "m").test(output);
    for (const [name, what] of this.found.at(-1) ?? []) {
      // Whoever was just being made when the first program ended never was.
      if (what === null && !isTold("test")) expect([name, isTold(name)]).toEqual([name, true]);
    }
  }

  #type(): void {
    this.world.input("line\n");
    this.settle();
  }

  #first(): SosProgram {
    const session = this;
    return sosProgram("test", function* (sos) {
      const buf = yield* new Heap(sos).malloc(64);
      const keys = yield* sos.sos_open("console", O_RDONLY);
      session.isWaiting = true;
      const count = yield* sos.sos_read(keys, buf, 10);
      session.isWaiting = false;
      if (count <= 0) return;
      yield* sos.sos_close(keys);
      const found: Found = new Map();
      session.found.push(found);
      const pids: number[] = [];
      for (const name of Object.keys(WAYS)) {
        found.set(name, null);
        pids.push(yield* sos.sos_process_create(name));
        if (pids.at(-1) === -1) found.set(name, "-1");
      }
      for (const pid of pids) yield* sos.sos_process_wait(pid);
      session.complete += 1;
    });
  }

  #other(name: string, way: (sos: SosApi, buf: number) => Thread<boolean>): SosProgram {
    const session = this;
    return sosProgram(name, function* (sos) {
      const buf = yield* new Heap(sos).malloc(PAGES * PAGE);
      session.found.at(-1)?.set(name, (yield* way(sos, buf)) ? "all" : "-1");
    });
  }
}

/** All that it stands on. */
const VICTIMS = ["timer", "console", "ramfs", "swapfs", "memory", "process"];

/** Kill `victim` so often, each time in another session. */
function kill(victim: string, deaths: number, seed: number): void {
  const session = new Session();
  const { machine, kernel } = session.world;
  session.settle();
  session.expectAll();
  const before = counts(kernel.snapshot());
  const start = machine.events;
  session.expectAll();
  const events = machine.events - start;
  expect(counts(kernel.snapshot())).toEqual(before);
  const random = new Prng(seed);
  for (let death = 0; death < deaths; death++) {
    const from = session.world.output.length;
    session.world.input("line\n");
    machine.run({ events: random.below(events) });
    session.doomed = victim;
    session.settle();
    session.finishSession();
    const output = session.world.output.slice(from);
    // With the process server all are gone, and SOS begins anew: the supervisor tells that.
    if (victim === "process") expect(output).toMatch(/^sos died: .*$/m);
    else session.expectTold(output);
    session.expectAll();
    expect(counts(kernel.snapshot())).toEqual(before);
  }
  expect(session.deaths(victim)).toBe(deaths);
  expect(kernel.checkInvariants()).toEqual([]);
}

it.each(VICTIMS)("a system goes on when %s dies, whatever its processes do", (victim) => {
  kill(victim, DEATHS, SEED);
});

it("a system that does not hear of the death of its timer is found: who sleeps hangs", () => {
  vi.spyOn(Deadlines.prototype, "keepWatch").mockImplementation(function* () {});
  kill("timer", 0, 1);
  expect(() => kill("timer", 3, 1)).toThrow();
  vi.restoreAllMocks();
});

it("a system begins later when the installer dies, and finds whole programs", () => {
  const undisturbed = new Session();
  undisturbed.settle();
  undisturbed.expectAll();
  const random = new Prng(SEED);
  for (let death = 0; death < DEATHS; death++) {
    const session = new Session();
    session.doomedAt = { name: "installer", times: 1 + random.below(undisturbed.times.get("installer") ?? 0) };
    session.settle();
    expect(session.deaths("installer")).toBe(1);
    session.expectAll();
    expect(counts(session.world.kernel.snapshot())).toEqual(counts(undisturbed.world.kernel.snapshot()));
  }
});
