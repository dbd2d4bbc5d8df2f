/**
 * Registers of threads. seL4 manual, "Threads and Execution".
 *
 * `pc` is where the thread would start again. A TypeScript program goes on where its trap ended, and starts anew at its
 * entry; its local variables are no registers, so they are not read, written or copied.
 */
import { type Port, port, Register, type Syscall } from "@tessera/hal-sim/isa";
import {
  messageInfoLength,
  seL4_UserContext_Length,
  TCBCopyRegisters,
  TCBReadRegisters,
  TCBSetFlags,
  TCBSetTLSBase,
  TCBWriteRegisters,
  USER_CONTEXT_NAMES,
  type UserContextName,
} from "../abi/index.js";
import { uint8 } from "../arguments.js";
import type {
  seL4_Bool,
  seL4_Error,
  seL4_TCB,
  seL4_UserContext,
  seL4_Word,
  UserContextLike,
  WordLike,
} from "../types.js";
import { call, flag, invoke, recordResult, resultWord, resultWord64, setArgument, setCapability } from "./call.js";

const ARCH_FLAGS_SHIFT = 8;
/** Words in front of the registers of WriteRegisters. */
const WRITE_HEAD = 2;

/** What `seL4_TCB_ReadRegisters` returns. */
export interface ReadRegistersResult {
  readonly error: seL4_Error;
  /** Registers; those that were not asked for are 0. Values beyond 2^53, such as a system call's number, are inexact. */
  readonly regs: seL4_UserContext;
  /** The same, exact. */
  readonly regs64: { readonly [name in UserContextName]: bigint };
}

/** What `seL4_TCB_SetFlags` returns. */
export interface SetFlagsResult {
  readonly error: seL4_Error;
  /** The flags as they are now. */
  readonly flags: seL4_Word;
}

const readRegistersResult = recordResult(readRegisters);
const setFlagsResult = recordResult((cpu, error): SetFlagsResult => ({ error, flags: resultWord(cpu, error, 0) }));

/**
 * Read the first `count` registers of another thread.
 * Cannot block, allocates nothing.
 * Errors: RangeError 1..32: `count`; IllegalOperation: it is the calling thread.
 * @param suspend_source stop the thread first
 * @param arch_flags 0; RISC-V has none
 * @param count 1 to 32, in the order of `seL4_UserContext`; without an IPC buffer only four come back
 */
export function seL4_TCB_ReadRegisters(
  _service: seL4_TCB,
  suspend_source: seL4_Bool,
  arch_flags: number,
  count: WordLike,
): Syscall<ReadRegistersResult> {
  const cpu = port();
  setArgument(cpu, 0, "arch_flags", flag(suspend_source, 0) | (uint8("arch_flags", arch_flags) << ARCH_FLAGS_SHIFT));
  setArgument(cpu, 1, "count", count);
  call(cpu, _service, TCBReadRegisters, 0, 2);
  return readRegistersResult;
}

/**
 * Write the first `count` registers of another thread. It goes on at its pc, also when `count` is 0: what it had
 * begun is begun again.
 * Cannot block, allocates nothing.
 * Errors: TruncatedMessage: `count` is above 32, or above 2 and the caller has no IPC buffer; IllegalOperation: it is
 * the calling thread.
 * @param resume_target let the thread run
 * @param arch_flags 0; RISC-V has none
 * @param count 0 to 32, in the order of `seL4_UserContext`
 * @param regs their values; those left out count as 0. A record of all 32, as ReadRegisters returns it, is cut at `count`
 * @throws RangeError when a record that names some registers names one at or behind `count`
 */
export function seL4_TCB_WriteRegisters(
  _service: seL4_TCB,
  resume_target: seL4_Bool,
  arch_flags: number,
  count: WordLike,
  regs: UserContextLike,
): Syscall<seL4_Error> {
  const cpu = port();
  refuseUnwritten(count, regs);
  setArgument(cpu, 0, "arch_flags", flag(resume_target, 0) | (uint8("arch_flags", arch_flags) << ARCH_FLAGS_SHIFT));
  setArgument(cpu, 1, "count", count);
  USER_CONTEXT_NAMES.forEach((name, index) => {
    setArgument(cpu, WRITE_HEAD + index, name, index < count ? (regs[name] ?? 0) : 0);
  });
  return invoke(cpu, _service, TCBWriteRegisters, 0, WRITE_HEAD + seL4_UserContext_Length);
}

