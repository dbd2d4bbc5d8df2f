/**
 * The driver: what the core does whenever it is not inside a program.
 *
 * It returns to user mode as the registers say, resumes generators, and idles. A slice goes on until somebody wants
 * the CPU back (`cpu.leaving`: the limits of the slice, a stop) or nobody runs and nothing is due in time. Returning
 * to user mode at pc: the context's own program page, at its pending instruction or behind it, goes on with the
 * generator; a page that begins with an entry marker starts a new one; anything else is an illegal instruction. Every
 * page is fetched through the page tables first, or is known to be fetchable since the last fence.
 */
import type { Image } from "../image/image.js";
import {
  Cause,
  entryMarker,
  PROGRAM_BYTES,
  ProgramOffset,
  programOfMarker,
  programWords,
  Register,
  setExecuting,
  type Thread,
} from "../isa/index.js";
import { PAGE_BYTES } from "../memory/sv39.js";
import { MachineEvent, ProgramFailure } from "../trace.js";
import { type Context, Phase } from "./context.js";
import { type Coprocessor, UNIMP_WORD } from "./coprocessor.js";
import type { Cpu } from "./cpu.js";
import { asError, forgottenAtEnd, yieldedRubbish } from "./forgotten.js";
import { readWord } from "./register-file.js";

const NEXT_IP = 2 * Register.NextIP;
const RA = 2 * Register.ra;

const ECALL_BYTES = 4;

/** What stands on every program page behind its marker. */
const INSTRUCTIONS = programWords(0);

/** Each generator function has a hidden class of its own; the one captured `next` serves them all without a lookup. */
const generatorNext: () => IteratorResult<void, void> = Object.getPrototypeOf(function* () {}).prototype.next;

export class Driver {
  private readonly cpu: Cpu;
  private readonly coprocessor: Coprocessor;
  private readonly image: Image;

  constructor(cpu: Cpu, coprocessor: Coprocessor, image: Image) {
    this.cpu = cpu;
    this.coprocessor = coprocessor;
    this.image = image;
  }

  /**
   * Run until `cpu.leaving`, or until nobody runs and nothing is due up to cycle `idleUntil`.
   * Returns whether it idles.
   */
  slice(idleUntil: number): boolean {
    const cpu = this.cpu;
    const before = setExecuting(this.coprocessor);
    try {
      while (!cpu.leaving) {
        const context = cpu.context;
        if (context === null) {
          if (!this.idle(idleUntil)) return true;
        } else if (context.phase === Phase.Trapped && cpu.goesOnBehind(context)) {
          context.phase = Phase.Done;
          this.resume(context);
        } else {
          this.step(context);
        }
      }
      return false;
    } finally {
      setExecuting(before);
    }
  }

  /** Nobody runs: take an interrupt, or let time pass to what is next. False: nothing is due in time. */
  private idle(until: number): boolean {
    const cpu = this.cpu;
    cpu.catchUp();
    const cause = cpu.pendingInterrupt();
    if (cause !== 0) {
      cpu.trapIdle(cause);
      return true;
    }
    const next = Math.min(cpu.clock.alarmAt, cpu.clock.timerAt);
    if (next > until || next === Infinity) return false;
    cpu.calm();
    cpu.clock.skipTo(next);
    return true;
  }

  private step(context: Context): void {
    if (context.phase === Phase.Done) this.resume(context);
    else if (context.phase === Phase.Unfinished) this.coprocessor.execute(context);
    else if (context.phase === Phase.Poisoned && !context.inTrap) this.fail(context);
    else this.returnToUser(context);
  }

  private returnToUser(context: Context): void {
    const cpu = this.cpu;
    const next = context.regs + NEXT_IP;
    const lo = cpu.words[next]! & ~1;
    const hi = cpu.words[next + 1]!;
    const offset = hi === context.entryHi ? (lo - context.entryLo) | 0 : -1;
    const own = isRunning(context) && (offset === context.pending || offset === context.behind);
    if (own && context.fetchGeneration === cpu.mmu.generation && context.fetchRoot === cpu.mmu.rootFrame) {
      this.goOn(context, offset);
      return;
    }
    const page = cpu.fetchPage(readWord(cpu.words, next));
    if (page < 0) {
      cpu.setTrapValue(lo, hi);
      cpu.trapAt(context, -page, lo, hi);
    } else if (own && this.isPageOf(context.program, page, offset)) {
      context.fetchGeneration = cpu.mmu.generation;
      context.fetchRoot = cpu.mmu.rootFrame;
      this.goOn(context, offset);
    } else {
      this.decode(context, page, lo, hi);
    }
  }

