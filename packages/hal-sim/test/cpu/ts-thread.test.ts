import { describe, expect, test } from "vitest";
import {
  Cause,
  compute,
  copyIn,
  copyOut,
  load,
  load64,
  loadPair,
  ProgramOffset,
  port,
  Register,
  store,
  store64,
  storePair,
} from "../../src/isa/index.js";
import { BUFFER, BUFFER_FRAME, DATA, DATA_FRAME, PROGRAM_BASE, Rig, RW, receive, syscall } from "../support/rig.js";

describe("A program and the registers", () => {
  test("A program starts with its argument registers and gets a result in a0", () => {
    const seen: number[] = [];
    const rig = new Rig({
      *root({ a0, a1 }) {
        seen.push(a0, a1);
        seen.push(yield* syscall(7, 2 ** 40 + 5));
      },
    });
    const context = rig.spawn();
    rig.setRegister(context, Register.a0, 11);
    rig.setRegister(context, Register.a1, 2 ** 45);
    rig.handlers[Cause.UserEcall] = () => {
      expect(rig.register(context, Register.a7)).toBe(7);
      expect(rig.register(context, Register.a0)).toBe(2 ** 40 + 5);
      expect(rig.register(context, Register.FaultIP)).toBe(PROGRAM_BASE + ProgramOffset.Ecall);
      expect(rig.register(context, Register.NextIP)).toBe(PROGRAM_BASE + ProgramOffset.Ecall + 4);
      rig.setRegister(context, Register.a0, 42);
    };
    expect(rig.machine.run().reason).toBe("idle");
    expect(seen).toEqual([11, 2 ** 45, 42]);
  });

  test("Returning is a fetch at ra: an instruction page fault there", () => {
    const rig = new Rig({ *root() {} });
    const context = rig.spawn();
    rig.setRegister(context, Register.ra, 0xdead000);
    rig.machine.run();
    expect(rig.causes).toEqual([Cause.InstructionPageFault]);
    expect(rig.trapValue).toBe(0xdead000);
    expect(rig.register(context, Register.FaultIP)).toBe(0xdead000);
  });

  test("A program whose ra is its entry starts anew each time it returns, and a limit still stops it", () => {
    let starts = 0;
    const rig = new Rig({
      // biome-ignore lint/correctness/useYield: that it never yields is the point
      *root() {
        starts++;
      },
    });
    const context = rig.spawn();
    rig.setRegister(context, Register.ra, PROGRAM_BASE);
    expect(rig.machine.run({ ticks: 100 }).reason).toBe("limit");
    expect(starts).toBe(101);
  });

  test("Two contexts of one program have generators of their own", () => {
    const seen: string[] = [];
    const rig = new Rig({
      *root({ a0 }) {
        for (let i = 0; i < 2; i++) {
          yield* syscall(1);
          seen.push(`${a0}:${i}`);
        }
      },
    });
    const [a, b] = [rig.spawn(), rig.spawn()];
    rig.setRegister(a, Register.a0, 1);
    rig.setRegister(b, Register.a0, 2);
    rig.handlers[Cause.UserEcall] = (context) => {
      rig.machine.cpu.context = context === a ? b : a;
    };
    rig.machine.run();
    expect(seen).toEqual(["1:0", "2:0", "1:1"]);
  });
});

