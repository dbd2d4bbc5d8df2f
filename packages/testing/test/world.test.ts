import type { Thread } from "@tessera/hal-sim/isa";
import {
  program,
  rootTask,
  seL4_Call,
  type seL4_CPtr,
  seL4_DebugHalt,
  seL4_DebugPutString,
  seL4_EndpointBits,
  seL4_EndpointObject,
  seL4_MessageInfo_new,
  seL4_NotificationBits,
  seL4_NotificationObject,
  seL4_Recv,
  seL4_ReplyBits,
  seL4_ReplyObject,
  seL4_Wait,
  seL4_Yield,
} from "@tessera/libsel4";
import { alloc_retype } from "@tessera/ut-alloc";
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

  it("returns what was written to the console", () => {
    const { output } = world({
      *root() {
        yield* seL4_DebugPutString("first\n");
        yield* seL4_DebugPutString("second\n");
      },
    });
    expect(output).toBe("first\nsecond\n");
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

  it("tells who threw what is no Error", () => {
    const throwing = () =>
      world({
        *root() {
          yield* seL4_Yield();
          throw null;
        },
      });
    expect(throwing).toThrow(/^program "root" threw null, which is no Error\nto replay up to tick/);
  });

  it("refuses to let a program throw that it does not have", () => {
    expect(() => world({ mayThrow: ["client"], *root() {}, programs: { *server() {} } })).toThrow(
      'mayThrow names a program "client"; those of this world: root, server',
    );
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

  it("tells who waits for what when the root task never returns", () => {
    const waiting = (main: (ep: seL4_CPtr, reply: seL4_CPtr, notification: seL4_CPtr) => Thread) => () =>
      world({
        *root(_, cspace) {
          const { cptr: ep } = yield* alloc_retype(seL4_EndpointObject, seL4_EndpointBits, cspace, "door");
          const { cptr: reply } = yield* alloc_retype(seL4_ReplyObject, seL4_ReplyBits, cspace);
          const { cptr } = yield* alloc_retype(seL4_NotificationObject, seL4_NotificationBits, cspace, "bell");
          yield* main(ep, reply, cptr);
        },
      });
    const info = seL4_MessageInfo_new(0, 0, 0, 0);
    const receives = waiting(function* (ep, reply) {
      yield* seL4_Recv(ep, reply);
    });
    expect(receives).toThrow(/stopped: idle; rootserver waits for a message at endpoint `door`\n/);
    const calls = waiting(function* (ep) {
      yield* seL4_Call(ep, info);
    });
    expect(calls).toThrow(/stopped: idle; rootserver waits for a receiver at endpoint `door`\n/);
    const waits = waiting(function* (_, __, notification) {
      yield* seL4_Wait(notification);
    });
    expect(waits).toThrow(/stopped: idle; rootserver waits for a signal of notification `bell`\n/);
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
