import type { ProgramStart, Thread } from "@tessera/hal-sim/isa";
import { describe, expect, test } from "vitest";
import { encodeBootInfo, type seL4_BootInfo } from "../src/abi/index.js";
import * as sel4 from "../src/index.js";
import { FakeCpu } from "./fake-cpu.js";

const none = { start: 0, end: 0 };
const bootinfo: seL4_BootInfo = {
  extraLen: 0,
  nodeID: 0,
  numNodes: 1,
  numIOPTLevels: 0,
  ipcBuffer: 0x12000,
  empty: { start: 40, end: 8192 },
  sharedFrames: none,
  userImageFrames: { start: 20, end: 22 },
  userImagePaging: { start: 16, end: 18 },
  ioSpaceCaps: none,
  extraBIPages: none,
  initThreadCNodeSizeBits: 13,
  initThreadDomain: 0,
  schedcontrol: { start: 19, end: 20 },
  untyped: { start: 22, end: 23 },
  untypedList: [{ paddr: 0x80000000, sizeBits: 20, isDevice: false }],
};

function start(a0: number, a1: number): ProgramStart {
  return { a0, a1, a2: 0, a3: 0, a4: 0, a5: 0, a6: 0, a7: 0 };
}

function runToEnd<R>(cpu: FakeCpu, thread: () => Thread<R>): R {
  return cpu.run(() => {
    const generator = thread();
    for (;;) {
      const step = generator.next();
      if (step.done) return step.value;
    }
  });
}

describe("programs", () => {
  test("a root task gets BootInfo and its IPC buffer, and suspends itself at the end", () => {
    const cpu = new FakeCpu();
    cpu.answer = { a0: 0n, a1: 0n };
    cpu.memory.set(0x13000, encodeBootInfo(bootinfo));
    let seen: seL4_BootInfo | undefined;
    const main = sel4.rootTask(function* (info, { a0 }) {
      expect([a0, sel4.seL4_GetIPCBuffer()]).toEqual([0x13000, 0x12000]);
      seen = info;
      yield* sel4.seL4_Yield();
    });
    runToEnd(cpu, () => main(start(0x13000, 0)));
    expect(seen).toEqual(bootinfo);
    expect(cpu.traps.map(({ number, a0 }) => [number, a0])).toEqual([
      [-11n, 0n],
      [-1n, 1n],
    ]);
  });

  test("any other program has its IPC buffer in a1", () => {
    const cpu = new FakeCpu();
    const main = sel4.program(function* ({ a0 }) {
      expect([a0, sel4.seL4_GetIPCBuffer()]).toEqual([7, 0x4000]);
      yield* sel4.seL4_Signal(a0);
    });
    runToEnd(cpu, () => main(start(7, 0x4000)));
    expect(cpu.last).toMatchObject({ number: -5n, a0: 7n });
  });

  test("extra boot information is read behind BootInfo", () => {
    const cpu = new FakeCpu();
    const bytes = new Uint8Array(18);
    bytes.set([6, 0, 0, 0, 0, 0, 0, 0, 18]);
    bytes.set([1, 2], 16);
    cpu.memory.set(0x14000, bytes);
    const chunks = runToEnd(cpu, () => sel4.readExtraBootInfo(0x13000, 18));
    expect(chunks).toEqual([{ id: 6, content: Uint8Array.of(1, 2) }]);
  });
});

describe("debug calls", () => {
  test("a thread's name is in the message registers, and the first four also in memory", () => {
    const cpu = new FakeCpu();
    cpu.ipcBufferAddress = 0x4000;
    runToEnd(cpu, () => sel4.seL4_DebugNameThread(9, "a name of more than 32 letters: é"));
    const name = new Uint8Array(BigUint64Array.from(cpu.last.staged.slice(1, 6)).buffer);
    expect(String.fromCharCode(...name)).toBe("a name of more than 32 letters: ?\0\0\0\0\0\0\0");
    expect(cpu.copies).toEqual([{ address: 0x4008, bytes: name.slice(0, 32) }]);
    expect(cpu.last).toMatchObject({ number: -17n, a0: 9n });
  });

  test("a name that is too long, or a program without a buffer, is refused", () => {
    const cpu = new FakeCpu();
    expect(() => runToEnd(cpu, () => sel4.seL4_DebugNameThread(9, "x"))).toThrow(/IPC buffer/);
    cpu.ipcBufferAddress = 0x4000;
    expect(() => runToEnd(cpu, () => sel4.seL4_DebugNameThread(9, "x".repeat(960)))).toThrow(/959 characters/);
    runToEnd(cpu, () => sel4.seL4_DebugNameThread(9, "x".repeat(959)));
  });

  test("DebugPutString prints byte by byte", () => {
    const cpu = new FakeCpu();
    runToEnd(cpu, () => sel4.seL4_DebugPutString("hé\n"));
    expect(cpu.traps.map(({ a0 }) => a0)).toEqual([104n, 63n, 10n]);
  });

  test("DebugCapIdentify gives the tag, and tags have names", () => {
    const cpu = new FakeCpu();
    cpu.answer = { a0: 4n };
    expect(cpu.take(() => sel4.seL4_DebugCapIdentify(1)).value).toBe(sel4.CapTag.endpoint);
    expect(sel4.capTagName(12)).toBe("thread");
    expect(sel4.capTagName(5)).toBe("unknown type 5");
  });
});