describe("A return to user mode", () => {
  test("at the pc of the last trap takes it again from the registers, without touching the generator", () => {
    let resumed = 0;
    const rig = new Rig({
      *root() {
        yield* syscall(1, 10);
        resumed++;
        yield* syscall(2);
      },
    });
    const context = rig.spawn();
    const arguments_: number[] = [];
    rig.handlers[Cause.UserEcall] = () => {
      arguments_.push(rig.register(context, Register.a0));
      if (arguments_.length >= 4) {
        rig.machine.cpu.context = null;
        return;
      }
      rig.setRegister(context, Register.NextIP, rig.register(context, Register.FaultIP));
      rig.setRegister(context, Register.a0, 10 + arguments_.length);
      expect(resumed).toBe(0);
    };
    rig.machine.run();
    expect(arguments_).toEqual([10, 11, 12, 13]);
    expect(resumed).toBe(0);
  });

  test("at pc + 4 goes on behind the call, also after a fault that a handler skips", () => {
    const seen: number[] = [];
    const rig = new Rig({
      *root() {
        seen.push(yield* load(0x999000));
        yield* syscall(1);
      },
    });
    const context = rig.spawn();
    rig.handlers[Cause.LoadPageFault] = () => {
      rig.setRegister(context, Register.t1, 77);
      rig.setRegister(context, Register.NextIP, rig.register(context, Register.FaultIP) + 4);
    };
    rig.machine.run();
    expect(seen).toEqual([77]);
    expect(rig.causes).toEqual([Cause.LoadPageFault, Cause.UserEcall, Cause.InstructionPageFault]);
  });

  test("at the entry makes a new generator and drops the old one without return() or throw()", () => {
    let starts = 0;
    let cleanups = 0;
    const rig = new Rig({
      *root() {
        starts++;
        try {
          yield* syscall(1);
        } finally {
          cleanups++;
        }
      },
    });
    const context = rig.spawn();
    rig.handlers[Cause.UserEcall] = () => {
      if (starts < 3) rig.setRegister(context, Register.NextIP, PROGRAM_BASE);
      else rig.machine.cpu.context = null;
    };
    rig.machine.run();
    expect(starts).toBe(3);
    expect(cleanups).toBe(0);
  });

  test("anywhere else is an illegal instruction with the word as trap value", () => {
    const rig = new Rig({
      *root() {
        yield* syscall(1);
      },
    });
    const context = rig.spawn();
    rig.handlers[Cause.UserEcall] = () => rig.setRegister(context, Register.NextIP, PROGRAM_BASE + ProgramOffset.Load);
    rig.machine.run();
    expect(rig.causes).toEqual([Cause.UserEcall, Cause.IllegalInstruction]);
    expect(rig.trapValue).toBe(0x0002b303);
    expect(rig.register(context, Register.FaultIP)).toBe(PROGRAM_BASE + ProgramOffset.Load);
  });

  test("on a page that now holds another program does not go on with the old generator", () => {
    const rig = new Rig({
      *root() {
        yield* syscall(1);
        throw new Error("went on");
      },
      *other() {},
    });
    const context = rig.spawn();
    rig.handlers[Cause.UserEcall] = () => {
      rig.map(PROGRAM_BASE, 0x8031_1000, RW | 8);
      rig.machine.cpu.fence();
    };
    rig.machine.run();
    expect(rig.causes).toEqual([Cause.UserEcall, Cause.IllegalInstruction]);
    expect(context.lastThrow).toBeNull();
  });

  test("after the mapping of the program was lost faults at once", () => {
    let resumed = false;
    const rig = new Rig({
      *root() {
        yield* syscall(1);
        resumed = true;
      },
    });
    rig.spawn();
    rig.handlers[Cause.UserEcall] = () => {
      rig.map(PROGRAM_BASE, 0, 0);
      rig.machine.cpu.fence();
    };
    rig.machine.run();
    expect(resumed).toBe(false);
    expect(rig.causes).toEqual([Cause.UserEcall, Cause.InstructionPageFault]);
    expect(rig.trapValue).toBe(PROGRAM_BASE + ProgramOffset.Ecall + 4);
  });

  test("without a root table faults at once", () => {
    const rig = new Rig({
      *root() {
        yield* syscall(1);
      },
    });
    rig.spawn();
    rig.handlers[Cause.UserEcall] = () => rig.machine.cpu.setRoot(0);
    rig.machine.run();
    expect(rig.causes).toEqual([Cause.UserEcall, Cause.InstructionPageFault]);
  });
});

