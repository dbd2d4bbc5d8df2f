/**
 * Where each invocation puts its arguments. The table says, per call: label, capabilities, argument words; the words
 * are those of the ABI's table of argument placement, written out by hand.
 */
import type { Syscall } from "@tessera/hal-sim/isa";
import { describe, expect, test } from "vitest";
import * as abi from "../src/abi/index.js";
import * as sel4 from "../src/index.js";
import { FakeCpu, infoWord } from "./fake-cpu.js";

const SERVICE = 500;
const AR = sel4.seL4_AllRights;
const regs = { pc: 0x1000, sp: 2, s11: 2n ** 64n - 1n, tp: 31 };
const all = Object.fromEntries(abi.USER_CONTEXT_NAMES.map((name) => [name, 0]));
const regWords = [0x1000, 0, 2, ...Array<number>(12).fill(0), 2n ** 64n - 1n, ...Array<number>(15).fill(0), 31];

type Row = [name: string, call: () => Syscall<unknown>, label: number, caps: number[], words: (number | bigint)[]];

const table: Row[] = [
  ["Untyped_Retype", () => sel4.seL4_Untyped_Retype(SERVICE, 1, 2, 90, 3, 4, 5, 6), 1, [90], [1, 2, 3, 4, 5, 6]],
  ["TCB_ReadRegisters", () => sel4.seL4_TCB_ReadRegisters(SERVICE, true, 5, 32), 2, [], [0x501, 32]],
  [
    "TCB_WriteRegisters 1",
    () => sel4.seL4_TCB_WriteRegisters(SERVICE, 1, 2, 32, regs),
    3,
    [],
    [0x201, 32, ...regWords],
  ],
  [
    "TCB_WriteRegisters 2",
    () => sel4.seL4_TCB_WriteRegisters(SERVICE, 0, 0, 3, { ...all, ...regs, a7: 2 ** 64 }),
    3,
    [],
    [0, 3, ...regWords.map((word, i) => (i < 3 ? word : 0))],
  ],
  [
    "TCB_CopyRegisters 1",
    () => sel4.seL4_TCB_CopyRegisters(SERVICE, 90, true, false, true, false, 7),
    4,
    [90],
    [0x705],
  ],
  ["TCB_CopyRegisters 2", () => sel4.seL4_TCB_CopyRegisters(SERVICE, 90, 0, 1, 0, 1, 0), 4, [90], [10]],
  ["TCB_Configure", () => sel4.seL4_TCB_Configure(SERVICE, 90, 1, 91, 2, 1024, 92), 5, [90, 91, 92], [1, 2, 1024]],
  ["TCB_SetPriority", () => sel4.seL4_TCB_SetPriority(SERVICE, 90, 7), 6, [90], [7]],
  ["TCB_SetMCPriority", () => sel4.seL4_TCB_SetMCPriority(SERVICE, 90, 7), 7, [90], [7]],
  ["TCB_SetSchedParams", () => sel4.seL4_TCB_SetSchedParams(SERVICE, 90, 1, 2, 91, 92), 8, [90, 91, 92], [1, 2]],
  ["TCB_SetTimeoutEndpoint", () => sel4.seL4_TCB_SetTimeoutEndpoint(SERVICE, 90), 9, [90], []],
  ["TCB_SetIPCBuffer", () => sel4.seL4_TCB_SetIPCBuffer(SERVICE, 2048, 90), 10, [90], [2048]],
  ["TCB_SetSpace", () => sel4.seL4_TCB_SetSpace(SERVICE, 90, 91, 1, 92, 2), 11, [90, 91, 92], [1, 2]],
  ["TCB_Suspend", () => sel4.seL4_TCB_Suspend(SERVICE), 12, [], []],
  ["TCB_Resume", () => sel4.seL4_TCB_Resume(SERVICE), 13, [], []],
  ["TCB_BindNotification", () => sel4.seL4_TCB_BindNotification(SERVICE, 90), 14, [90], []],
  ["TCB_UnbindNotification", () => sel4.seL4_TCB_UnbindNotification(SERVICE), 15, [], []],
  ["TCB_SetTLSBase", () => sel4.seL4_TCB_SetTLSBase(SERVICE, 77), 16, [], [77]],
  ["TCB_SetFlags", () => sel4.seL4_TCB_SetFlags(SERVICE, 1, 2), 17, [], [1, 2]],
  ["CNode_Revoke", () => sel4.seL4_CNode_Revoke(SERVICE, 1, 2), 18, [], [1, 2]],
  ["CNode_Delete", () => sel4.seL4_CNode_Delete(SERVICE, 1, 2), 19, [], [1, 2]],
  ["CNode_CancelBadgedSends", () => sel4.seL4_CNode_CancelBadgedSends(SERVICE, 1, 2), 20, [], [1, 2]],
  ["CNode_Copy", () => sel4.seL4_CNode_Copy(SERVICE, 1, 2, 90, 3, 4, AR), 21, [90], [1, 2, 3, 4, 15]],
  ["CNode_Mint", () => sel4.seL4_CNode_Mint(SERVICE, 1, 2, 90, 3, 4, AR, 0xff), 22, [90], [1, 2, 3, 4, 15, 0xff]],
  ["CNode_Move", () => sel4.seL4_CNode_Move(SERVICE, 1, 2, 90, 3, 4), 23, [90], [1, 2, 3, 4]],
  ["CNode_Mutate", () => sel4.seL4_CNode_Mutate(SERVICE, 1, 2, 90, 3, 4, 51), 24, [90], [1, 2, 3, 4, 51]],
  [
    "CNode_Rotate",
    () => sel4.seL4_CNode_Rotate(SERVICE, 1, 2, 3, 90, 4, 5, 6, 91, 7, 8),
    25,
    [90, 91],
    [1, 2, 3, 4, 5, 6, 7, 8],
  ],
  ["IRQControl_Get", () => sel4.seL4_IRQControl_Get(SERVICE, 10, 90, 1, 64), 26, [90], [10, 1, 64]],
  ["IRQControl_GetTrigger", () => sel4.seL4_IRQControl_GetTrigger(SERVICE, 10, 1, 90, 2, 64), 46, [90], [10, 1, 2, 64]],
  ["IRQHandler_Ack", () => sel4.seL4_IRQHandler_Ack(SERVICE), 27, [], []],
  ["IRQHandler_SetNotification", () => sel4.seL4_IRQHandler_SetNotification(SERVICE, 90), 28, [90], []],
  ["IRQHandler_Clear", () => sel4.seL4_IRQHandler_Clear(SERVICE), 29, [], []],
  ["DomainSet_Set", () => sel4.seL4_DomainSet_Set(SERVICE, 3, 90), 30, [90], [3]],
  ["DomainSet_ScheduleConfigure", () => sel4.seL4_DomainSet_ScheduleConfigure(SERVICE, 1, 2, 3), 31, [], [1, 2, 3]],
  ["DomainSet_ScheduleSetStart", () => sel4.seL4_DomainSet_ScheduleSetStart(SERVICE, 1), 32, [], [1]],
  [
    "SchedControl_ConfigureFlags",
    () => sel4.seL4_SchedControl_ConfigureFlags(SERVICE, 90, 20, abi.MAX_PERIOD_US, 3, 4, 1),
    33,
    [90],
    [20, abi.MAX_PERIOD_US, 3, 4, 1],
  ],
  [
    "SchedControl_Configure",
    () => sel4.seL4_SchedControl_Configure(SERVICE, 90, 1, 2, 3, 4),
    33,
    [90],
    [1, 2, 3, 4, 0],
  ],
  ["SchedContext_Bind", () => sel4.seL4_SchedContext_Bind(SERVICE, 90), 34, [90], []],
  ["SchedContext_Unbind", () => sel4.seL4_SchedContext_Unbind(SERVICE), 35, [], []],
  ["SchedContext_UnbindObject", () => sel4.seL4_SchedContext_UnbindObject(SERVICE, 90), 36, [90], []],
  ["SchedContext_Consumed", () => sel4.seL4_SchedContext_Consumed(SERVICE), 37, [], []],
  ["SchedContext_YieldTo", () => sel4.seL4_SchedContext_YieldTo(SERVICE), 38, [], []],
  ["RISCV_PageTable_Map", () => sel4.seL4_RISCV_PageTable_Map(SERVICE, 90, 0x1000, 0), 39, [90], [0x1000, 0]],
  ["RISCV_PageTable_Unmap", () => sel4.seL4_RISCV_PageTable_Unmap(SERVICE), 40, [], []],
  ["RISCV_Page_Map", () => sel4.seL4_RISCV_Page_Map(SERVICE, 90, 2 ** 37, AR, 1), 41, [90], [2 ** 37, 15, 1]],
  ["RISCV_Page_Unmap", () => sel4.seL4_RISCV_Page_Unmap(SERVICE), 42, [], []],
  ["RISCV_Page_GetAddress", () => sel4.seL4_RISCV_Page_GetAddress(SERVICE), 43, [], []],
  [
    "RISCV_ASIDControl_MakePool",
    () => sel4.seL4_RISCV_ASIDControl_MakePool(SERVICE, 90, 91, 1, 2),
    44,
    [90, 91],
    [1, 2],
  ],
  ["RISCV_ASIDPool_Assign", () => sel4.seL4_RISCV_ASIDPool_Assign(SERVICE, 90), 45, [90], []],
];

