/**
 * The core as the kernel sees it: the trap vector, the timer, address translation, and who runs next.
 *
 * The one door: `onTrap(cause)`. Whatever makes a context leave user mode writes FaultIP and NextIP into its register
 * file, sets the trap value and comes here. The kernel sets `context` and `setRoot` and returns; the driver
 * (driver.ts) and the coprocessor (coprocessor.ts) then look at the registers alone. What the kernel throws is a
 * kernel bug: it is caught here, before it can unwind through a program, and stops this machine.
 */
import type { Clock } from "../clock.js";
import type { CostModel } from "../cost-model.js";
import type { Plic } from "../devices/plic.js";
import { Cause, ProgramOffset, Register } from "../isa/index.js";
import { Mmu } from "../memory/mmu.js";
import type { PhysicalMemory } from "../memory/physical.js";
import { Access, PAGE_BYTES } from "../memory/sv39.js";
import type { Words } from "../memory/words.js";
import { MachineEvent, type Trace } from "../trace.js";
import { type CallSite, captureSite, readSite, UNKNOWN_SITE } from "./call-site.js";
import { Context, REMEMBERED_CALLS } from "./context.js";

const NEXT_IP = 2 * Register.NextIP;
const A0 = 2 * Register.a0;
const A1 = 2 * Register.a1;
const A7 = 2 * Register.a7;

/** So many interrupts in a row, without an instruction or idle time between them, are a bug of the kernel. */
const INTERRUPT_STORM = 10_000;

export interface CpuParts {
  readonly memory: PhysicalMemory;
  readonly clock: Clock;
  readonly cost: CostModel;
  readonly trace: Trace;
  readonly plic: Plic;
}

/** The core as the kernel sees it: `onTrap`, who runs next, address translation, the timer. Made by its `Machine`. */
export class Cpu {
  /** The vector: the kernel's entry. */
  onTrap: (cause: number) => void = noVector;
  /** What the kernel threw: the machine halts with it as soon as the program has handed the CPU back. */
  failure: { readonly error: unknown } | null = null;
  /** Who runs on return to user mode; null = wait for an interrupt. */
  context: Context | null = null;
  /** The context whose program is executing at this moment; set only by the driver that resumes. */
  executing: Context | null = null;
  /** stval of the trap being handled. */
  trapValueLo = 0;
  trapValueHi = 0;
  /** The function of the port that the executing program is in; host stacks are cut above it. */
  issuing: unknown = null;
  /** Programs have to hand the CPU back to the driver at their next `yield*`. */
  leaving = false;
  /** Kernel entries so far: the number of the event that a checkpoint names. */
  entries = 0;
  /** The entry after which the slice ends. */
  entryLimit = Infinity;

  readonly memory: PhysicalMemory;
  readonly words: Words;
  readonly mmu: Mmu;
  readonly clock: Clock;
  readonly cost: CostModel;
  readonly trace: Trace;
  readonly plic: Plic;
  /** Machine-mode side of every trap: time, the record, the kernel. */
  private readonly enter: (context: Context | null, cause: number) => void;
  private readonly callSites: boolean;
  private lastContext: Context | null = null;
  private storm = 0;

  /** @param callSites whether calls remember where in their programs they were made */
  constructor(parts: CpuParts, callSites: boolean) {
    this.memory = parts.memory;
    this.words = parts.memory.words;
    this.mmu = new Mmu(parts.memory);
    this.clock = parts.clock;
    this.cost = parts.cost;
    this.trace = parts.trace;
    this.plic = parts.plic;
    this.callSites = callSites;
    this.enter = this.entrance(this.words, this.clock, this.cost.kernelEntry, this.trace.emit);
  }

  /** Whether a kernel is installed. */
  get hasVector(): boolean {
    return this.onTrap !== noVector;
  }

  /** A context whose register file lies at a physical address (a multiple of 8, in RAM). */
  createContext(registersPaddr: number): Context {
    return new Context(this.memory.index(registersPaddr), this.callSites ? REMEMBERED_CALLS : 0);
  }

  /**
   * Where in its program a context made the call that it is in; `place` is empty when the host knows it no longer. Captures
   * a host stack, for explanations of failures alone; the function returned reads it.
   */
  callSite(context: Context): () => CallSite {
    const isAtCall = this.callSites && context === this.executing;
    const site = context.callSite ?? (isAtCall ? captureSite(this.issuing) : null);
    return () => (site === null ? UNKNOWN_SITE : readSite(site));
  }

  /** satp: the physical address of the root table, 0 = kernel only, so that every user access faults. */
  setRoot(paddr: number): void {
    this.mmu.root = paddr;
  }

  /** Page tables changed: drop the TLB and everything fetched. */
  fence(): void {
    this.mmu.fence();
  }

  /** The timer interrupt is due when ticks >= tick; Infinity = never. */
  setTimer(tick: number): void {
    this.clock.setTimer(tick);
  }

  /** Whether the timer's deadline has come. */
  timerDue(): boolean {
    return this.clock.cycles >= this.clock.timerAt;
  }

  /** Whether an interrupt would be taken now: for preemption points. What is due by now happens first. */
  interruptPending(): boolean {
    if (this.clock.cycles >= this.clock.horizon) this.catchUp();
    return this.plic.line || this.timerDue();
  }

  /** Let happen what is due by now: alarms, inputs, the end of the slice. */
  catchUp(): void {
    this.clock.ringDue();
    if (this.clock.cycles >= this.clock.sliceEnd) {
      this.clock.sliceEnd = Infinity;
      this.leaving = true;
    }
  }

