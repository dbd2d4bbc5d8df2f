import { describe, expect, test, vi } from "vitest";
import { createImage, Machine, type MachineOptions, parseInputLog, type RunLimit, TICKS_PER_MS } from "../src/index.js";
import { Cause, compute, Register } from "../src/isa/index.js";
import { busyRig } from "./support/busy-rig.js";
import { Rig, syscall } from "./support/rig.js";

function hashOf(options: Omit<MachineOptions, "image">, ...limits: RunLimit[]): number {
  const { machine } = busyRig(options);
  for (const limit of limits) machine.run(limit);
  expect(machine.run()).toEqual({ reason: "power-off", code: 3, message: "powered off" });
  return machine.trace.hash;
}

describe("A machine is a pure function of image, options, seed and input log", () => {
  const inputs = [
    { tick: 500, device: "uart", bytes: Uint8Array.of(1, 2, 3) },
    { tick: 9000, device: "uart", bytes: Uint8Array.of(9) },
  ];

  test("equal seed and inputs give the same hash, twice in one process", () => {
    expect(hashOf({ seed: 5, inputs })).toBe(hashOf({ seed: 5, inputs }));
  });

  test("the hash is the same in every process and on every host", () => {
    expect(hashOf({ seed: 5, inputs })).toBe(820197071);
  });

  test("another seed, another input and another tick of an input give another hash", () => {
    const hashes = [
      hashOf({ seed: 5, inputs }),
      hashOf({ seed: 6, inputs }),
      hashOf({ seed: 5 }),
      hashOf({ seed: 5, inputs: [{ ...inputs[0]!, tick: 501 }, inputs[1]!] }),
    ];
    expect(new Set(hashes).size).toBe(4);
  });

  test("where it was stopped and run on changes nothing", () => {
    const whole = hashOf({ seed: 5, inputs });
    const ticks = Array.from({ length: 300 }, (_, i) => ({ ticks: (i * 7) % 41 }));
    const events = Array.from({ length: 300 }, () => ({ events: 1 }));
    const calls = { n: 0 };
    expect(hashOf({ seed: 5, inputs }, ...ticks)).toBe(whole);
    expect(hashOf({ seed: 5, inputs }, ...events)).toBe(whole);
    expect(hashOf({ seed: 5, inputs }, { until: () => ++calls.n > 100 })).toBe(whole);
    expect(calls.n).toBe(101);
  });

  test("an input from outside is logged, and the log replays the run", () => {
    const { machine } = busyRig({ seed: 7 });
    machine.run({ ticks: 777 });
    machine.input("uart", Uint8Array.of(65));
    machine.run({ events: 33 });
    machine.input("uart", Uint8Array.of(66, 67));
    machine.run();
    const text = machine.inputLog.toJsonLines();
    expect(text.split("\n").filter(Boolean)).toHaveLength(2);
    expect(hashOf({ seed: 7, inputs: parseInputLog(text) })).toBe(machine.trace.hash);
  });
});

