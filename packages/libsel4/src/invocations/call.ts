/**
 * How an invocation is made: a Call on the capability of a kernel object, whose label names the method.
 *
 * Arguments fill the message registers in order, a word each; small ones that directly follow each other share one.
 * Capabilities go into caps_or_badges in order, which takes an IPC buffer. The reply's label is the error code.
 *
 * Beside those that its description lists, every invocation has these outcomes:
 * - CapFault, sent to the caller's fault handler, when the invoked capability or one that is passed cannot be looked
 *   up; a reply of the handler makes the call again.
 * - `seL4_InvalidCapability`, number 0: the invoked slot is empty, or its object is being deleted.
 * - `seL4_IllegalOperation`: the invoked capability is one of another type of kernel object.
 * - `seL4_TruncatedMessage`: capabilities are passed and the kernel knows no IPC buffer of the caller.
 * Invoking an endpoint, notification or reply object by mistake sends a message there instead; the return value then
 * is the label of the answer.
 *
 * All invocations return at once unless they say otherwise. After an error, `seL4_GetMR` gives what came with it;
 * `throwOnError` and `describeError` put that in words. Where C has out-parameters a record comes back, and its fields
 * are 0 when `error` is not seL4_NoError.
 */
import { type Port, port, Register, SUSPEND, type Syscall } from "@tessera/hal-sim/isa";
import {
  IPCBufferWord,
  messageInfoHigh,
  messageInfoLabel,
  messageInfoLow,
  seL4_FastMessageRegisters,
  seL4_NoError,
  seL4_SysCall,
} from "../abi/index.js";
import { word64Of, wordHigh, wordLow, wordOf } from "../arguments.js";
import { setRegister } from "../registers.js";
import { errorResult } from "../results.js";
import type { seL4_Bool, seL4_CPtr, seL4_Error, WordLike } from "../types.js";

/** Argument word number `index` of the invocation being prepared. */
export function setArgument(cpu: Port, index: number, name: string, value: WordLike): void {
  if (index < seL4_FastMessageRegisters) setRegister(cpu, (Register.a2 + index) as Register, name, value);
  else cpu.stage(IPCBufferWord.Msg + index, wordLow(name, value), wordHigh(value));
}

/** Capability number `index` of the invocation being prepared. */
export function setCapability(cpu: Port, index: number, name: string, cptr: seL4_CPtr): void {
  cpu.stage(IPCBufferWord.CapsOrBadges + index, wordLow(name, cptr), wordHigh(cptr));
}

/** A truth value as the bit `position` of a word. */
export function flag(value: seL4_Bool, position: number): number {
  return value ? 1 << position : 0;
}

/**
 * Make the Call that has been prepared.
 * @param service the invoked capability
 * @param label which method
 * @param extraCaps capabilities set by `setCapability`
 * @param length words set by `setArgument`
 */
export function call(cpu: Port, service: seL4_CPtr, label: number, extraCaps: number, length: number): void {
  const lo = wordLow("_service", service);
  const infoLo = messageInfoLow(label, 0, extraCaps, length);
  cpu.messageCall(seL4_SysCall, lo, wordHigh(service), infoLo, messageInfoHigh(label), 0);
}

/** As `call`, for methods that return nothing but the error code. */
export function invoke(
  cpu: Port,
  service: seL4_CPtr,
  label: number,
  extraCaps: number,
  length: number,
): Syscall<seL4_Error> {
  call(cpu, service, label, extraCaps, length);
  return errorResult;
}

/** As `invoke`, for methods that create objects: `name` is what people call them. */
export function invokeNamed(
  cpu: Port,
  service: seL4_CPtr,
  label: number,
  extraCaps: number,
  length: number,
  name: string,
): Syscall<seL4_Error> {
  // Refused before there is a name that nobody takes back.
  wordLow("_service", service);
  cpu.annotate(name);
  call(cpu, service, label, extraCaps, length);
  return namedResult;
}

/** The error code, when the name has been taken or is of no use any more. */
const namedResult: Syscall<seL4_Error> & Iterator<void, seL4_Error, void> = {
  [Symbol.iterator]() {
    return this;
  },
  next() {
    const result = errorResult.next();
    if (result.done === true) port().annotate(null);
    return result;
  },
};

/** An invocation without arguments. */
export function invokeBare(service: seL4_CPtr, label: number): Syscall<seL4_Error> {
  return invoke(port(), service, label, 0, 0);
}

/** An iterable for invocations that return a record: `take` makes it from the registers, given the error code. */
export function recordResult<R>(take: (cpu: Port, error: seL4_Error) => R): Syscall<R> & Iterator<void, R, void> {
  return {
    [Symbol.iterator]() {
      return this;
    },
    next() {
      const cpu = port();
      if (cpu.suspendedKeeping()) return SUSPEND;
      const error = messageInfoLabel(cpu.low(Register.a1), cpu.high(Register.a1));
      return { done: true, value: take(cpu, error) };
    },
  };
}

/** Result word number `index` of a successful invocation; 0 after an error. */
export function resultWord(cpu: Port, error: seL4_Error, index: number): number {
  if (error !== seL4_NoError) return 0;
  const word = IPCBufferWord.Msg + index;
  return wordOf(cpu.stagedLow(word), cpu.stagedHigh(word));
}

/** The same word, exact. */
export function resultWord64(cpu: Port, error: seL4_Error, index: number): bigint {
  if (error !== seL4_NoError) return 0n;
  const word = IPCBufferWord.Msg + index;
  return word64Of(cpu.stagedLow(word), cpu.stagedHigh(word));
}