describe("Memory and time of a program", () => {
  test("Words are stored and loaded through the page tables", () => {
    const seen: number[] = [];
    const rig = new Rig({
      *root() {
        yield* store(DATA + 8, 2 ** 52 + 3);
        seen.push(yield* load(DATA + 8));
      },
    });
    rig.spawn();
    rig.machine.run();
    expect(seen).toEqual([2 ** 52 + 3]);
    expect(rig.machine.memory.words[rig.machine.memory.index(DATA_FRAME + 8)]).toBe(3);
  });

  test("A word is stored and loaded in halves, exactly, whatever their signs", () => {
    const seen: unknown[] = [];
    const rig = new Rig({
      *root() {
        yield* storePair(DATA, 0xffffffff, 0x80000001);
        seen.push(yield* loadPair(DATA), yield* load64(DATA));
        yield* store64(DATA, 0x7fffffff_00000002n);
        seen.push(yield* loadPair(DATA));
      },
    });
    rig.spawn();
    rig.machine.run();
    expect(seen).toEqual([{ low: -1, high: -0x7fffffff }, 0x80000001_ffffffffn, { low: 2, high: 0x7fffffff }]);
  });

  test("A load in halves that faults and is mended gives the word, not what was there before", () => {
    const seen: unknown[] = [];
    const rig = new Rig({
      *root() {
        yield* storePair(DATA, 5, 6);
        seen.push(yield* loadPair(0x60000));
        yield* syscall(1);
      },
    });
    rig.spawn();
    rig.handlers[Cause.LoadPageFault] = () => rig.map(0x60000, DATA_FRAME, RW);
    rig.machine.run();
    expect(rig.causes.slice(0, 2)).toEqual([Cause.LoadPageFault, Cause.UserEcall]);
    expect(seen).toEqual([{ low: 5, high: 6 }]);
  });

  test("A fault that is mended restarts the store, with the value still in t1", () => {
    const rig = new Rig({
      *root() {
        yield* store(0x60000, 1234);
        yield* syscall(1);
      },
    });
    rig.spawn();
    rig.handlers[Cause.StorePageFault] = () => {
      expect(rig.trapValue).toBe(0x60000);
      rig.map(0x60000, DATA_FRAME, RW);
    };
    rig.machine.run();
    expect(rig.causes.slice(0, 2)).toEqual([Cause.StorePageFault, Cause.UserEcall]);
    expect(rig.machine.memory.words[rig.machine.memory.index(DATA_FRAME)]).toBe(1234);
  });

  test("A misaligned word is a misaligned fault, not a page fault", () => {
    const rig = new Rig({
      *root() {
        yield* load(DATA + 4);
      },
    });
    rig.spawn();
    rig.machine.run();
    expect(rig.causes).toEqual([Cause.LoadMisaligned]);
    expect(rig.trapValue).toBe(DATA + 4);
  });

  test("A copy across a missing page goes on where it stopped", () => {
    const bytes = Uint8Array.from({ length: 6000 }, (_, i) => i % 251);
    const back = new Uint8Array(6000);
    const rig = new Rig({
      *root() {
        yield* copyOut(DATA + 100, bytes);
        yield* copyIn(DATA + 100, back);
      },
    });
    const context = rig.spawn();
    rig.handlers[Cause.StorePageFault] = () => {
      expect(rig.trapValue).toBe(DATA + 4096);
      expect(rig.register(context, Register.t2)).toBe(6000 - 3996);
      rig.map(DATA + 4096, DATA_FRAME + 4096, RW);
    };
    rig.machine.run();
    expect(rig.count(Cause.StorePageFault)).toBe(1);
    expect(back).toEqual(bytes);
  });

  test("compute that is preempted keeps its rest in t0 and goes on with it", () => {
    const rests: number[] = [];
    let end = 0;
    const rig = new Rig({
      *root() {
        yield* compute(100_000);
        end = rig.machine.clock.cycles;
      },
    });
    const context = rig.spawn();
    rig.machine.cpu.setTimer(300);
    rig.handlers[Cause.TimerInterrupt] = () => {
      rests.push(rig.register(context, Register.t0));
      expect(rig.register(context, Register.FaultIP)).toBe(PROGRAM_BASE + ProgramOffset.Compute);
      rig.machine.cpu.setTimer(rests.length < 3 ? rig.machine.clock.ticks + 200 : Infinity);
    };
    rig.machine.run();
    const { kernelEntry, programStart } = rig.machine.cost;
    expect(rests).toEqual([70_100, 50_100, 30_100]);
    expect(end).toBe(100_000 + programStart + 3 * kernelEntry);
  });

  test("compute is preempted for another context and ends later", () => {
    const order: string[] = [];
    const rig = new Rig({
      *root() {
        yield* compute(10_000);
        order.push("long");
      },
      *other() {
        yield* compute(10);
        order.push("short");
      },
    });
    const [a, b] = [rig.spawn(0), rig.spawn(1)];
    rig.machine.cpu.setTimer(20);
    rig.handlers[Cause.TimerInterrupt] = () => {
      rig.machine.cpu.setTimer(Infinity);
      rig.machine.cpu.context = b;
    };
    rig.handlers[Cause.InstructionPageFault] = (context) => {
      rig.machine.cpu.context = context === b ? a : null;
    };
    rig.machine.run();
    expect(order).toEqual(["short", "long"]);
  });

  test("An interrupt that is due is taken before the call that traps", () => {
    const rig = new Rig({
      *root() {
        yield* compute(99);
        yield* load(DATA);
        yield* syscall(1);
      },
    });
    const context = rig.spawn();
    rig.machine.cpu.setTimer(2);
    rig.handlers[Cause.TimerInterrupt] = () => {
      expect(rig.register(context, Register.NextIP)).toBe(PROGRAM_BASE + ProgramOffset.Ecall);
      rig.machine.cpu.setTimer(Infinity);
    };
    rig.machine.run();
    expect(rig.causes.slice(0, 2)).toEqual([Cause.TimerInterrupt, Cause.UserEcall]);
  });

  test("Nothing is for free: a loop of empty work comes to an end at a limit", () => {
    const rig = new Rig({
      *root() {
        for (;;) {
          yield* compute(0);
          yield* copyIn(DATA, new Uint8Array(0));
        }
      },
    });
    rig.spawn();
    expect(rig.machine.run({ ticks: 10 }).reason).toBe("limit");
  });

  test("Bad arguments are refused before anything traps", () => {
    const errors: string[] = [];
    const attempt = (action: () => unknown) => {
      try {
        action();
      } catch (error) {
        errors.push((error as Error).message);
      }
    };
    const rig = new Rig({
      *root() {
        attempt(() => load(Number.NaN));
        attempt(() => compute(-1));
        attempt(() => port().stage(128, 0, 0));
        yield* syscall(1);
      },
    });
    rig.spawn();
    rig.machine.run();
    expect(errors).toEqual([
      "NaN is no address: it must be a whole number of at most 64 bits",
      "compute(-1): the cycles must be a whole number, zero or more",
      "128 is no word of an IPC buffer: words are numbered 0 to 127",
    ]);
    expect(rig.causes).toEqual([Cause.UserEcall, Cause.InstructionPageFault]);
  });
});