describe("Running", () => {
  test("goes idle when nobody runs and nothing is due, and an input wakes it", () => {
    const rig = new Rig({ *root() {} });
    rig.machine.cpu.onTrap = (cause) => {
      if (cause !== Cause.ExternalInterrupt) throw new Error(`cause ${cause}`);
      rig.machine.powerOff(rig.machine.plic.claim());
    };
    rig.machine.plic.enable(10);
    rig.machine.uart.store(1, 1);
    expect(rig.machine.run().reason).toBe("idle");
    rig.machine.input("uart", Uint8Array.of(1));
    expect(rig.machine.run()).toMatchObject({ reason: "power-off", code: 10 });
    expect(rig.machine.run()).toMatchObject({ reason: "power-off", code: 10 });
  });

  test("skips idle time up to the timer, or to the limit", () => {
    const rig = new Rig({ *root() {} });
    rig.machine.cpu.setTimer(5000);
    expect(rig.machine.run({ ticks: 2000 }).reason).toBe("limit");
    expect(rig.machine.clock.ticks).toBe(2000);
    expect(rig.machine.run().reason).toBe("idle");
    expect(rig.causes).toEqual([Cause.TimerInterrupt]);
    expect(rig.machine.clock.ticks).toBe(5002);
  });

  test("stops at an exact tick inside a long computation", () => {
    const rig = new Rig({
      *root() {
        yield* compute(2 ** 50);
      },
    });
    rig.spawn();
    expect(rig.machine.run({ ticks: 123_456 }).reason).toBe("limit");
    expect(rig.machine.clock.ticks).toBe(123_456);
  });

  test("ends with modelled time", () => {
    const rig = new Rig({
      *root() {
        yield* compute(Number.MAX_SAFE_INTEGER);
      },
    });
    rig.spawn();
    rig.machine.clock.cycles = Number.MAX_SAFE_INTEGER - 50_000_000;
    expect(rig.machine.run()).toMatchObject({ reason: "halted" });
  });

  test("cannot be entered from inside", () => {
    const rig = new Rig({
      *root() {
        yield* syscall(1);
        rig.machine.run();
      },
    });
    const context = rig.spawn();
    rig.machine.run();
    expect(context.lastThrow?.message).toMatch(/running already/);
  });

  test("in real time sleeps to the next alarm and wakes for an input, which gets the host's time", async () => {
    let now = 1000;
    const slept: number[] = [];
    const rig = new Rig({ *root() {} });
    const { machine } = rig;
    machine.cpu.setTimer(200_000);
    const host = {
      now: () => now,
      sleep: async (ms: number) => {
        slept.push(ms);
        if (slept.length === 1) {
          now += 5;
          machine.input("uart", Uint8Array.of(1));
          return new Promise<void>(() => {});
        }
        now += ms;
      },
    };
    expect((await machine.runRealTime(host)).reason).toBe("idle");
    expect(slept).toEqual([20, 15, 0]);
    expect(machine.inputLog.entries[0]?.tick).toBe(50_000);
    expect(machine.clock.ticks).toBe(200_002);
  });

  test("in real time a machine that computes without end keeps the host's pace, and an input enters at the host's time", async () => {
    let now = 0;
    const rig = new Rig({
      *root() {
        for (;;) yield* compute(1_000_000);
      },
    });
    const { machine } = rig;
    rig.spawn();
    const host = {
      now: () => now,
      sleep: async (ms: number) => {
        now += ms;
        if (now >= 100 && machine.inputLog.entries.length === 0) machine.input("uart", Uint8Array.of(1));
      },
    };
    expect((await machine.runRealTime(host, () => now >= 200)).reason).toBe("limit");
    const AHEAD = 12 * TICKS_PER_MS; // a slice, and what is not worth a sleep
    expect(Math.abs(machine.clock.ticks - now * TICKS_PER_MS)).toBeLessThan(AHEAD);
    expect(Math.abs((machine.inputLog.entries[0]?.tick ?? 0) - 100 * TICKS_PER_MS)).toBeLessThan(AHEAD);
  });
});

describe("A kernel that fails", () => {
  test("halts its machine with a dump, never unwinds through a program, and leaves other machines be", () => {
    const caught: unknown[] = [];
    const rig = new Rig(
      {
        *root() {
          try {
            yield* syscall(41);
            yield* syscall(42);
            caught.push("went on");
          } catch (error) {
            caught.push(error);
          } finally {
            caught.push("cleaned up");
          }
        },
      },
      { seed: 99 },
    );
    rig.spawn().isNamed = true;
    rig.machine.trace.setName(1, "first");
    const other = busyRig();
    rig.handlers[Cause.UserEcall] = (context) => {
      if (rig.register(context, Register.a7) === 42) throw new Error("slot 7 has no parent");
    };
    const stop = rig.machine.run();
    expect(stop).toMatchObject({ reason: "halted", code: 1 });
    expect(stop.message).toMatch(/^machine halted: slot 7 has no parent\nat tick \d+, event 2/);
    expect(stop.message).toMatch(/to replay: the same image and options, seed 99, no inputs, run\({ events: 2 }\)/);
    expect(stop.message).toMatch(/Trap 1 "first" UserEcall a7=42/);
    expect(rig.machine.run()).toBe(stop);
    expect(caught).toEqual([]);
    expect(other.machine.run().reason).toBe("power-off");
  });

  test("and asks for a halt gets the same", () => {
    const rig = new Rig({
      *root() {
        yield* syscall(1);
      },
    });
    rig.spawn();
    rig.handlers[Cause.UserEcall] = () => rig.machine.halt("debug halt");
    expect(rig.machine.run().message).toMatch(/^machine halted: debug halt/);
  });

  test("and leaves the timer interrupt pending halts instead of hanging", () => {
    const rig = new Rig({
      *root() {
        yield* syscall(1);
      },
    });
    rig.spawn();
    rig.machine.cpu.setTimer(0);
    rig.handlers[Cause.TimerInterrupt] = () => {};
    expect(rig.machine.run().message).toMatch(/interrupts were taken again and again/);
  });

  test("and is not there halts at the first trap", () => {
    const machine = new Machine({ ramBytes: 4 * 2 ** 20, image: createImage({ *root() {} }) });
    machine.cpu.context = machine.cpu.createContext(0x8020_0000);
    expect(machine.run().message).toMatch(/no kernel is installed/);
  });
});

