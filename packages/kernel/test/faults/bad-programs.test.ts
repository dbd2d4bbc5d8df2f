/** Programs that break the rules of TypeScript threads: their handler is told, and everybody else goes on. */
import { compute } from "@tessera/hal-sim/isa";
import {
  seL4_Fault_UserException,
  seL4_getFault,
  seL4_Recv,
  seL4_Signal,
  seL4_TCB_Resume,
  seL4_TCB_WriteRegisters,
  seL4_Wait,
  seL4_Yield,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { threadOf } from "../support/kernel-view.js";
import { must } from "../support/kit.js";
import { bootScene, type Programs, type SceneOptions } from "../support/scene.js";

const ILLEGAL_INSTRUCTION = 2;

/** Make a call without taking its result, which is the mistake that these tests are about. */
function forget(call: () => unknown): void {
  call();
}

/** Run `program` under a handler; what the handler was told, and what the program's context remembers. */
function misbehave(program: Programs[string], options: SceneOptions = {}) {
  const seen: unknown[] = [];
  const at = { faults: 0, reply: 0, ntfn: 0 };
  const world = bootScene<void>(
    function* (kit) {
      at.faults = yield* kit.endpoint();
      at.reply = yield* kit.reply();
      at.ntfn = yield* kit.notification();
      yield* kit.start("program", { faultHandler: at.faults, argument: at.ntfn });
      yield* kit.start("other", { priority: 90 });
      const { info } = yield* seL4_Recv(at.faults, at.reply);
      seen.push([info.label, seL4_getFault(info)]);
    },
    {
      program,
      *other() {
        yield* seL4_Yield();
        seen.push("other goes on");
      },
    },
    options,
  );
  const stop = world.machine.run();
  expect([stop.reason, world.returned]).toEqual(["idle", { value: undefined }]);
  expect(world.kernel.checkInvariants()).toEqual([]);
  const thrown = threadOf(world.kernel, "program").context.lastThrow;
  return { seen, error: thrown?.message ?? "", name: thrown?.name ?? "" };
}

const exception = (seen: unknown[]) =>
  expect(seen).toEqual([
    [
      seL4_Fault_UserException,
      expect.objectContaining({ type: "UserException", Number: ILLEGAL_INSTRUCTION, Code: 0 }),
    ],
    "other goes on",
  ]);

describe("A program that", () => {
  it("throws is a UserException", () => {
    const { seen, error } = misbehave(function* (ntfn) {
      yield* seL4_Signal(ntfn);
      throw new Error("on purpose");
    });
    exception(seen);
    expect(error).toBe("on purpose");
  });

  it("throws something that is no Error is one too", () => {
    const { seen } = misbehave(function* (ntfn) {
      yield* seL4_Signal(ntfn);
      throw { toString: () => "rubbish" };
    });
    exception(seen);
  });

  it("yields rubbish is told so", () => {
    const { seen, error } = misbehave(function* () {
      yield 42 as unknown as undefined;
    });
    exception(seen);
    expect(error).toMatch(/yield/);
  });

  it("forgets yield* is told where", () => {
    const { seen, error } = misbehave(function* (ntfn) {
      forget(() => seL4_Signal(ntfn));
      yield* seL4_Signal(ntfn);
    });
    exception(seen);
    expect(error).toMatch(/forgot yield\*.*bad-programs\.test\.ts:\d+:\d+/s);
  });

  it("forgets yield* in its last line is told where", () => {
    const { seen, error } = misbehave(function* (ntfn) {
      yield* seL4_Signal(ntfn);
      forget(() => seL4_Signal(ntfn));
    });
    exception(seen);
    expect(error).toMatch(/forgot yield\*.*bad-programs\.test\.ts:\d+:\d+/s);
  });

  it("forgets yield* at a call that blocks is told when it comes back, if it does", () => {
    const { seen, error } = misbehave(function* (ntfn) {
      yield* seL4_Signal(ntfn);
      forget(() => seL4_Wait(ntfn));
      yield* seL4_Signal(ntfn);
    });
    exception(seen);
    expect(error).toMatch(/forgot yield\*/);
  });

  it("passes rubbish to a stub gets a clear error", () => {
    const { seen, error, name } = misbehave(function* () {
      yield* seL4_Signal(Number.NaN);
    });
    exception(seen);
    expect(name).toMatch(/TypeError|RangeError/);
    expect(error).toMatch(/dest/);
  });

  it("recurses without end is a UserException, also when it makes calls on the way down", () => {
    const plain = (n: number): number => plain(n + 1) + 1;
    const { seen, name } = misbehave(function* (ntfn) {
      yield* seL4_Signal(ntfn);
      plain(0);
    });
    exception(seen);
    expect(name).toBe("RangeError");

    function* calling(ntfn: number): Generator<void, void, void> {
      yield* seL4_Signal(ntfn);
      yield* calling(ntfn);
    }
    const deep = misbehave(calling);
    exception(deep.seen);
    expect(deep.name).toBe("RangeError");
  });

  it("recurses through calls that it does not wait for never gets the kernel on a full stack", () => {
    const down = (ntfn: number): void => {
      try {
        forget(() => seL4_Signal(ntfn));
      } catch {
        // On purpose: nothing is done about a forgotten yield*, nor about the end of the stack.
      }
      down(ntfn);
    };
    const { seen } = misbehave(function* (ntfn) {
      yield* seL4_Signal(ntfn);
      down(ntfn);
    });
    exception(seen);
  });

  it("catches every error in a loop is stopped at its next yield*", () => {
    let rounds = 0;
    const { seen, error } = misbehave(function* (ntfn) {
      for (; rounds < 10_000; rounds++) {
        try {
          forget(() => seL4_Signal(ntfn));
          yield* seL4_Signal(ntfn);
        } catch {
          // On purpose: the program does not want to know.
        }
      }
    });
    exception(seen);
    expect(error).toMatch(/forgot yield\*/);
    expect(rounds).toBeLessThan(10);
  });

  it("is no generator function at all is told so", () => {
    const { seen, error } = misbehave((() => 7) as unknown as Programs[string]);
    exception(seen);
    expect(error).not.toBe("");
  });
});

describe("A thread whose program has failed", () => {
  it("begins anew when its registers are set to its entry", () => {
    const seen: unknown[] = [];
    const at = { faults: 0, reply: 0 };
    let isMended = false;
    const world = bootScene<void>(
      function* (kit) {
        at.faults = yield* kit.endpoint();
        at.reply = yield* kit.reply();
        const { tcb, entry, bufferAddress } = yield* kit.start("program", { faultHandler: at.faults });
        yield* seL4_Recv(at.faults, at.reply);
        isMended = true;
        must(yield* seL4_TCB_WriteRegisters(tcb, true, 0, 18, { pc: entry, a0: 5, a1: bufferAddress }));
      },
      {
        *program(argument) {
          seen.push(argument);
          yield* compute(1);
          if (!isMended) throw new Error("not yet");
          seen.push("mended");
        },
      },
    );
    expect(world.machine.run().reason).toBe("idle");
    expect(seen).toEqual([0, 5, "mended"]);
  });

  it("is dropped: resuming it faults again and does not wake its generator", () => {
    const seen: unknown[] = [];
    const at = { faults: 0, reply: 0 };
    const world = bootScene<void>(
      function* (kit) {
        at.faults = yield* kit.endpoint();
        at.reply = yield* kit.reply();
        const { tcb } = yield* kit.start("program", { faultHandler: at.faults });
        for (let i = 0; i < 2; i++) {
          const { info } = yield* seL4_Recv(at.faults, at.reply);
          seen.push(info.label);
          yield* seL4_TCB_Resume(tcb);
        }
      },
      {
        *program() {
          try {
            yield* compute(1);
            throw new Error("on purpose");
          } finally {
            seen.push("finally");
          }
        },
      },
    );
    expect(world.machine.run().reason).toBe("idle");
    expect(seen).toEqual(["finally", seL4_Fault_UserException, seL4_Fault_UserException]);
  });
});