describe("argument placement", () => {
  test("the table covers all 46 labels", () => {
    const labels = new Set(table.map(([, , label]) => label));
    expect(labels.size).toBe(46);
  });

  test.each(table)("%s", (_name, call, label, caps, words) => {
    const cpu = new FakeCpu();
    cpu.answer = { a0: 0n, a1: 0n };
    cpu.take(call);
    expect(cpu.traps).toHaveLength(1);
    const { number, a0, a1, fast, staged } = cpu.last;
    expect(number).toBe(-1n);
    expect(a0).toBe(500n);
    expect(a1).toBe(infoWord(label, caps.length, words.length));
    expect(fast.slice(0, words.length)).toEqual(words.slice(0, 4).map(BigInt));
    expect(staged.slice(5, 1 + words.length)).toEqual(words.slice(4).map(BigInt));
    expect(staged.slice(122, 122 + caps.length)).toEqual(caps.map(BigInt));
  });
});

describe("results", () => {
  const cpuWith = (a1: bigint, fast: bigint[] = [], staged: Record<number, bigint> = {}) => {
    const cpu = new FakeCpu();
    cpu.answer = { a0: 0n, a1, fast, staged, waits: 2 };
    return cpu;
  };

  test("an error is returned, and its words are in the message registers", () => {
    const cpu = cpuWith(infoWord(abi.seL4_RangeError, 0, 2), [1n, 64n]);
    expect(cpu.take(() => sel4.seL4_CNode_Delete(1, 2, 200))).toEqual({ value: abi.seL4_RangeError, suspended: 2 });
    expect(cpu.run(() => [sel4.seL4_GetMR(0), sel4.seL4_GetMR64(1)])).toEqual([1, 64n]);
  });

  test("Consumed and YieldTo give the time, 0 after an error", () => {
    const good = cpuWith(infoWord(0, 0, 1), [370n]);
    expect(good.take(() => sel4.seL4_SchedContext_YieldTo(1)).value).toEqual({ error: 0, consumed: 370 });
    expect(good.take(() => sel4.seL4_SchedContext_Consumed(1)).value).toEqual({ error: 0, consumed: 370 });
    const bad = cpuWith(infoWord(3, 0, 0), [9n]);
    expect(bad.take(() => sel4.seL4_SchedContext_YieldTo(1)).value).toEqual({ error: 3, consumed: 0 });
  });

  test("SetFlags and GetAddress give their word", () => {
    const cpu = cpuWith(infoWord(0, 0, 1), [0x80001000n]);
    expect(cpu.take(() => sel4.seL4_TCB_SetFlags(1, 0, 1)).value).toEqual({ error: 0, flags: 0x80001000 });
    expect(cpu.take(() => sel4.seL4_RISCV_Page_GetAddress(1)).value).toEqual({ error: 0, paddr: 0x80001000 });
  });

  test("ReadRegisters names the registers that came; the others are 0", () => {
    const cpu = cpuWith(infoWord(0, 0, 6), [0x10008n, 11n, 12n, 13n], { 5: 14n, 6: 15n, 7: 99n });
    const { error, regs: read } = cpu.take(() => sel4.seL4_TCB_ReadRegisters(1, false, 0, 6)).value;
    expect(error).toBe(0);
    expect(read).toMatchObject({ pc: 0x10008, ra: 11, sp: 12, gp: 13, s0: 14, s1: 15, s2: 0, tp: 0 });
    expect(Object.keys(read)).toHaveLength(32);
  });
});

