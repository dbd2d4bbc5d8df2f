/**
 * The debug system calls: they look, and change nothing but what is said. They need no capability, cost no budget and
 * never switch threads. seL4 manual, "Debugging System Calls".
 */
import { copyOut, port, Register, type Syscall, type Thread } from "@tessera/hal-sim/isa";
import {
  CapTag,
  IPCBufferWord,
  seL4_FastMessageRegisters,
  seL4_MsgMaxLength,
  seL4_SysDebugCapIdentify,
  seL4_SysDebugDumpScheduler,
  seL4_SysDebugHalt,
  seL4_SysDebugNameThread,
  seL4_SysDebugPutChar,
  seL4_SysDebugSnapshot,
} from "./abi/index.js";
import { uint8 } from "./arguments.js";
import { setRegister } from "./registers.js";
import { voidResult, wordResult } from "./results.js";
import type { seL4_CPtr, seL4_TCB, seL4_Word } from "./types.js";

/** Bytes of a thread's name, its end mark included. */
const MAX_NAME_BYTES = seL4_MsgMaxLength * 8;

/** Bytes of the message registers that travel in registers and are not written to the buffer by themselves. */
const FAST_BYTES = seL4_FastMessageRegisters * 8;

/**
 * Print one byte on the kernel's console. Cannot block, allocates nothing, no errors.
 * @param c the byte, 0 to 255
 */
export function seL4_DebugPutChar(c: number): Syscall<void> {
  const cpu = port();
  setRegister(cpu, Register.a0, "c", uint8("c", c));
  cpu.systemCall(seL4_SysDebugPutChar);
  return voidResult;
}

/**
 * Print a text on the kernel's console, byte by byte; characters outside of ASCII come out as "?".
 * Cannot block, allocates nothing, no errors.
 */
export function* seL4_DebugPutString(text: string): Thread {
  for (const byte of asciiBytes(text)) yield* seL4_DebugPutChar(byte);
}

/** Print a table of all threads. Cannot block, allocates nothing, no errors. */
export function seL4_DebugDumpScheduler(): Syscall<void> {
  const cpu = port();
  cpu.systemCall(seL4_SysDebugDumpScheduler);
  return voidResult;
}

/** Stop the machine. Does not return, allocates nothing, no errors. */
export function seL4_DebugHalt(): Syscall<void> {
  const cpu = port();
  cpu.systemCall(seL4_SysDebugHalt);
  return voidResult;
}

/** Print who holds which capability. Cannot block, allocates nothing, no errors. */
export function seL4_DebugSnapshot(): Syscall<void> {
  const cpu = port();
  cpu.systemCall(seL4_SysDebugSnapshot);
  return voidResult;
}

/**
 * What lies at `cap`: one of `CapTag`; 0 for an empty slot and for an address that cannot be resolved.
 * Cannot block, allocates nothing, no errors.
 */
export function seL4_DebugCapIdentify(cap: seL4_CPtr): Syscall<seL4_Word> {
  const cpu = port();
  setRegister(cpu, Register.a0, "cap", cap);
  cpu.systemCall(seL4_SysDebugCapIdentify);
  return wordResult;
}

/**
 * Name a thread for dumps and traces. Overwrites the message registers that the name takes.
 * Cannot block, allocates nothing. The machine halts when `tcb` is no TCB or the kernel knows no IPC buffer of the
 * calling thread; the buffer's first words are written to memory, which may fault.
 * @param tcb the thread
 * @param name at most 959 characters of ASCII; others come out as "?"
 * @throws RangeError when it is longer, Error when this program has no IPC buffer
 */
export function* seL4_DebugNameThread(tcb: seL4_TCB, name: string): Thread {
  const cpu = port();
  const bytes = new Uint8Array(Math.ceil((name.length + 1) / 8) * 8);
  bytes.set(asciiBytes(name));
  if (bytes.length > MAX_NAME_BYTES)
    throw new RangeError(`a thread's name has at most ${MAX_NAME_BYTES - 1} characters`);
  if (cpu.ipcBufferAddress === 0) throw new Error("naming a thread takes an IPC buffer, and this program has none");
  yield* copyOut(cpu.ipcBufferAddress + IPCBufferWord.Msg * 8, bytes.subarray(0, FAST_BYTES));
  yield* nameThread(tcb, bytes);
}

function nameThread(tcb: seL4_TCB, name: Uint8Array): Syscall<void> {
  const cpu = port();
  const view = new DataView(name.buffer);
  for (let at = 0; at < name.length; at += 8) {
    cpu.stage(IPCBufferWord.Msg + at / 8, view.getInt32(at, true), view.getInt32(at + 4, true));
  }
  setRegister(cpu, Register.a0, "tcb", tcb);
  cpu.systemCall(seL4_SysDebugNameThread);
  return voidResult;
}

/**
 * The name of a capability type, as `seL4_DebugCapIdentify` returns it. Plain.
 * @param tag one of `CapTag`
 */
export function capTagName(tag: number): string {
  for (const [name, value] of Object.entries(CapTag)) if (value === tag) return name;
  return `unknown type ${tag}`;
}

function asciiBytes(text: string): number[] {
  return Array.from(text, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x80 ? code : 0x3f;
  });
}
