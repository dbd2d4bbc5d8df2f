import { describe, expect, test } from "vitest";
import {
  LiveRun,
  type Machine,
  Prng,
  parseRunLog,
  type RealTimeHost,
  RunRecorder,
  replayOptions,
  replayRun,
  runLogText,
  TICKS_PER_MS,
  UartRegister,
} from "../src/index.js";
import { Cause, compute, copyIn, copyOut } from "../src/isa/index.js";
import { Rig, RW, syscall } from "./support/rig.js";

const UART = 0x60000;
const bytesOf = (text: string) => new TextEncoder().encode(text);

/**
 * A driver that waits for the UART's interrupt and sends everything back in capitals; "q" powers off. `ticking`: a timer
 * that comes again every 10 ms and sends a dot, so that the machine never goes idle for good.
 */
function shoutingMachine(options: { inputs?: Machine["inputLog"]["entries"]; ticking?: boolean } = {}): Machine {
  const { inputs = [], ticking = false } = options;
  const rig = new Rig(
    {
      *root() {
        const byte = new Uint8Array(1);
        yield* copyOut(UART + UartRegister.Ier, Uint8Array.of(1));
        for (;;) {
          yield* syscall(1);
          for (;;) {
            yield* copyIn(UART + UartRegister.Lsr, byte);
            if ((byte[0]! & 1) === 0) break;
            yield* copyIn(UART, byte);
            if (byte[0] === 113) yield* syscall(2);
            yield* compute(3000);
            yield* copyOut(UART, Uint8Array.of(byte[0]! & 0xdf));
          }
        }
      },
    },
    { inputs },
  );
  const { machine } = rig;
  rig.map(UART, machine.description.devices.uart.base, RW);
  const context = rig.spawn();
  machine.plic.enable(10);
  let signalled = false;
  rig.handlers[Cause.UserEcall] = (caller) => {
    if (rig.register(caller, 17) === 2) machine.powerOff(4);
    if (!signalled) machine.cpu.context = null;
    signalled = false;
  };
  rig.handlers[Cause.ExternalInterrupt] = () => {
    machine.plic.complete(machine.plic.claim());
    signalled = machine.cpu.context !== null;
    machine.cpu.context = context;
  };
  if (ticking) {
    machine.cpu.setTimer(10 * TICKS_PER_MS);
    rig.handlers[Cause.TimerInterrupt] = () => {
      machine.putDebugChar(46);
      machine.cpu.setTimer(machine.clock.ticks + 10 * TICKS_PER_MS);
    };
  }
  return machine;
}

function outputOf(machine: Machine): () => string {
  let text = "";
  machine.output.subscribe((bytes) => {
    text += new TextDecoder().decode(bytes);
  });
  return () => text;
}

/** A host whose time passes only in `sleep`; timers that nobody waits for any more are dropped. */
class ModelHost implements RealTimeHost {
  ms = 0;
  sleeps = 0;
  readonly #timers: { at: number; resolve: () => void }[] = [];

  now(): number {
    return this.ms;
  }

  sleep(ms: number, woken: Promise<void>): Promise<void> {
    this.sleeps++;
    return new Promise((resolve) => {
      const timer = { at: this.ms + ms, resolve };
      this.#timers.push(timer);
      void woken.then(() => this.#drop(timer));
    });
  }

  get waiting(): number {
    return this.#timers.length;
  }

  /** Let the host's time pass up to `ms`. */
  async passTo(ms: number): Promise<void> {
    for (;;) {
      await settled();
      const next = this.#timers.toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > ms) break;
      this.ms = Math.max(this.ms, next.at);
      this.#drop(next);
      next.resolve();
    }
    this.ms = ms;
  }

  #drop(timer: { at: number; resolve: () => void }): void {
    const place = this.#timers.indexOf(timer);
    if (place >= 0) this.#timers.splice(place, 1);
  }
}

/** Everything that promises have to say is said. */
async function settled(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}

