/**
 * A context: one thread as the CPU knows it.
 *
 * What the kernel, a debugger or a fault handler may see of it is its register file, real words in its TCB's memory at
 * `regs`. The rest is the TypeScript coprocessor bound to it: the generator, the instruction that it issued last
 * (`pending`, an offset on its program page), how far that has come (`phase`), and its staged copy of the IPC buffer.
 * One shape for all; what most contexts never need is allocated late.
 */
import type { Thread } from "../isa/index.js";
import type { Staging } from "./staging.js";

/** How far the instruction at `pending` has come, and so what the program may do next. */
export const Phase = {
  /** No result is pending: the program runs, or there is none. */
  Idle: 0,
  /** The kernel was entered since; the registers decide how it goes on. */
  Trapped: 1,
  /** The instruction is half done (the slice ended in it): go on with it, the registers say nothing new. */
  Unfinished: 2,
  /** The instruction is done; its result waits for `yield*`. */
  Done: 3,
  /** The program broke the rules: nothing that it calls is executed any more, and it ends as an illegal instruction. */
  Poisoned: 4,
} as const;
export type Phase = (typeof Phase)[keyof typeof Phase];

/** So many calls of a program, but the last, remember where they were made, if any are to. */
export const REMEMBERED_CALLS = 65;

/** One thread as the CPU knows it: a register file in RAM, and the program that is bound to it. */
export class Context {
  /** Word index of the register file: register r has its low half at regs + 2r, its high half behind it. */
  readonly regs: number;
  /** Set by the kernel: the subject of its trace records. */
  id = 0;
  /** What people call it: the program that it runs, unless it `isNamed` otherwise. Outside the run. */
  name = "";
  isNamed = false;
  /** What the program calls the objects that its next calls create; null = nothing. Nobody reads it but people. */
  annotation: string | null = null;
  /** The program that this context last started, for explanations. */
  programName = "";
  /** What the last program that failed in this context threw. */
  lastThrow: Error | null = null;
  /** The program's own address of its IPC buffer, as it told the stubs; 0 = none. */
  ipcBufferAddress = 0;

  phase: Phase = Phase.Idle;
  /** Offset of the instruction issued last, and of the one that the program goes on behind it. */
  pending = 0;
  behind = 0;
  generator: Thread | null = null;
  program = -1;
  /** Virtual address of the program page, two int32. */
  entryLo = 0;
  entryHi = 0;
  /** The MMU generation and root under which the program page was last fetched with success. */
  fetchGeneration = 0;
  fetchRoot = 0;
  staging: Staging | null = null;
  /** The host array of a copy in progress, and how many of its bytes are done. */
  copy: Uint8Array | null = null;
  copied = 0;
  /** Why the context is poisoned, how (ProgramFailure), and whether it was in a trap, so that the registers decide. */
  poison: Error | null = null;
  failure = 0;
  inTrap = false;
  /** How many calls of the program still remember, in `callSite`, where they are made. */
  remembered: number;
  callSite: Error | null = null;
  private readonly toRemember: number;

  /** @param toRemember calls of each program, and one more, that remember where they were made; 0: none */
  constructor(regs: number, toRemember: number) {
    this.regs = regs;
    this.remembered = toRemember;
    this.toRemember = toRemember;
  }

  /** An instruction is issued: the program goes on `step` bytes behind it. */
  issue(offset: number, step: number): void {
    this.pending = offset;
    this.behind = offset + step;
  }

  /** Refuse the program from here on: it ends as an illegal instruction for this reason. */
  condemn(error: Error, failure: number): void {
    if (this.phase !== Phase.Poisoned) {
      this.inTrap = this.phase === Phase.Trapped;
      this.phase = Phase.Poisoned;
      this.poison = error;
      this.failure = failure;
    }
  }

  /** Forget the program: its generator is dropped, never returned to or thrown into. */
  dropProgram(): void {
    this.generator = null;
    this.phase = Phase.Idle;
    this.pending = 0;
    this.behind = 0;
    this.staging = null;
    this.copy = null;
    this.annotation = null;
    this.poison = null;
    this.remembered = this.toRemember;
    this.callSite = null;
  }
}
