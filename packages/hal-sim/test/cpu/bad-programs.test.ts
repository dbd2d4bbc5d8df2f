import { describe, expect, test } from "vitest";
import { Cause, copyIn, port, Register, type Syscall, setExecuting, type Thread } from "../../src/isa/index.js";
import { Rig, syscall } from "../support/rig.js";

const HERE = /bad-programs\.test\.ts:\d+:\d+/;

/** Takes a result and drops it. */
function forget(_result: Syscall<unknown>): void {}

function lineOf(text = ""): number {
  return Number(/bad-programs\.test\.ts:(\d+):/.exec(text)?.[1]);
}

/** Runs one program to its end; the sentence that its context keeps. */
function failureOf(root: () => Thread): { rig: Rig; message: string } {
  const rig = new Rig({ root });
  const context = rig.spawn();
  expect(rig.machine.run().reason).toBe("idle");
  expect(rig.causes.at(-1)).toBe(Cause.IllegalInstruction);
  expect(rig.trapValue).toBe(0xc0001073);
  return { rig, message: context.lastThrow?.message ?? "" };
}

describe("A forgotten yield*", () => {
  test("is named at the next trap, with the call, its file and line, and the cure", () => {
    let above = 0;
    const { message } = failureOf(function* () {
      above = lineOf(new Error().stack);
      forget(syscall(1));
      yield* syscall(2);
    });
    expect(message).toMatch(/program "root" forgot yield\*: the result of syscall at .* was never taken/);
    expect(message).toMatch(HERE);
    expect(message).toMatch(/write `yield\* syscall\(...\)`/);
    expect(lineOf(message)).toBe(above + 1);
  });

  test("is named at the next word staged or read", () => {
    for (const touch of [() => port().stage(5, 1, 0), () => port().stagedLow(5)]) {
      const { message, rig } = failureOf(function* () {
        forget(syscall(1));
        touch();
        yield* syscall(2);
      });
      expect(message).toMatch(/forgot yield\*: the result of syscall at/);
      expect(rig.count(Cause.UserEcall)).toBe(1);
    }
  });

  test("is named at the end of the program", () => {
    const { message } = failureOf(function* () {
      yield* syscall(1);
      forget(syscall(2));
    });
    expect(message).toMatch(/forgot yield\*: the result of syscall at/);
    expect(message).toMatch(HERE);
  });

  test("is named with the place of the next call when the program has made too many calls to remember each", () => {
    const { message } = failureOf(function* () {
      for (let i = 0; i < 100; i++) yield* syscall(1);
      forget(syscall(1));
      yield* syscall(2);
    });
    expect(message).toMatch(/the result of the call before syscall at/);
    expect(message).toMatch(HERE);
  });

  test("by a program that lost the CPU condemns it when it comes back, and not another one", () => {
    const seen: string[] = [];
    const rig = new Rig({
      // biome-ignore lint/correctness/useYield: that it never yields is the point
      *forgets() {
        forget(syscall(1));
      },
      *other() {
        seen.push("other ran");
        yield* syscall(2);
        seen.push("other goes on");
        yield* syscall(3);
      },
    });
    const [a, b] = [rig.spawn(0), rig.spawn(1)];
    const calls: number[] = [];
    rig.handlers[Cause.UserEcall] = (context) => {
      calls.push(rig.register(context, Register.a7));
      rig.machine.cpu.context = calls.length === 3 ? a : b;
    };
    rig.handlers[Cause.IllegalInstruction] = (context) => {
      expect(context).toBe(a);
      rig.machine.cpu.context = null;
    };
    rig.machine.run();
    expect(seen).toEqual(["other ran", "other goes on"]);
    expect(calls).toEqual([1, 2, 3]);
    expect(rig.count(Cause.IllegalInstruction)).toBe(1);
    expect(b.lastThrow).toBeNull();
  });

  test("leaves the registers of the call alone that it forgot", () => {
    const rig = new Rig({
      // biome-ignore lint/correctness/useYield: that it never yields is the point
      *root() {
        forget(syscall(1, 5));
        port().setWord(Register.a0, 6);
      },
    });
    const context = rig.spawn();
    rig.machine.run();
    expect(rig.register(context, Register.a0)).toBe(5);
  });
});