  /** At the pending instruction: take it again. Behind it: the generator goes on. */
  private goOn(context: Context, offset: number): void {
    if (context.phase === Phase.Poisoned) {
      this.fail(context);
    } else if (offset === context.pending) {
      this.coprocessor.execute(context);
    } else if (context.pending === ProgramOffset.Stage) {
      context.issue(ProgramOffset.Ecall, ECALL_BYTES);
      this.coprocessor.execute(context);
    } else {
      context.phase = Phase.Done;
      this.resume(context);
    }
  }

  /** No instruction of the context's own: an entry marker at the start of a page, or an illegal instruction. */
  private decode(context: Context, page: number, lo: number, hi: number): void {
    const inPage = lo & (PAGE_BYTES - 1);
    const word = this.cpu.words[page + (inPage >>> 2)]!;
    const program = inPage === 0 ? programOfMarker(word) : -1;
    if (program >= 0 && program < this.image.programs.length) {
      this.start(context, program, lo, hi);
    } else {
      this.cpu.setTrapValue(word, 0);
      this.cpu.trapAt(context, Cause.IllegalInstruction, lo, hi);
    }
  }

  /** Whether the page in RAM is that program's, with the expected instruction at `offset`. */
  private isPageOf(program: number, page: number, offset: number): boolean {
    if (offset >= PROGRAM_BYTES) return false;
    const words = this.cpu.words;
    return words[page] === entryMarker(program) && words[page + offset / 4] === INSTRUCTIONS[offset / 4];
  }

  /** A new generator, from the argument registers. Interrupts that are due come first, at the entry. */
  private start(context: Context, program: number, lo: number, hi: number): void {
    const cpu = this.cpu;
    context.dropProgram();
    context.program = program;
    context.entryLo = lo;
    context.entryHi = hi;
    context.fetchGeneration = cpu.mmu.generation;
    context.fetchRoot = cpu.mmu.rootFrame;
    if (cpu.wantsAttention() && !cpu.takeInterrupts(context)) return;
    cpu.clock.cycles += cpu.cost.programStart;
    const { name, program: main } = this.image.programs[program]!;
    context.programName = name;
    if (!context.isNamed) {
      context.name = name;
      cpu.trace.setName(context.id, name);
    }
    cpu.executing = context;
    try {
      context.generator = checkGenerator(main(this.arguments(context)), name);
    } catch (thrown) {
      context.condemn(asError(context, thrown), ProgramFailure.Threw);
    }
    cpu.executing = null;
    if (context.phase === Phase.Idle) this.resume(context);
  }

  private arguments(context: Context) {
    const words = this.cpu.words;
    const at = (register: Register) => readWord(words, context.regs + 2 * register);
    return {
      a0: at(Register.a0),
      a1: at(Register.a1),
      a2: at(Register.a2),
      a3: at(Register.a3),
      a4: at(Register.a4),
      a5: at(Register.a5),
      a6: at(Register.a6),
      a7: at(Register.a7),
    };
  }

  private resume(context: Context): void {
    const cpu = this.cpu;
    const coprocessor = this.coprocessor;
    let ended = true;
    let told = false;
    coprocessor.begin();
    cpu.executing = context;
    try {
      const result = generatorNext.call(context.generator as Thread);
      ended = result.done === true;
      told = coprocessor.told && result.value === undefined;
    } catch (thrown) {
      context.condemn(asError(context, thrown), ProgramFailure.Threw);
    }
    cpu.executing = null;
    if (context.phase === Phase.Poisoned) return;
    if (ended) this.end(context);
    else if (!told) context.condemn(yieldedRubbish(context), ProgramFailure.YieldedRubbish);
  }

  /** The program returned: `jalr x0, 0(ra)`. With a result pending it forgot `yield*`. */
  private end(context: Context): void {
    if (context.phase !== Phase.Idle) {
      context.condemn(forgottenAtEnd(context), ProgramFailure.ForgotYield);
      return;
    }
    const words = this.cpu.words;
    const next = context.regs + NEXT_IP;
    context.dropProgram();
    words[next] = words[context.regs + RA]!;
    words[next + 1] = words[context.regs + RA + 1]!;
  }

  /** A condemned program is current: it executes `unimp`, and its generator is dropped. */
  private fail(context: Context): void {
    const cpu = this.cpu;
    context.lastThrow = context.poison;
    cpu.trace.emit(MachineEvent.Throw, context.id, context.failure, 0, 0, 0, 0);
    context.dropProgram();
    cpu.setTrapValue(UNIMP_WORD, 0);
    cpu.trap(context, Cause.IllegalInstruction, ProgramOffset.Unimp, 0);
  }
}

/** Whether a generator, or a condemned one, stands behind the context's pending instruction. */
function isRunning(context: Context): boolean {
  return context.generator !== null || context.phase === Phase.Poisoned;
}

function checkGenerator(value: Thread, name: string): Thread {
  if (Object.prototype.toString.call(value) === "[object Generator]") return value;
  throw new TypeError(`program "${name}" is not a generator function: write it with function*`);
}