describe("The staged IPC buffer", () => {
  test("Words from 5 on are written at the ecall, words below are not", () => {
    const rig = new Rig({
      *root() {
        port().ipcBufferAddress = BUFFER;
        port().stage(1, 11, 0);
        port().stage(5, 55, 1);
        port().stage(127, 99, 0);
        yield* syscall(1);
      },
    });
    rig.spawn();
    rig.machine.run();
    const { memory } = rig.machine;
    const word = (i: number) => memory.words[memory.index(BUFFER_FRAME) + 2 * i];
    expect([word(1), word(5), word(6), word(127)]).toEqual([0, 55, 0, 99]);
    expect(memory.words[memory.index(BUFFER_FRAME) + 11]).toBe(1);
  });

  test("A miss is a store page fault at Stage, before the call; mended, it goes on with the words left and calls", () => {
    const rig = new Rig({
      *root() {
        port().ipcBufferAddress = 0x70000 - 512;
        for (let i = 60; i < 70; i++) port().stage(i, i, 0);
        yield* syscall(1);
      },
    });
    const context = rig.spawn();
    rig.map(0x6f000, DATA_FRAME, RW);
    rig.handlers[Cause.StorePageFault] = () => {
      expect(rig.register(context, Register.FaultIP)).toBe(PROGRAM_BASE + ProgramOffset.Stage);
      expect(rig.trapValue).toBe(0x70000);
      rig.map(0x70000, BUFFER_FRAME, RW);
    };
    rig.machine.run();
    expect(rig.causes.slice(0, 2)).toEqual([Cause.StorePageFault, Cause.UserEcall]);
    const { memory } = rig.machine;
    expect(memory.words[memory.index(DATA_FRAME) + (4096 - 512) / 4 + 2 * 63]).toBe(63);
    expect(memory.words[memory.index(BUFFER_FRAME)]).toBe(64);
  });

  test("A received message brings words 5.. and badges; a miss is a load page fault at Unstage and restarts", () => {
    const seen: number[] = [];
    const rig = new Rig({
      *root() {
        const cpu = port();
        cpu.ipcBufferAddress = 0x60000;
        yield* receive();
        seen.push(cpu.stagedLow(5), cpu.stagedLow(6), cpu.stagedLow(7), cpu.stagedLow(122));
      },
    });
    const context = rig.spawn();
    const { memory } = rig.machine;
    for (let i = 5; i < 128; i++) memory.words[memory.index(BUFFER_FRAME) + 2 * i] = 1000 + i;
    rig.handlers[Cause.UserEcall] = () => rig.setRegister(context, Register.a1, 6 | (1 << 7));
    rig.handlers[Cause.LoadPageFault] = () => {
      expect(rig.register(context, Register.FaultIP)).toBe(PROGRAM_BASE + ProgramOffset.Unstage);
      expect(rig.trapValue).toBe(0x60000 + 40);
      rig.map(0x60000, BUFFER_FRAME, RW);
    };
    rig.machine.run();
    expect(seen).toEqual([1005, 1006, 0, 1122]);
    expect(rig.count(Cause.LoadPageFault)).toBe(1);
  });
});
