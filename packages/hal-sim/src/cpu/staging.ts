/**
 * The staged copy of a program's IPC buffer, and its way to memory and back.
 *
 * Programs set and read message words in a host array; registers carry the first four. What else was set is written
 * through the program's own IPC-buffer address and the MMU just before the `ecall` (pc = Stage), and what a message
 * brought is loaded behind it (pc = Unstage). Both may miss; the fault is an ordinary one and the instruction is
 * restarted, going on with the words that are left. The kernel reads the buffer that the TCB names: usually the same.
 */
import { Cause, ProgramOffset, Register } from "../isa/index.js";
import { Access, PAGE_BYTES } from "../memory/sv39.js";
import { createWords, type Words } from "../memory/words.js";
import type { Context } from "./context.js";
import type { Cpu } from "./cpu.js";

/** Words of an IPC buffer: tag, 120 message words, user data, three capabilities or badges, the receive path. */
export const BUFFER_WORDS = 128;
/** Words below this one travel in registers, or not at all. */
const FIRST_STORED_WORD = 5;
const FIRST_CAP_WORD = 122;
const MAX_MESSAGE_WORDS = 120;
/** Message words that travel in registers, a2 to a5; they are buffer words 1 to 4. */
export const REGISTER_MESSAGE_WORDS = 4;

/** The information word of a message: its length, and how many capabilities or badges came with it. */
export const LENGTH_MASK = 0x7f;
const EXTRA_CAPS_SHIFT = 7;
const EXTRA_CAPS_MASK = 3;
const A1 = 2 * Register.a1;

export class Staging {
  /** Word i: low half at 2i, high half at 2i + 1. */
  readonly words: Words = createWords(BUFFER_WORDS * 2);
  /** One bit a word: set since it was last written to memory. */
  readonly dirty: Words = createWords(BUFFER_WORDS / 32);
  hasDirty = false;
}

export function stageWord(staging: Staging, index: number, lo: number, hi: number): void {
  staging.words[2 * index] = lo;
  staging.words[2 * index + 1] = hi;
  if (index < FIRST_STORED_WORD) return;
  const bits = index >>> 5;
  staging.dirty[bits] = staging.dirty[bits]! | (1 << (index & 31));
  staging.hasDirty = true;
}

/** Write what is dirty to the buffer. False: a trap was taken at Stage. */
export function flushStaged(cpu: Cpu, context: Context, staging: Staging): boolean {
  const { words, dirty } = staging;
  const ram = cpu.words;
  let shift = 0;
  let until = 0;
  let stored = 0;
  for (let bank = 0; bank < BUFFER_WORDS / 32; bank++) {
    let bits = dirty[bank]!;
    if (bits === 0) continue;
    for (; bits !== 0; bits &= bits - 1) {
      const i = 32 * bank + 31 - Math.clz32(bits & -bits);
      if (i >= until) {
        // The kernel may be entered here, and sees what was done up to now.
        dirty[bank] = bits;
        cpu.clock.cycles += stored * cpu.cost.store;
        stored = 0;
        const at = locate(cpu, context, i, Access.Store);
        if (at < 0) return false;
        shift = at - 2 * i;
        until = i + wordsOnPage(context, i);
      }
      ram[shift + 2 * i] = words[2 * i]!;
      ram[shift + 2 * i + 1] = words[2 * i + 1]!;
      stored++;
    }
    dirty[bank] = 0;
  }
  cpu.clock.cycles += stored * cpu.cost.store;
  staging.hasDirty = false;
  return true;
}

/** Whether the message whose information word is in a1 has anything in memory. Without a buffer it has not. */
export function messageInMemory(cpu: Cpu, context: Context): boolean {
  if (context.ipcBufferAddress === 0) return false;
  const info = cpu.words[context.regs + A1]!;
  return messageLength(info) > REGISTER_MESSAGE_WORDS || receivedCaps(info) !== 0;
}

/** Bring message words 4.. and received capabilities or badges, as the word in a1 says. False: a trap at Unstage. */
export function unstageMessage(cpu: Cpu, context: Context, staging: Staging): boolean {
  const info = cpu.words[context.regs + A1]!;
  return (
    loadWords(cpu, context, staging, FIRST_STORED_WORD, messageLength(info) - REGISTER_MESSAGE_WORDS) &&
    loadWords(cpu, context, staging, FIRST_CAP_WORD, receivedCaps(info))
  );
}

function loadWords(cpu: Cpu, context: Context, staging: Staging, first: number, count: number): boolean {
  const { words } = staging;
  const ram = cpu.words;
  const end = first + count;
  for (let i = first; i < end; ) {
    const at = locate(cpu, context, i, Access.Load);
    if (at < 0) return false;
    const shift = at - 2 * i;
    const until = Math.min(end, i + wordsOnPage(context, i));
    cpu.clock.cycles += (until - i) * cpu.cost.load;
    for (; i < until; i++) {
      words[2 * i] = ram[shift + 2 * i]!;
      words[2 * i + 1] = ram[shift + 2 * i + 1]!;
    }
  }
  return true;
}

/** Where buffer word `i` lies in RAM, or -1 when a trap was taken instead. */
function locate(cpu: Cpu, context: Context, i: number, access: typeof Access.Load | typeof Access.Store): number {
  const vaddr = context.ipcBufferAddress + 8 * i;
  const storing = access === Access.Store;
  const offset = storing ? ProgramOffset.Stage : ProgramOffset.Unstage;
  if ((vaddr & 7) !== 0) {
    trapAt(cpu, context, storing ? Cause.StoreMisaligned : Cause.LoadMisaligned, offset, vaddr);
    return -1;
  }
  const paddr = cpu.mmu.translate(vaddr, access);
  if (paddr >= 0 && cpu.memory.contains(paddr, 8)) return cpu.memory.index(paddr);
  const denied = storing ? Cause.StoreAccess : Cause.LoadAccess;
  trapAt(cpu, context, paddr < 0 ? cpu.mmu.fault(access) : denied, offset, vaddr);
  return -1;
}

function trapAt(cpu: Cpu, context: Context, cause: number, offset: number, vaddr: number): void {
  cpu.trapAccess(context, cause, offset, vaddr | 0, Math.floor(vaddr / 2 ** 32) | 0);
}

/** Buffer words from `i` to the end of its page. */
function wordsOnPage(context: Context, i: number): number {
  return (PAGE_BYTES - ((context.ipcBufferAddress + 8 * i) & (PAGE_BYTES - 1))) / 8;
}

function messageLength(info: number): number {
  return Math.min(info & LENGTH_MASK, MAX_MESSAGE_WORDS);
}

function receivedCaps(info: number): number {
  return (info >>> EXTRA_CAPS_SHIFT) & EXTRA_CAPS_MASK;
}