describe("A live run in real time", () => {
  test("sleeps while nothing is to be done, without a timer of the host, and wakes for an input", async () => {
    const machine = shoutingMachine();
    const output = outputOf(machine);
    const host = new ModelHost();
    const live = new LiveRun(machine, host);
    const run = live.run();
    await host.passTo(1000);
    const [sleeps, events] = [host.sleeps, machine.events];
    await host.passTo(3_600_000);
    expect([host.sleeps, machine.events, host.waiting]).toEqual([sleeps, events, 0]);
    live.input("uart", bytesOf("hi"));
    await host.passTo(3_600_001);
    expect(output()).toBe("HI");
    expect(machine.inputLog.entries[0]!.tick).toBe(3_600_000 * TICKS_PER_MS);
    live.input("uart", bytesOf("q"));
    expect(await run).toMatchObject({ reason: "power-off", code: 4 });
  });

  test("keeps the host's time: a timer of 10 ms comes a hundred times a second", async () => {
    const machine = shoutingMachine({ ticking: true });
    const output = outputOf(machine);
    const host = new ModelHost();
    const live = new LiveRun(machine, host);
    const run = live.run();
    await host.passTo(1000);
    expect(output().length).toBeGreaterThan(97);
    expect(output().length).toBeLessThan(101);
    expect(host.sleeps).toBeLessThan(250);
    expect(host.waiting).toBe(1);
    live.stop();
    expect(await run).toMatchObject({ reason: "limit", message: "the live run was stopped" });
    await settled();
    expect(host.waiting).toBe(0);
  });

  test("ends with the input, when the machine has nothing to do any more", async () => {
    const machine = shoutingMachine();
    const output = outputOf(machine);
    const host = new ModelHost();
    const live = new LiveRun(machine, host);
    live.input("uart", bytesOf("abc"));
    live.endInput();
    const run = live.run();
    await host.passTo(10);
    expect(await run).toMatchObject({ reason: "idle" });
    expect(output()).toBe("ABC");
    expect(() => live.input("uart", bytesOf("d"))).toThrow("the input of this live run has ended");
  });

  test("asks a host for no longer sleep than its timers can count", async () => {
    const machine = shoutingMachine();
    const asked: number[] = [];
    machine.cpu.setTimer(100 * 24 * 3_600_000 * TICKS_PER_MS);
    const host = {
      now: () => 0,
      sleep: async (ms: number) => {
        asked.push(ms);
        if (asked.length === 2) live.stop();
      },
    };
    const live = new LiveRun(machine, host);
    await live.run();
    expect(asked).toEqual([2 ** 31 - 1, 2 ** 31 - 1]);
  });

  test.each([1, 2, 3])("is replayed exactly from its log, whoever typed what when (seed %i)", async (seed) => {
    const random = new Prng(seed);
    const machine = shoutingMachine({ ticking: true });
    const recorder = new RunRecorder(machine);
    const output = outputOf(machine);
    const host = new ModelHost();
    const live = new LiveRun(machine, host);
    const run = live.run();
    for (let n = 0; n < 40; n++) {
      const text = "abcdefghijklmnop".slice(0, 1 + random.below(16));
      live.input("uart", bytesOf(text));
      await host.passTo(host.ms + random.below(30) + random.below(1000) / 1000);
    }
    if (seed === 3) live.stop();
    else live.input("uart", bytesOf("q"));
    await host.passTo(host.ms + 100);
    const log = parseRunLog(runLogText(recorder.log(await run)));
    expect(log.inputs.length).toBeGreaterThan(39);
    const again = shoutingMachine({ ...replayOptions(log), ticking: true });
    const repeated = outputOf(again);
    expect(replayRun(again, log).divergence).toBe(null);
    expect(repeated()).toBe(output());
  });
});

/**
 * A session in virtual time: what is typed, with so many turns of the host before each piece. `past`: behind the back of
 * the live run, straight into the machine.
 */
async function virtualSession(pieces: readonly string[], turns: () => number, ticking: boolean, past = false) {
  const machine = shoutingMachine({ ticking });
  const recorder = new RunRecorder(machine);
  const output = outputOf(machine);
  const host = { now: () => Number.NaN, sleep: () => Promise.resolve() };
  const live = new LiveRun(machine, host, { virtual: true });
  const run = live.run();
  for (const piece of pieces) {
    for (let n = turns(); n > 0; n--) await Promise.resolve();
    if (past && piece !== "q") machine.input("uart", bytesOf(piece));
    else live.input("uart", bytesOf(piece));
  }
  const stop = await run;
  return { stop, output: output(), hash: machine.trace.hash, log: recorder.log(stop) };
}