  /** Whether something may have to be done before the next instruction. */
  wantsAttention(): boolean {
    return this.plic.line === true || this.clock.cycles >= this.clock.horizon;
  }

  /** The interrupt that is to be taken now: external before timer; 0 = none. */
  pendingInterrupt(): number {
    if (this.plic.line) return Cause.ExternalInterrupt;
    return this.timerDue() ? Cause.TimerInterrupt : 0;
  }

  /**
   * Before the instruction at `pending` of the current context: take the interrupts that are due.
   * True = the instruction may execute now. False = a trap was taken and the registers decide.
   */
  takeInterrupts(context: Context): boolean {
    while (this.wantsAttention()) {
      this.catchUp();
      const cause = this.pendingInterrupt();
      if (cause === 0) break;
      this.countInterrupt();
      this.setTrapValue(0, 0);
      this.trap(context, cause, context.pending, 0);
      if (this.context !== context || this.leaving || !this.isAt(context, context.pending)) return false;
    }
    this.calm();
    return true;
  }

  /** A trap of a program at an instruction of its page; it goes on `step` bytes behind it unless the kernel says else. */
  trap(context: Context, cause: number, offset: number, step: number): void {
    const words = this.words;
    const pc = (context.entryLo + offset) | 0;
    const regs = context.regs;
    words[regs] = pc;
    words[regs + 1] = context.entryHi;
    words[regs + NEXT_IP] = (pc + step) | 0;
    words[regs + NEXT_IP + 1] = context.entryHi;
    this.enter(context, cause);
  }

  /** A trap at any pc, restarted there: a fetch that failed, or no instruction that this core knows. */
  trapAt(context: Context, cause: number, lo: number, hi: number): void {
    const words = this.words;
    const regs = context.regs;
    words[regs] = lo;
    words[regs + 1] = hi;
    words[regs + NEXT_IP] = lo;
    words[regs + NEXT_IP + 1] = hi;
    this.enter(context, cause);
  }

  /** A memory access of the program at `offset` failed at address (hi, lo). */
  trapAccess(context: Context, cause: number, offset: number, lo: number, hi: number): void {
    this.setTrapValue(lo, hi);
    this.trap(context, cause, offset, 0);
  }

  /** An interrupt while nobody runs: no registers are written. */
  trapIdle(cause: number): void {
    this.countInterrupt();
    this.setTrapValue(0, 0);
    this.enter(null, cause);
  }

  /** stval: the address that the next trap is about, as int32 halves; 0 for a trap without one. */
  setTrapValue(lo: number, hi: number): void {
    this.trapValueLo = lo;
    this.trapValueHi = hi;
  }

  /** Whether the context goes on at `offset` of its program page, and that page is known to be fetchable. */
  isAt(context: Context, offset: number): boolean {
    const next = context.regs + NEXT_IP;
    return (
      this.words[next] === ((context.entryLo + offset) | 0) &&
      this.words[next + 1] === context.entryHi &&
      context.fetchGeneration === this.mmu.generation &&
      context.fetchRoot === this.mmu.rootFrame
    );
  }

  /** Whether the program goes on behind its pending instruction; behind Stage there is the ecall still to do. */
  goesOnBehind(context: Context): boolean {
    return context.pending !== ProgramOffset.Stage && this.isAt(context, context.behind);
  }

  /** The page at a user address is fetched: where its first word lies in RAM, or the (negated) cause of the fault. */
  fetchPage(vaddr: number): number {
    const paddr = this.mmu.translate(vaddr - (vaddr % PAGE_BYTES), Access.Fetch);
    if (paddr < 0) return -this.mmu.fault(Access.Fetch);
    return this.memory.contains(paddr, PAGE_BYTES) ? this.memory.index(paddr) : -Cause.InstructionAccess;
  }

  /** Time has passed or an instruction was executed since the last interrupt. */
  calm(): void {
    this.storm = 0;
  }

  private countInterrupt(): void {
    if (++this.storm < INTERRUPT_STORM) return;
    const error = new Error(
      "interrupts were taken again and again and nothing else ran: the kernel leaves one pending, or a time that it was given is shorter than its own entry",
    );
    this.failure ??= { error };
    this.leaving = true;
  }

  // A closure, and no method, because of what it closes over: to the engine all that is constant then (trace.ts).

  private entrance(words: Words, clock: Clock, entryCost: number, emit: Trace["emit"]): Cpu["enter"] {
    return (context, cause) => {
      clock.cycles += entryCost;
      this.entries++;
      if (context === null) {
        emit(MachineEvent.Trap, 0, cause, 0, 0, 0, 0);
      } else {
        const { id, regs } = context;
        const a7 = words[regs + A7]!;
        emit(MachineEvent.Trap, id, cause, a7, words[regs + A0]!, words[regs + A0 + 1]!, words[regs + A1]!);
        if (cause >= 0) this.storm = 0;
      }
      try {
        this.onTrap(cause);
      } catch (error) {
        // Nothing is called here: the stack may be the program's and used up.
        this.failure ??= { error };
        this.leaving = true;
      }
      if (this.context !== this.lastContext) {
        this.lastContext = this.context;
        emit(MachineEvent.Switch, this.context === null ? 0 : this.context.id, 0, 0, 0, 0, 0);
      }
      if (this.entries >= this.entryLimit) this.leaving = true;
    };
  }
}

function noVector(): never {
  throw new Error("no kernel is installed: cpu.onTrap has not been set");
}
