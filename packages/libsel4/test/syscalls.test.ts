import type { Syscall } from "@tessera/hal-sim/isa";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as sel4 from "../src/index.js";
import { FakeCpu, infoWord, type Trap } from "./fake-cpu.js";

const [DEST, SRC, REPLY] = [100, 200, 300];
const info = sel4.seL4_MessageInfo_new(7, 0, 1, 2);
const INFO = infoWord(7, 1, 2);

function cpuWith(answer: FakeCpu["answer"] = {}): FakeCpu {
  const cpu = new FakeCpu();
  cpu.answer = answer;
  return cpu;
}

type Row = [name: string, call: () => Syscall<unknown>, registers: Partial<Trap>];

const table: Row[] = [
  ["Call", () => sel4.seL4_Call(DEST, info), { number: -1n, a0: 100n, a1: INFO }],
  ["ReplyRecv", () => sel4.seL4_ReplyRecv(SRC, info, REPLY), { number: -2n, a0: 200n, a1: INFO, a6: 300n }],
  [
    "NBSendRecv",
    () => sel4.seL4_NBSendRecv(DEST, info, SRC, REPLY),
    { number: -3n, a0: 200n, a1: INFO, a6: 300n, t0: 100n },
  ],
  ["NBSendWait", () => sel4.seL4_NBSendWait(DEST, info, SRC), { number: -4n, a0: 200n, a1: INFO, a6: 100n }],
  ["Send", () => sel4.seL4_Send(DEST, info), { number: -5n, a0: 100n, a1: INFO }],
  ["Signal", () => sel4.seL4_Signal(DEST), { number: -5n, a0: 100n, a1: 0n }],
  ["NBSend", () => sel4.seL4_NBSend(DEST, info), { number: -6n, a0: 100n, a1: INFO }],
  ["Recv", () => sel4.seL4_Recv(SRC, REPLY), { number: -7n, a0: 200n, a1: 0n, a6: 300n }],
  ["NBRecv", () => sel4.seL4_NBRecv(SRC, REPLY), { number: -8n, a0: 200n, a1: 0n, a6: 300n }],
  ["Wait", () => sel4.seL4_Wait(SRC), { number: -9n, a0: 200n, a1: 0n }],
  ["NBWait", () => sel4.seL4_NBWait(SRC), { number: -10n, a0: 200n, a1: 0n }],
  ["Poll", () => sel4.seL4_Poll(SRC), { number: -10n, a0: 200n, a1: 0n }],
  ["Yield", () => sel4.seL4_Yield(), { number: -11n }],
  ["DebugPutChar", () => sel4.seL4_DebugPutChar(65), { number: -12n, a0: 65n }],
  ["DebugDumpScheduler", () => sel4.seL4_DebugDumpScheduler(), { number: -13n }],
  ["DebugHalt", () => sel4.seL4_DebugHalt(), { number: -14n }],
  ["DebugCapIdentify", () => sel4.seL4_DebugCapIdentify(DEST), { number: -15n, a0: 100n }],
  ["DebugSnapshot", () => sel4.seL4_DebugSnapshot(), { number: -16n }],
];

describe("registers at the trap", () => {
  test.each(table)("%s", (_name, call, registers) => {
    const cpu = cpuWith();
    cpu.take(call);
    expect(cpu.traps).toHaveLength(1);
    expect(cpu.last).toMatchObject(registers);
  });

  const withMRs: Row[] = [
    ["SendWithMRs", () => sel4.seL4_SendWithMRs(DEST, info, 1, 2, 3, 4), { number: -5n, a0: 100n, a1: INFO }],
    ["NBSendWithMRs", () => sel4.seL4_NBSendWithMRs(DEST, info, 1, 2, 3, 4), { number: -6n, a0: 100n }],
    ["CallWithMRs", () => sel4.seL4_CallWithMRs(DEST, info, 1, 2, 3, 4), { number: -1n, a0: 100n }],
    [
      "ReplyRecvWithMRs",
      () => sel4.seL4_ReplyRecvWithMRs(SRC, info, 1, 2, 3, 4, REPLY),
      { number: -2n, a0: 200n, a6: 300n },
    ],
    [
      "NBSendRecvWithMRs",
      () => sel4.seL4_NBSendRecvWithMRs(DEST, info, SRC, 1, 2, 3, 4, REPLY),
      { number: -3n, a0: 200n, a6: 300n, t0: 100n },
    ],
    [
      "NBSendWaitWithMRs",
      () => sel4.seL4_NBSendWaitWithMRs(DEST, info, SRC, 1, 2, 3, 4),
      { number: -4n, a0: 200n, a6: 100n },
    ],
  ];

  test.each(withMRs)("%s sends as many words as the message has", (_name, call, registers) => {
    const cpu = cpuWith();
    cpu.take(call);
    expect(cpu.last).toMatchObject({ ...registers, fast: [1n, 2n, 0n, 0n] });
  });

  test("RecvWithMRs and WaitWithMRs", () => {
    const cpu = cpuWith();
    cpu.take(() => sel4.seL4_RecvWithMRs(SRC, REPLY));
    expect(cpu.last).toMatchObject({ number: -7n, a0: 200n, a6: 300n });
    cpu.take(() => sel4.seL4_WaitWithMRs(SRC));
    expect(cpu.last).toMatchObject({ number: -9n, a0: 200n });
  });
});