describe("A live run in virtual time", () => {
  const pieces = ["one ", "two ", "three ", "q"];

  test.each([false, true])("depends on what is typed, never on when (a timer that never ends: %s)", async (ticking) => {
    const random = new Prng(9);
    const eager = await virtualSession(pieces, () => 0, ticking);
    expect(eager.stop).toMatchObject({ reason: "power-off", code: 4 });
    expect(eager.output.replaceAll(".", "").replaceAll("\0", " ")).toBe("ONE TWO THREE ");
    for (let n = 0; n < 5; n++) {
      const slow = await virtualSession(pieces, () => random.below(12), ticking);
      expect([slow.hash, slow.output]).toEqual([eager.hash, eager.output]);
    }
    const other = await virtualSession(["one two ", "three ", "q"], () => 0, ticking);
    expect(other.hash).not.toBe(eager.hash);
  });

  test("An input that does not wait for its turn is told apart: when it came is seen", async () => {
    const random = new Prng(10);
    const hashes = new Set<number>();
    for (let n = 0; n < 5; n++) {
      hashes.add((await virtualSession(pieces, () => random.below(6), true, true)).hash);
    }
    expect(hashes.size).toBeGreaterThan(1);
  });

  test("is replayed exactly from its log", async () => {
    const { log, output } = await virtualSession(pieces, () => 3, true);
    const again = shoutingMachine({ ...replayOptions(log), ticking: true });
    const repeated = outputOf(again);
    expect(replayRun(again, log).divergence).toBe(null);
    expect(repeated()).toBe(output);
  });

  test("skips idle time: a timer runs on until patience is at its end, and then time stands still", async () => {
    const machine = shoutingMachine({ ticking: true });
    const output = outputOf(machine);
    let turns = 0;
    const host = {
      now: () => 0,
      sleep: async () => {
        turns++;
      },
    };
    const live = new LiveRun(machine, host, { virtual: true, patienceTicks: 20_000 * TICKS_PER_MS });
    const run = live.run();
    await settled();
    const dots = output().length;
    expect([dots > 1990 && dots < 2001, turns]).toEqual([true, 1]);
    await settled();
    expect(output().length).toBe(dots);
    live.stop();
    expect((await run).reason).toBe("limit");
  });

  test("ends with the input: idle when nothing is to be done", async () => {
    const machine = shoutingMachine();
    const live = new LiveRun(machine, new ModelHost(), { virtual: true });
    const run = live.run();
    live.input("uart", bytesOf("x"));
    await settled();
    live.endInput();
    expect((await run).reason).toBe("idle");
    expect(machine.inputLog.entries).toHaveLength(1);
  });
});

describe("A live run that is used wrongly", () => {
  test("says so in a sentence", async () => {
    const machine = shoutingMachine();
    const host = new ModelHost();
    expect(() => new LiveRun(machine, host, { virtuel: true } as never)).toThrow('a live run has no option "virtuel"');
    expect(() => new LiveRun(machine, host, { patienceTicks: 0 })).toThrow("patienceTicks must be a whole number");
    for (const virtual of [false, true]) {
      const live = new LiveRun(machine, host, { virtual });
      expect(() => live.input("tape", bytesOf("x"))).toThrow('no device "tape" takes input; those that do: uart');
    }
    const live = new LiveRun(machine, host);
    const run = live.run();
    await expect(live.run()).rejects.toThrow("this live run is running already");
    live.stop();
    await host.passTo(1);
    expect((await run).reason).toBe("limit");
  });
});

describe("An input", () => {
  test("may say the earliest tick at which it enters", () => {
    const machine = shoutingMachine();
    machine.input("uart", bytesOf("b"), 5000);
    machine.input("uart", bytesOf("a"), 300);
    machine.run();
    machine.input("uart", bytesOf("c"), 10);
    machine.run();
    const ticks = machine.inputLog.entries.map(({ tick, bytes }) => [tick, bytes[0]]);
    expect(ticks.slice(0, 2)).toEqual([
      [300, 97],
      [5000, 98],
    ]);
    expect(ticks[2]![0]).toBeGreaterThan(5000);
    for (const tick of [-1, 0.5, Number.NaN]) {
      expect(() => machine.input("uart", bytesOf("x"), tick)).toThrow("the tick of an input must be a whole number");
    }
  });

  test("given by who is told of the output is taken in the same run", () => {
    const machine = shoutingMachine();
    const output = outputOf(machine);
    machine.output.subscribe((bytes) => {
      if (bytes.includes(65)) machine.input("uart", bytesOf("b"));
    });
    machine.input("uart", bytesOf("a"));
    expect(machine.run().reason).toBe("idle");
    expect(output()).toBe("AB");
    expect(machine.clock.ticks).toBeLessThan(10_000);
  });
});
