/**
 * A machine with page tables and a kernel of a few lines: enough to try the CPU by itself.
 *
 * Program n lies at PROGRAM_BASE + n pages; DATA and BUFFER are writable pages. `onTrap` of a test decides; by default
 * a system call goes on, a fault takes the context off the CPU for good, and interrupts are taken and forgotten.
 */
import { type Context, createImage, Machine, type MachineOptions, PAGE_BYTES, Pte } from "../../src/index.js";
import { Cause, type Program, port, programWords, Register, SUSPEND, type Syscall } from "../../src/isa/index.js";

export const PROGRAM_BASE = 0x10000;
export const DATA = 0x40000;
export const BUFFER = 0x50000;
const ROOT = 0x8030_0000;
const MIDDLE = ROOT + PAGE_BYTES;
const LEAF = MIDDLE + PAGE_BYTES;
const PROGRAM_FRAMES = 0x8031_0000;
export const DATA_FRAME = 0x8032_0000;
export const BUFFER_FRAME = 0x8033_0000;
const REGISTER_FILES = 0x8034_0000;
const REGISTER_FILE_SPACING = 2048;

const USER = Pte.V | Pte.U | Pte.A | Pte.D;
const RWX = USER | Pte.R | Pte.W | Pte.X;
export const RW = USER | Pte.R | Pte.W;

export class Rig {
  readonly machine: Machine;
  readonly contexts: Context[] = [];
  /** Causes of all traps so far. */
  readonly causes: number[] = [];
  handlers: Partial<Record<number, (context: Context) => void>> = {};

  constructor(programs: Record<string, Program>, options: Omit<MachineOptions, "image"> = {}) {
    this.machine = new Machine({ ramBytes: 4 * 2 ** 20, ...options, image: createImage(programs) });
    const { cpu } = this.machine;
    this.writePte(ROOT, 0, MIDDLE, Pte.V);
    this.writePte(MIDDLE, 0, LEAF, Pte.V);
    Object.keys(programs).forEach((_, n) => {
      const page = PROGRAM_FRAMES + n * PAGE_BYTES;
      const first = this.machine.memory.index(page);
      programWords(n).forEach((word, i) => {
        this.machine.memory.words[first + i] = word;
      });
      this.map(PROGRAM_BASE + n * PAGE_BYTES, page, RWX);
    });
    this.map(DATA, DATA_FRAME, RW);
    this.map(BUFFER, BUFFER_FRAME, RW);
    cpu.setRoot(ROOT);
    cpu.onTrap = (cause) => this.#trap(cause);
  }

  /** A context at the entry of program `n`; the first one made runs. */
  spawn(n = 0): Context {
    const { cpu } = this.machine;
    const context = cpu.createContext(REGISTER_FILES + this.contexts.length * REGISTER_FILE_SPACING);
    this.contexts.push(context);
    context.id = this.contexts.length;
    this.setRegister(context, Register.NextIP, PROGRAM_BASE + n * PAGE_BYTES);
    cpu.context ??= context;
    return context;
  }

  /** Map a page (no fence). Permissions 0 = unmap. */
  map(vaddr: number, paddr: number, permissions: number): void {
    this.writePte(LEAF, (vaddr / PAGE_BYTES) & 511, paddr, permissions);
  }

  writePte(table: number, slot: number, paddr: number, flags: number): void {
    const { words } = this.machine.memory;
    const at = this.machine.memory.index(table) + 2 * slot;
    const frame = paddr / PAGE_BYTES;
    words[at] = (frame << 10) | flags;
    words[at + 1] = Math.floor(frame / 2 ** 22);
  }

  register(context: Context, register: Register): number {
    const { words } = this.machine.memory;
    return (words[context.regs + 2 * register + 1]! >>> 0) * 2 ** 32 + (words[context.regs + 2 * register]! >>> 0);
  }

  setRegister(context: Context, register: Register, value: number): void {
    const { words } = this.machine.memory;
    words[context.regs + 2 * register] = value | 0;
    words[context.regs + 2 * register + 1] = Math.floor(value / 2 ** 32) | 0;
  }

  get trapValue(): number {
    const { cpu } = this.machine;
    return (cpu.trapValueHi >>> 0) * 2 ** 32 + (cpu.trapValueLo >>> 0);
  }

  /** How many traps of a cause there were. */
  count(cause: number): number {
    return this.causes.filter((c) => c === cause).length;
  }

  #trap(cause: number): void {
    const { cpu } = this.machine;
    this.causes.push(cause);
    const context = cpu.context as Context;
    const handler = this.handlers[cause];
    if (handler !== undefined) handler(context);
    else if (cause === Cause.TimerInterrupt) cpu.setTimer(Infinity);
    else if (cause === Cause.ExternalInterrupt) cpu.plic.complete(cpu.plic.claim());
    else if (cause !== Cause.UserEcall) cpu.context = null;
  }
}

const wordOfA0 = {
  [Symbol.iterator]() {
    return this;
  },
  next() {
    const cpu = port();
    return cpu.suspended() ? SUSPEND : { done: true as const, value: cpu.word(Register.a0) };
  },
};

const messageOfA0 = {
  [Symbol.iterator]() {
    return this;
  },
  next() {
    const cpu = port();
    return cpu.suspendedMessage() ? SUSPEND : { done: true as const, value: cpu.word(Register.a0) };
  },
};

/** A system call with one argument; its result is a0. */
export function syscall(number: number, a0 = 0): Syscall<number> {
  const cpu = port();
  cpu.setWord(Register.a7, number);
  cpu.setWord(Register.a0, a0);
  cpu.ecall();
  return wordOfA0;
}

/** A system call that receives a message, described by `info` in a1. */
export function receive(info = 0): Syscall<number> {
  const cpu = port();
  cpu.setWord(Register.a1, info);
  cpu.ecall();
  return messageOfA0;
}