describe("A call from outside a program", () => {
  test("says that no program is executing", () => {
    expect(() => syscall(1)).toThrow(/no program is executing/);
  });

  test("to the port of a machine that runs none names the call and its place", () => {
    const rig = new Rig({ *root() {} });
    let captured = port;
    const seen: unknown[] = [];
    const spy = new Rig({
      *root() {
        const cpu = port();
        captured = () => cpu;
        yield* syscall(1);
      },
    });
    spy.spawn();
    spy.machine.run();
    try {
      setExecuting(captured());
      forget(syscall(1));
    } catch (error) {
      seen.push((error as Error).message);
    } finally {
      setExecuting(undefined);
    }
    expect(seen[0]).toMatch(/syscall at .*bad-programs\.test\.ts:\d+:\d+ was called while no program is executing/);
    expect(rig.machine.events).toBe(0);
  });
});

describe("A program that misbehaves ends as an illegal instruction, and run() returns", () => {
  test("when it throws: the error is kept", () => {
    const { message } = failureOf(function* () {
      yield* syscall(1);
      throw new Error("lost my keys");
    });
    expect(message).toBe("lost my keys");
  });

  test("when it throws what is no Error", () => {
    const hostile = {
      toString() {
        throw new Error("no");
      },
    };
    const thrower = (value: unknown) =>
      failureOf(function* () {
        yield* syscall(1);
        throw value;
      }).message;
    expect(thrower("a string")).toMatch(
      /^the program threw a string, which is no Error and has no stack; it came after syscall at .*bad-programs\.test\.ts:\d+:\d+$/,
    );
    expect(thrower(hostile)).toMatch(/^the program threw something that cannot be described and has no stack/);
  });

  test("when it yields by itself", () => {
    const { message } = failureOf(function* () {
      yield* syscall(1);
      yield 7 as unknown as undefined;
    });
    expect(message).toMatch(/yielded by itself/);
  });

  test("when it yields something else where it was told to suspend", () => {
    const rig = new Rig({
      *root() {
        const iterator = syscall(1)[Symbol.iterator]();
        iterator.next();
        yield "mine" as unknown as undefined;
      },
      *other() {
        yield* syscall(2);
      },
    });
    const [a, b] = [rig.spawn(0), rig.spawn(1)];
    rig.handlers[Cause.UserEcall] = (context) => {
      rig.machine.cpu.context = context === a ? b : a;
    };
    rig.machine.run();
    expect(a.lastThrow?.message).toMatch(/yielded by itself/);
  });

  test("when it is no generator function", () => {
    const { message } = failureOf((() => undefined) as unknown as () => Thread);
    expect(message).toMatch(/is not a generator function/);
  });

  test("when it hands out traps for the host instead of values", () => {
    const trap = new Proxy(
      {},
      {
        get: () => {
          throw new Error("gotcha");
        },
        getPrototypeOf: () => {
          throw new Error("gotcha");
        },
      },
    );
    expect(failureOf((() => trap) as unknown as () => Thread).message).toBe("gotcha");
    const { message } = failureOf(function* () {
      yield* syscall(1);
      throw trap;
    });
    expect(message).toMatch(/^the program threw something that cannot be described and has no stack/);
    const bait = {
      [Symbol.iterator]: () => ({
        next: () => ({
          get done(): boolean {
            throw new Error("gotcha");
          },
        }),
      }),
    };
    const { message: second } = failureOf(function* () {
      yield* syscall(1);
      yield* bait as unknown as Syscall<void>;
    });
    expect(second).toBe("gotcha");
  });

  test("when it copies to what is no array", () => {
    const { message } = failureOf(function* () {
      yield* copyIn(0x999000, { length: 5 } as unknown as Uint8Array);
    });
    expect(message).toBe("a copy needs a Uint8Array of the program's");
  });

  test("when it throws before its first call", () => {
    const { message } = failureOf((() => {
      throw new Error("at once");
    }) as unknown as () => Thread);
    expect(message).toBe("at once");
  });

  test("when its generators recurse without end", () => {
    function* deeper(): Thread {
      yield* deeper();
    }
    expect(failureOf(deeper).message).toMatch(/call stack/);
  });

  test("when its generators recurse without end around calls", () => {
    function* deeper(): Thread {
      yield* syscall(1);
      yield* deeper();
    }
    const { rig, message } = failureOf(deeper);
    expect(message).toMatch(/call stack/);
    expect(rig.count(Cause.UserEcall)).toBeGreaterThan(100);
  });

  test("when it recurses plainly around a stub until the stack is used up", () => {
    function around(): void {
      const taken = syscall(1)[Symbol.iterator]();
      taken.next();
      around();
    }
    const { rig, message } = failureOf(function* () {
      around();
      yield* syscall(2);
    });
    expect(message).toMatch(/call stack/);
    expect(rig.machine.run().reason).toBe("idle");
  });

  test("when it catches everything in a loop and forgets", () => {
    const { message } = failureOf(function* () {
      for (;;) {
        try {
          forget(syscall(1));
          yield* syscall(2);
        } catch {}
      }
    });
    expect(message).toMatch(/forgot yield\*/);
  });

  test("when it catches its exhausted stack in a loop: each round takes time, so a limit ends the run", () => {
    function* deeper(): Thread {
      yield* syscall(1);
      yield* deeper();
    }
    const rig = new Rig({
      *root() {
        for (;;) {
          try {
            yield* deeper();
          } catch {}
        }
      },
    });
    rig.spawn();
    expect(rig.machine.run({ events: 20_000 }).reason).toBe("limit");
  });

  test("and one that never comes to a yield* again is told to the host, once", () => {
    const told: string[] = [];
    let rounds = 0;
    const rig = new Rig(
      {
        *root() {
          while (rounds < 300_000) {
            rounds++;
            try {
              forget(syscall(1));
            } catch {}
          }
          yield* syscall(2);
        },
      },
      { onRunaway: (message) => told.push(message) },
    );
    const context = rig.spawn();
    rig.machine.run();
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/program "root" catches every error and never yields/);
    expect(rig.causes).toEqual([Cause.UserEcall, Cause.IllegalInstruction]);
    expect(context.lastThrow?.message).toMatch(/forgot yield\*/);
  });
});