describe("messages", () => {
  test("the staged message registers travel in a2 to a5, the others in the buffer", () => {
    const cpu = cpuWith();
    cpu.run(() => {
      for (let i = 0; i < 6; i++) sel4.seL4_SetMR(i, 10 + i);
      sel4.seL4_SetMR64(5, 2n ** 64n - 1n);
      sel4.seL4_SetCap(2, 77);
      sel4.seL4_SetCapReceivePath(1, 2, 64);
      sel4.seL4_SetUserData(5);
    });
    cpu.take(() => sel4.seL4_Send(DEST, sel4.seL4_MessageInfo_new(0, 0, 3, 6)));
    expect(cpu.last.fast).toEqual([10n, 11n, 12n, 13n]);
    expect(cpu.last.staged.slice(5, 7)).toEqual([14n, 2n ** 64n - 1n]);
    expect(cpu.last.staged.slice(121)).toEqual([5n, 0n, 0n, 77n, 1n, 2n, 64n]);
  });

  test("after a Call the reply's words are in the message registers, words behind its length stay", () => {
    const cpu = cpuWith({ a1: infoWord(3, 0, 1), fast: [41n], waits: 1 });
    cpu.run(() => {
      sel4.seL4_SetMR(0, 1);
      sel4.seL4_SetMR(1, 2);
    });
    const { value, suspended } = cpu.take(() => sel4.seL4_Call(DEST, info));
    expect([value.label, value.length, suspended]).toEqual([3, 1, 1]);
    expect(cpu.run(() => [sel4.seL4_GetMR(0), sel4.seL4_GetMR(1)])).toEqual([41, 2]);
  });

  test("a receive gives info and badge, with all bits of the badge beside it", () => {
    const cpu = cpuWith({ a0: 2n ** 64n - 1n, a1: infoWord(2n ** 52n - 1n, 2, 120, 5), fast: [1n, 2n, 3n, 4n] });
    const { info: received, badge } = cpu.take(() => sel4.seL4_Recv(SRC, REPLY)).value;
    expect(badge).toBe(2 ** 64);
    expect(cpu.run(sel4.senderBadge64)).toBe(2n ** 64n - 1n);
    expect([received.label, received.extraCaps, received.length, received.capsUnwrapped]).toEqual([
      2 ** 52 - 1,
      2,
      120,
      5,
    ]);
    expect(cpu.run(() => sel4.seL4_GetMR(3))).toBe(4);
  });

  test("calls with words return them and leave the staged ones alone", () => {
    const cpu = cpuWith({ a0: 0xffn, a1: infoWord(0, 0, 4), fast: [1n, 2n, 3n, 4n] });
    cpu.run(() => sel4.seL4_SetMR(0, 99));
    expect(cpu.take(() => sel4.seL4_ReplyRecvWithMRs(SRC, info, 5, 6, 7, 8, REPLY)).value).toMatchObject({
      badge: 0xff,
      mr0: 1,
      mr1: 2,
      mr2: 3,
      mr3: 4,
    });
    expect(cpu.take(() => sel4.seL4_CallWithMRs(DEST, info, 5)).value).toMatchObject({ mr0: 1, mr3: 4 });
    expect(cpu.run(() => sel4.seL4_GetMR(0))).toBe(99);
  });

  test("words of all sizes survive SetMR and GetMR", () => {
    const cpu = cpuWith();
    fc.assert(
      fc.property(fc.nat(119), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (i, word) => {
        const got = cpu.run(() => {
          sel4.seL4_SetMR(i, word <= Number.MAX_SAFE_INTEGER ? Number(word) : word);
          return [sel4.seL4_GetMR64(i), sel4.seL4_GetMR(i)];
        });
        expect(got).toEqual([word, Number(word)]);
      }),
    );
  });

  test("an index or field that does not fit is refused", () => {
    const cpu = cpuWith();
    expect(() => cpu.run(() => sel4.seL4_SetMR(120, 0))).toThrow(/i must be from 0 to 119/);
    expect(() => cpu.run(() => sel4.seL4_GetMR(-1))).toThrow(RangeError);
    expect(() => cpu.run(() => sel4.seL4_SetCap(3, 0))).toThrow(/i must be from 0 to 2/);
    expect(() => sel4.seL4_MessageInfo_new(2 ** 52, 0, 0, 0)).toThrow(/label/);
    expect(() => sel4.seL4_MessageInfo_new(0, 8, 0, 0)).toThrow(/capsUnwrapped/);
    expect(() => sel4.seL4_MessageInfo_new(0, 0, 4, 0)).toThrow(/extraCaps/);
    expect(() => sel4.seL4_MessageInfo_new(0, 0, 0, 128)).toThrow(/length/);
    expect(() => cpu.run(() => sel4.seL4_SetIPCBuffer(100))).toThrow(/aligned/);
  });

  test("outside of a program a system call says so", () => {
    expect(() => sel4.seL4_Yield()).toThrow(/no program is executing/);
  });
});

describe("types", () => {
  test("a pointer that knows its kind fits only there, a bare one everywhere", () => {
    const tcb = 5 as sel4.seL4_TCB;
    const bare: sel4.seL4_CPtr = 5;
    const endpoint: sel4.seL4_CPtr<"Endpoint"> = bare;
    const calls = () => [
      sel4.seL4_TCB_Resume(tcb),
      sel4.seL4_TCB_Resume(bare),
      sel4.seL4_TCB_Resume(5),
      sel4.seL4_Recv(endpoint, bare),
      // @ts-expect-error a TCB is no CNode
      sel4.seL4_CNode_Delete(tcb, 0, 0),
      // @ts-expect-error an endpoint is no TCB
      sel4.seL4_TCB_Resume(endpoint),
      // @ts-expect-error rights are made by seL4_CapRights_new
      sel4.seL4_CNode_Copy(bare, 0, 64, bare, 0, 64, 15),
    ];
    expect(calls).toBeTypeOf("function");
  });
});