describe("bad arguments", () => {
  const cpu = new FakeCpu();
  const bad: [string, () => unknown, RegExp][] = [
    ["NaN", () => sel4.seL4_TCB_Resume(Number.NaN), /_service must be a non-negative integer, not NaN/],
    ["a fraction", () => sel4.seL4_CNode_Delete(1, 0.5, 64), /index must be a non-negative integer, not 0.5/],
    ["a negative number", () => sel4.seL4_CNode_Delete(1, -1, 64), /index must not be negative: -1/],
    ["beyond 2^53", () => sel4.seL4_CNode_Delete(1, 2 ** 53, 64), /index is beyond 2\^53 - 1/],
    ["a bigint beyond 2^64", () => sel4.seL4_CNode_Delete(1, 2n ** 64n, 64), /index must be from 0 to 2\^64 - 1/],
    ["a negative bigint", () => sel4.seL4_CNode_Delete(1, -1n, 64), /index must be from 0/],
    ["a depth of 256", () => sel4.seL4_CNode_Delete(1, 1, 256), /depth must be from 0 to 255, not 256/],
    ["undefined", () => sel4.seL4_TCB_Resume(undefined as unknown as number), /_service must be .* not undefined/],
    ["a string", () => sel4.seL4_TCB_Resume("1" as unknown as number), /_service must be .* not 1/],
    ["an infinite budget", () => sel4.seL4_SchedControl_Configure(1, 2, Infinity, 1, 0, 0), /budget must be/],
  ];

  test.each(bad)("%s is refused before anything traps", (_what, call, message) => {
    expect(() => cpu.run(call)).toThrow(message);
    expect(cpu.traps).toHaveLength(0);
  });

  test("words of all 64 bits pass exactly as bigints", () => {
    const answering = new FakeCpu();
    answering.answer = { a0: 0n, a1: 0n };
    answering.take(() => sel4.seL4_CNode_Mint(1, 2n ** 64n - 1n, 64, 2, 2n ** 63n, 64, AR, 0x8000000100000002n));
    expect(answering.last.fast).toEqual([2n ** 64n - 1n, 64n, 2n ** 63n, 64n]);
    expect(answering.last.staged[6]).toBe(0x8000000100000002n);
  });
});

test("WriteRegisters refuses a register that is named and not written, and says which count it takes", () => {
  const write = () => new FakeCpu().run(() => sel4.seL4_TCB_WriteRegisters(SERVICE, 0, 0, 10, { pc: 1, a1: 2 }));
  expect(write).toThrow("a1 would not be written: count is 10, and must be 18 or more to reach it");
});

test("Retype gives the name that it was given to what it creates, and takes it back", () => {
  const cpu = new FakeCpu();
  cpu.take(() => sel4.seL4_Untyped_Retype(SERVICE, 0, 12, 1, 0, 0, 2, 1, "log.endpoint"));
  expect(cpu.annotations).toEqual(["log.endpoint", null]);
  for (const name of ["", "x".repeat(65)]) {
    expect(() => cpu.run(() => sel4.seL4_Untyped_Retype(SERVICE, 0, 12, 1, 0, 0, 2, 1, name))).toThrow(
      "an object's name has 1 to 64 characters",
    );
  }
});