describe("The stack", () => {
  /** A program that goes on calling from ever deeper, and a kernel that recurses `depth` frames of some 100 bytes. */
  function deepRun(depth: number) {
    function around(): void {
      const taken = syscall(1)[Symbol.iterator]();
      taken.next();
      around();
    }
    const rig = new Rig({
      // biome-ignore lint/correctness/useYield: that it never yields is the point
      *root() {
        around();
      },
    });
    rig.spawn();
    const kernel = (n: number, x: number): number => (n === 0 ? x : x + kernel(n - 1, x + 1));
    rig.handlers[Cause.UserEcall] = () => {
      kernel(depth, 1);
    };
    return { stop: rig.machine.run(), rig };
  }

  test("always has room for a kernel of 100 frames, however deep the program trapped", () => {
    const { stop, rig } = deepRun(100);
    expect(stop.reason).toBe("idle");
    expect(rig.count(Cause.UserEcall)).toBeGreaterThan(1000);
    expect(rig.causes.at(-1)).toBe(Cause.IllegalInstruction);
  });

  test("that a kernel uses up beyond its headroom halts the machine, and never unwinds through the program", () => {
    const { stop } = deepRun(3000);
    expect(stop.reason).toBe("halted");
    expect(stop.message).toMatch(/^machine halted: Maximum call stack size exceeded/);
  });
});