/** A register that is named on purpose and not written would be missed much later. */
function refuseUnwritten(count: WordLike, regs: UserContextLike): void {
  const named = USER_CONTEXT_NAMES.filter((name) => regs[name] !== undefined);
  if (named.length === seL4_UserContext_Length) return;
  const last = named.at(-1);
  const needed = last === undefined ? 0 : USER_CONTEXT_NAMES.indexOf(last) + 1;
  if (needed <= count) return;
  throw new RangeError(`${last} would not be written: count is ${count}, and must be ${needed} or more to reach it`);
}

/**
 * Copy registers from one thread to another, in this order: stop the source, let the destination run, copy.
 * A pc in the midst of a TypeScript program moves no state of that program: see this file's head.
 * Cannot block, allocates nothing. Errors: InvalidCapability 1: `source` is no TCB.
 * @param _service the destination
 * @param source the thread to copy from
 * @param suspend_source stop the source first
 * @param resume_target let the destination run
 * @param transfer_frame copy pc, ra, sp, gp and s0 to s11
 * @param transfer_integer copy a0 to a7, t0 to t6 and tp
 * @param arch_flags 0; RISC-V has none
 */
export function seL4_TCB_CopyRegisters(
  _service: seL4_TCB,
  source: seL4_TCB,
  suspend_source: seL4_Bool,
  resume_target: seL4_Bool,
  transfer_frame: seL4_Bool,
  transfer_integer: seL4_Bool,
  arch_flags: number,
): Syscall<seL4_Error> {
  const cpu = port();
  const flags = flag(suspend_source, 0) | flag(resume_target, 1) | flag(transfer_frame, 2) | flag(transfer_integer, 3);
  setCapability(cpu, 0, "source", source);
  setArgument(cpu, 0, "arch_flags", flags | (uint8("arch_flags", arch_flags) << ARCH_FLAGS_SHIFT));
  return invoke(cpu, _service, TCBCopyRegisters, 1, 1);
}

/**
 * Set the base of a thread's local storage, which on RISC-V is its register tp.
 * Cannot block, allocates nothing. Errors: none of its own.
 */
export function seL4_TCB_SetTLSBase(_service: seL4_TCB, tls_base: WordLike): Syscall<seL4_Error> {
  const cpu = port();
  setArgument(cpu, 0, "tls_base", tls_base);
  return invoke(cpu, _service, TCBSetTLSBase, 0, 1);
}

/**
 * Change a thread's flags: first `clear` some, then `set` others. Flags that do not exist are ignored.
 * Cannot block, allocates nothing. Errors: none of its own.
 * @param clear flags to be cleared, seL4_TCBFlag_...
 * @param set flags to be set
 * @returns the flags as they are now
 */
export function seL4_TCB_SetFlags(_service: seL4_TCB, clear: WordLike, set: WordLike): Syscall<SetFlagsResult> {
  const cpu = port();
  setArgument(cpu, 0, "clear", clear);
  setArgument(cpu, 1, "set", set);
  call(cpu, _service, TCBSetFlags, 0, 2);
  return setFlagsResult;
}

function readRegisters(cpu: Port, error: seL4_Error): ReadRegistersResult {
  const count = messageInfoLength(cpu.low(Register.a1));
  const each = <Value>(word: (index: number) => Value, none: Value): Record<UserContextName, Value> =>
    Object.fromEntries(USER_CONTEXT_NAMES.map((name, index) => [name, index < count ? word(index) : none])) as Record<
      UserContextName,
      Value
    >;
  return {
    error,
    regs: each((index) => resultWord(cpu, error, index), 0),
    regs64: each((index) => resultWord64(cpu, error, index), 0n),
  };
}
