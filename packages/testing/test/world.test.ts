import { program, rootTask, seL4_DebugHalt, seL4_Yield } from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { bootWorld, freeSlots, leaveSlots, world } from "../src/index.js";

describe("world", () => {
  it("returns what the root task returned, and machine and kernel", () => {
    const { value, machine, kernel, stop } = world({
      *root(bootinfo) {
        yield* seL4_Yield();
        return bootinfo.initThreadCNodeSizeBits;
      },
      kernel: { rootCNodeBits: 10 },
      machine: { ramBytes: 8 * 2 ** 20 },
    });
    expect(value).toBe(10);
    expect(stop.reason).toBe("idle");
    expect(kernel.machine).toBe(machine);
    expect(machine.memory.bytes).toBe(8 * 2 ** 20);
  });

  it("runs programs alone, the first of which is the root task", () => {
    let started = 0;
    world({
      programs: {
        first: rootTask(function* () {
          started++;
          yield* seL4_Yield();
        }),
        second: program(function* () {
          started += 10;
          yield* seL4_Yield();
        }),
      },
    });
    expect(started).toBe(1);
  });

  it("throws what a program threw: an assertion that fails in a program fails the test", () => {
    expect(() =>
      world({
        *root() {
          yield* seL4_Yield();
          expect(1).toBe(2);
        },
        onReport: () => {},
      }),
    ).toThrow(/expected 1 to be 2/);
  });

  it("keeps what a program may throw", () => {
    const error = new Error("on purpose");
    const { thrown } = world({
      mayThrow: ["root"],
      *root() {
        yield* seL4_Yield();
        throw error;
      },
    });
    expect(thrown).toEqual([{ program: "root", error }]);
  });

  it("fails when the root task never returns, or never lets the machine rest", () => {
    expect(() =>
      world({
        kernel: { checkInvariants: false },
        *root() {
          for (;;) yield* seL4_Yield();
        },
      }),
    ).toThrow(/did not become idle/);
    expect(() =>
      world({
        limit: { events: 10 },
        *root() {
          for (;;) yield* seL4_Yield();
        },
      }),
    ).toThrow(/did not return; the machine stopped: limit/);
  });

  it("fails when the machine halts", () => {
    expect(() =>
      world({
        *root() {
          yield* seL4_DebugHalt();
        },
      }),
    ).toThrow(/the machine halted/);
  });

  it("is the same world every time: trace and time agree", () => {
    const run = () => {
      const { machine } = world({
        *root(_, cspace) {
          yield* cspace.alloc!.alloc_4k_ut();
        },
      });
      return [machine.trace.hash, machine.trace.count, machine.clock.cycles];
    };
    expect(run()).toEqual(run());
  });
});

describe("bootWorld", () => {
  it("runs nothing until the machine is run", () => {
    const booted = bootWorld({
      *root() {
        yield* seL4_Yield();
        return 7;
      },
    });
    expect(booted.returned).toBe(null);
    expect(booted.machine.run().reason).toBe("idle");
    expect(booted.returned).toEqual({ value: 7 });
  });
});

describe("leaveSlots", () => {
  it("uses up all slots but as many as said", () => {
    world({
      *root(_, cspace) {
        const before = freeSlots(cspace);
        expect((yield* leaveSlots(cspace, 5)).length).toBe(before - 5);
        expect(freeSlots(cspace)).toBe(5);
      },
    });
  });
});