describe("Options", () => {
  test("that are wrong are refused in one sentence that names them", () => {
    const image = createImage({ *root() {} });
    expect(() => new Machine({ image, ramBytes: 5 })).toThrow("ramBytes must be a multiple of 2 MiB");
    expect(() => new Machine({ image, seed: -1 })).toThrow("seed must be a whole number");
    expect(() => new Machine({ image, traceRecords: 3 })).toThrow("traceRecords must be a power of two");
    expect(() => new Machine({ image, cost: { load: -1 } })).toThrow(
      "cost.load must be a whole number of cycles, 1 or more",
    );
    expect(() => new Machine({ image, cost: { kernelEntry: 0 } })).toThrow(
      "cost.kernelEntry must be a whole number of cycles, 1 or more",
    );
    expect(() => new Machine({ image, inputs: [{ tick: 1, device: "x", bytes: new Uint8Array() }] })).toThrow(
      'no device "x" takes input; those that do: uart',
    );
    expect(() => createImage({})).toThrow("an image needs at least one program");
  });

  test("An input log that is not one is refused with the line", () => {
    expect(() => parseInputLog('{"tick":1,"device":"uart","bytes":"00"}\nnonsense')).toThrow("line 2 of the input log");
    expect(() => parseInputLog('{"tick":-1,"device":"uart","bytes":"00"}')).toThrow("has no tick");
    expect(() => parseInputLog('{"tick":1,"device":"uart","bytes":"0g"}')).toThrow("no hexadecimal bytes");
  });
});

describe("Reports", () => {
  /** A machine that has something to say, and how it was asked to say it. */
  function reporting(onReport?: (text: string) => void): Machine {
    const machine = new Machine({
      ramBytes: 4 * 2 ** 20,
      image: createImage({ *root() {} }),
      ...(onReport === undefined ? {} : { onReport }),
    });
    machine.cpu.onTrap = () => {};
    machine.report(() => "thread 1 stopped");
    return machine;
  }

  test("are written to the console when nobody listens", () => {
    const written = vi.spyOn(console, "error").mockImplementation(() => {});
    reporting().run();
    expect(written.mock.calls).toEqual([["thread 1 stopped"]]);
    written.mockRestore();
  });

  test("go to onReport, or to who has subscribed, and nowhere else", () => {
    const written = vi.spyOn(console, "error").mockImplementation(() => {});
    const heard: string[] = [];
    reporting((text) => heard.push(`option: ${text}`)).run();
    const machine = reporting((text) => heard.push(`not: ${text}`));
    machine.reports.subscribe((text) => heard.push(`stream: ${text}`));
    machine.run();
    expect(heard).toEqual(["option: thread 1 stopped", "stream: thread 1 stopped"]);
    expect(written).not.toHaveBeenCalled();
    written.mockRestore();
  });
});

test("a machine without an image is refused in a sentence", () => {
  expect(() => new Machine({} as never)).toThrow("a machine needs an image");
});
