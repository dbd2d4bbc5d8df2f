/**
 * T0..T3: a program that executes a list of ops, one user-level step each, by raw registers and traps.
 *
 * Nothing of libsel4's runtime stands between the recording and the trap. The IPC buffer is written and read by
 * ordinary stores and loads, always at the thread's original buffer, whatever buffer its TCB names by then. After its
 * last op a thread parks: it waits for a notification that nobody signals, for ever.
 */
import {
  compute,
  copyIn,
  copyOut,
  illegalInstruction,
  load64,
  type Program,
  port,
  Register,
  SUSPEND,
  type Syscall,
  store64,
  type Thread,
} from "@tessera/hal-sim/isa";
import { seL4_SysWait } from "@tessera/libsel4/abi";
import type { ObservedResult } from "../recording/scenario.js";
import { fromWord, spellWord } from "../recording/word.js";
import { capName } from "./cap-names.js";
import type { Journal } from "./journal.js";
import { CAPS_OR_BADGES_BYTES, decodeMessage, isFaultMessage, messageShape, unwritten } from "./message.js";
import { receives, type Step } from "./step.js";

/** Byte offsets in an IPC buffer. */
const MSG = 8;
const CAPS_OR_BADGES = 976;
const MSG_IN_REGISTERS = 4;

/** The slot of the notification that nobody signals. */
export const PARK_SLOT = 255;

/** Cycles of the modelled core in one tenth of a microsecond, the unit of Spin. */
const CYCLES_PER_TICK = 100;

const EXECUTED = { done: true, value: undefined } as const;

/** What `yield*` of a raw ecall asks: may the thread go on? Its results are then in the registers. */
const returned: Syscall<void> & Iterator<void, void, void> = {
  [Symbol.iterator]() {
    return this;
  },
  next() {
    return port().suspended() ? SUSPEND : EXECUTED;
  },
};

/** `ecall` with the registers as they are. */
function ecall(): Syscall<void> {
  port().ecall();
  return returned;
}

export function threadProgram(thread: number, buffer: number, steps: readonly Step[], journal: Journal): Program {
  return function* () {
    // MR0 of the last fault message that this thread received: the address of the instruction that faulted.
    let faultIP = 0;
    for (const [index, step] of steps.entries()) {
      journal.start(thread);
      const result = yield* execute(step, buffer, faultIP);
      if (receives(step.op.kind) && isFaultMessage(result)) faultIP = Number(result.m?.[0] ?? 0);
      journal.complete(thread, index, result);
    }
    yield* park();
  };
}

/** One step, up to its result. `faultIP` is what an op with `ip4` answers. */
export function* execute(step: Step, buffer: number, faultIP: number): Thread<ObservedResult> {
  yield* copyOut(buffer + MSG, step.message);
  yield* copyOut(buffer + CAPS_OR_BADGES, step.capsAndPath);
  const { op } = step;
  switch (op.kind) {
    case "Load":
      return { v: spellWord(yield* load64(address(op.c))) };
    case "Store":
      yield* store64(address(op.c), op.mr[0] ?? 0n);
      return {};
    case "Illegal":
      yield* illegalInstruction();
      return {};
    case "Spin":
      yield* compute(Math.min(Number(op.c) * CYCLES_PER_TICK, Number.MAX_SAFE_INTEGER));
      return {};
  }
  setRegisters(step, faultIP);
  yield* ecall();
  switch (op.kind) {
    case "Send":
    case "NBSend":
    case "Yield":
      return {};
    case "DebugCapIdentify":
      return { ty: capName(port().word(Register.a0)) };
    case "UnknownSyscall":
      return { a0: spellWord(readRegister(Register.a0)) };
    default:
      return yield* readMessage(step, buffer);
  }
}

/** An address as loads and stores take it: in the upper half of the address space a negative number, which is exact. */
function address(word: bigint): number {
  return word > 1n << 63n ? Number(BigInt.asIntN(64, word)) : Number(word);
}

function setRegisters(step: Step, faultIP: number): void {
  const cpu = port();
  for (const [register, { lo, hi }] of step.registers) cpu.setPair(register, lo, hi);
  if (step.op.ip4) cpu.setWord(Register.a2, faultIP + 4);
}

function readRegister(register: Register): bigint {
  return fromWord({ lo: port().low(register), hi: port().high(register) });
}

/** The message in the registers and, as far as its info says so, in the buffer. */
function* readMessage(step: Step, buffer: number): Thread<ObservedResult> {
  const badge = readRegister(Register.a0);
  const info = { lo: port().low(Register.a1), hi: port().high(Register.a1) };
  if (receives(step.op.kind) && unwritten(info, step.info)) {
    return badge === 0n ? { st: 1 } : { b: spellWord(badge), st: 1 };
  }
  const shape = messageShape(info);
  const words = [Register.a2, Register.a3, Register.a4, Register.a5].map(readRegister).slice(0, shape.shown);
  const rest = new Uint8Array(Math.max(shape.shown - MSG_IN_REGISTERS, 0) * 8);
  if (rest.length > 0) yield* copyIn(buffer + MSG + MSG_IN_REGISTERS * 8, rest);
  const badges = new Uint8Array(shape.extraCaps > 0 ? CAPS_OR_BADGES_BYTES : 0);
  if (badges.length > 0) yield* copyIn(buffer + CAPS_OR_BADGES, badges);
  return decodeMessage(badge, shape, words, rest, badges);
}

/** Wait for ever for what nobody signals. */
export function* park(): Thread {
  for (;;) {
    port().setWord(Register.a0, PARK_SLOT);
    port().setWord(Register.a7, seL4_SysWait);
    yield* ecall();
  }
}
