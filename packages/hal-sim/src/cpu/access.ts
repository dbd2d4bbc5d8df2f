/**
 * The instructions of a program that take time or touch memory: `ld`, `sd`, copies and compute.
 *
 * Each executes the pending instruction of a context from its registers and leaves its phase: Done, Trapped (the
 * registers say how it goes on; restarting it goes on where it stopped), or Unfinished (the slice ended in it).
 * RAM is reached in 64-bit words; the registers of devices in the widths they take, by copies.
 */
import { Cause, ProgramOffset, Register } from "../isa/index.js";
import type { Bus } from "../memory/bus.js";
import { Access, PAGE_BYTES } from "../memory/sv39.js";
import { type Context, Phase } from "./context.js";
import type { Cpu } from "./cpu.js";
import { readWord, writeWord } from "./register-file.js";

/** Compute works through t0, loads and stores take their address from it and their word from t1. */
const T0 = 2 * Register.t0;
const T1 = 2 * Register.t1;

/** `ld t1, 0(t0)`. */
export function executeLoad(cpu: Cpu, context: Context): void {
  context.phase = Phase.Trapped;
  if (cpu.wantsAttention() && !cpu.takeInterrupts(context)) return;
  const at = locate(cpu, context, Access.Load);
  if (at < 0) return;
  const words = cpu.words;
  words[context.regs + T1] = words[at]!;
  words[context.regs + T1 + 1] = words[at + 1]!;
  cpu.clock.cycles += cpu.cost.load;
  context.phase = Phase.Done;
}

/** `sd t1, 0(t0)`. */
export function executeStore(cpu: Cpu, context: Context): void {
  context.phase = Phase.Trapped;
  if (cpu.wantsAttention() && !cpu.takeInterrupts(context)) return;
  const at = locate(cpu, context, Access.Store);
  if (at < 0) return;
  const words = cpu.words;
  words[at] = words[context.regs + T1]!;
  words[at + 1] = words[context.regs + T1 + 1]!;
  cpu.clock.cycles += cpu.cost.store;
  context.phase = Phase.Done;
}

/** Where the 64-bit word at t0 lies in RAM, or -1 when the access trapped. No device takes accesses of 64 bits. */
function locate(cpu: Cpu, context: Context, access: typeof Access.Load | typeof Access.Store): number {
  if ((cpu.words[context.regs + T0]! & 7) !== 0) {
    trapAtAddress(cpu, context, access === Access.Load ? Cause.LoadMisaligned : Cause.StoreMisaligned);
    return -1;
  }
  const paddr = cpu.mmu.translate(readWord(cpu.words, context.regs + T0), access);
  if (paddr >= 0 && cpu.memory.contains(paddr, 8)) return cpu.memory.index(paddr);
  trapAtAddress(cpu, context, paddr < 0 ? cpu.mmu.fault(access) : accessFault(access));
  return -1;
}

/** The access at t0 failed: the trap value is that register, all 64 bits of it. */
function trapAtAddress(cpu: Cpu, context: Context, cause: number): void {
  const t0 = context.regs + T0;
  cpu.trapAccess(context, cause, context.pending, cpu.words[t0]!, cpu.words[t0 + 1]!);
}

/** The loop of compute: t0 units of work are left. */
export function executeCompute(cpu: Cpu, context: Context): void {
  const { clock, words } = cpu;
  const unit = cpu.cost.computeCycle;
  const t0 = context.regs + T0;
  context.phase = Phase.Trapped;
  for (;;) {
    if (cpu.wantsAttention() && !cpu.takeInterrupts(context)) return;
    const left = readWord(words, t0);
    if (left === 0) break;
    if (cpu.leaving) {
      context.phase = Phase.Unfinished;
      return;
    }
    const done = Math.min(left, Math.ceil((clock.horizon - clock.cycles) / unit));
    clock.cycles += done * unit;
    writeWord(words, t0, left - done);
  }
  context.phase = Phase.Done;
}

/**
 * A copy between the program's memory at t0 and the host array of the context, page by page; t2 counts the bytes
 * left. On a device, each step is one access of the widest kind that it takes and the rest of the copy has room for.
 */
export function executeCopy(cpu: Cpu, context: Context, bus: Bus): void {
  const t0 = context.regs + T0;
  const t2 = context.regs + 2 * Register.t2;
  context.phase = Phase.Trapped;
  for (;;) {
    if (cpu.wantsAttention() && !cpu.takeInterrupts(context)) return;
    const left = context.copy === null ? 0 : context.copy.length - context.copied;
    if (left <= 0) break;
    if (cpu.leaving) {
      context.phase = Phase.Unfinished;
      return;
    }
    const vaddr = readWord(cpu.words, t0);
    const done = copyStep(cpu, context, bus, vaddr, Math.min(left, PAGE_BYTES - (vaddr % PAGE_BYTES)));
    if (done === 0) return;
    context.copied += done;
    writeWord(cpu.words, t0, vaddr + done);
    writeWord(cpu.words, t2, left - done);
  }
  context.copy = null;
  context.phase = Phase.Done;
}

/** Copy up to `room` bytes within one page; how many were copied, 0 = the access trapped. */
function copyStep(cpu: Cpu, context: Context, bus: Bus, vaddr: number, room: number): number {
  const loading = context.pending === ProgramOffset.Load;
  const access = loading ? Access.Load : Access.Store;
  const paddr = cpu.mmu.translate(vaddr, access);
  if (paddr < 0) {
    trapAtAddress(cpu, context, cpu.mmu.fault(access));
    return 0;
  }
  const bytes = context.copy!.subarray(context.copied, context.copied + room);
  const cost = loading ? cpu.cost.load : cpu.cost.store;
  if (cpu.memory.contains(paddr, room)) {
    if (loading) cpu.memory.readBytes(paddr, bytes);
    else cpu.memory.writeBytes(paddr, bytes);
    cpu.clock.cycles += Math.ceil(room / 8) * cost;
    return room;
  }
  const width = loading ? bus.load(paddr, bytes) : bus.store(paddr, bytes);
  if (width === 0) trapAtAddress(cpu, context, accessFault(access));
  else cpu.clock.cycles += cost + cpu.cost.deviceAccess;
  return width;
}

function accessFault(access: Access): Cause {
  return access === Access.Load ? Cause.LoadAccess : Cause.StoreAccess;
}
