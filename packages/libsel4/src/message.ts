/**
 * The message under construction, or just received: message registers, capabilities, the receive path.
 *
 * Plain calls: none of them traps. They work on this thread's staged copy of its IPC buffer. MR0 to MR3 travel in
 * registers, the rest is written to the buffer's memory when a system call is made. After a receive or a Call the
 * words of the message are here (up to its length; words behind it keep what they held).
 * Writing a word throws when the result of an earlier system call was not taken with `yield*`.
 * seL4 manual, "IPC" and "IPC Buffer".
 */
import { port, Register } from "@tessera/hal-sim/isa";
import { IPCBufferWord, seL4_MsgMaxExtraCaps, seL4_MsgMaxLength } from "./abi/index.js";
import { tableIndex, word64Of, wordHigh, wordLow, wordOf } from "./arguments.js";
import type { seL4_CPtr, seL4_Word, WordLike } from "./types.js";

/**
 * Message register `i` := `word`.
 * @param i 0 to 119
 * @param word a number below 2^53, or a bigint below 2^64
 * @throws TypeError, RangeError when an argument does not fit
 */
export function seL4_SetMR(i: number, word: WordLike): void {
  tableIndex("i", i, seL4_MsgMaxLength);
  port().stage(IPCBufferWord.Msg + i, wordLow("word", word), wordHigh(word));
}

/**
 * Message register `i`; inexact beyond 2^53.
 * @param i 0 to 119
 */
export function seL4_GetMR(i: number): seL4_Word {
  tableIndex("i", i, seL4_MsgMaxLength);
  return stagedWord(IPCBufferWord.Msg + i);
}

/**
 * Message register `i`, all 64 bits.
 * @param i 0 to 119
 */
export function seL4_GetMR64(i: number): bigint {
  tableIndex("i", i, seL4_MsgMaxLength);
  return stagedWord64(IPCBufferWord.Msg + i);
}

/**
 * Message register `i` := a word of all 64 bits; the same as `seL4_SetMR` with a bigint.
 * @param i 0 to 119
 */
export function seL4_SetMR64(i: number, word: bigint): void {
  seL4_SetMR(i, word);
}

/**
 * The capability to be sent as number `i`.
 * @param i 0 to 2
 * @param cptr where it lies in this thread's CSpace
 */
export function seL4_SetCap(i: number, cptr: seL4_CPtr): void {
  tableIndex("i", i, seL4_MsgMaxExtraCaps);
  port().stage(IPCBufferWord.CapsOrBadges + i, wordLow("cptr", cptr), wordHigh(cptr));
}

/**
 * The CPtr last set as number `i`.
 * @param i 0 to 2
 */
export function seL4_GetCap(i: number): seL4_CPtr {
  tableIndex("i", i, seL4_MsgMaxExtraCaps);
  return stagedWord(IPCBufferWord.CapsOrBadges + i);
}

/**
 * The badge that arrived in place of capability `i`: valid when bit `i` of the message info's capsUnwrapped is set.
 * @param i 0 to 2
 */
export function seL4_GetBadge(i: number): seL4_Word {
  tableIndex("i", i, seL4_MsgMaxExtraCaps);
  return stagedWord(IPCBufferWord.CapsOrBadges + i);
}

/** As `seL4_GetBadge`, all 64 bits. */
export function seL4_GetBadge64(i: number): bigint {
  tableIndex("i", i, seL4_MsgMaxExtraCaps);
  return stagedWord64(IPCBufferWord.CapsOrBadges + i);
}

/**
 * All 64 bits of the badge (or notification word) that the last system call of this thread returned. The `badge` of
 * its result is the same as a number, inexact beyond 2^53.
 */
export function senderBadge64(): bigint {
  const cpu = port();
  return word64Of(cpu.low(Register.a0), cpu.high(Register.a0));
}

/**
 * The slot that receives the next capability. It must be empty when the message arrives, or the capability stays
 * behind without an error.
 * @param receiveCNode a CNode, resolved in this thread's CSpace
 * @param receiveIndex the slot's address below that CNode
 * @param receiveDepth bits of `receiveIndex` to be resolved, 1 to 64
 */
export function seL4_SetCapReceivePath(
  receiveCNode: seL4_CPtr<"CNode">,
  receiveIndex: WordLike,
  receiveDepth: WordLike,
): void {
  const cpu = port();
  cpu.stage(IPCBufferWord.ReceiveCNode, wordLow("receiveCNode", receiveCNode), wordHigh(receiveCNode));
  cpu.stage(IPCBufferWord.ReceiveIndex, wordLow("receiveIndex", receiveIndex), wordHigh(receiveIndex));
  cpu.stage(IPCBufferWord.ReceiveDepth, wordLow("receiveDepth", receiveDepth), wordHigh(receiveDepth));
}

/** A word of the IPC buffer that is the program's own; the kernel never looks at it. */
export function seL4_SetUserData(data: WordLike): void {
  port().stage(IPCBufferWord.UserData, wordLow("data", data), wordHigh(data));
}

/** What `seL4_SetUserData` has stored. */
export function seL4_GetUserData(): seL4_Word {
  return stagedWord(IPCBufferWord.UserData);
}

/**
 * Where this program's IPC buffer lies in its own memory. Which frame the kernel uses is another matter: the one that
 * TCB_Configure or TCB_SetIPCBuffer named. The runtime has set it; only a program that moves its buffer calls this.
 * @param vaddr a multiple of 1024; 0 = no buffer, messages are at most four words and carry no capabilities
 * @throws RangeError when it is not aligned
 */
export function seL4_SetIPCBuffer(vaddr: number): void {
  wordLow("vaddr", vaddr);
  if (vaddr % 1024 !== 0)
    throw new RangeError(`an IPC buffer is aligned to 1024 bytes: 0x${vaddr.toString(16)} is not`);
  port().ipcBufferAddress = vaddr;
}

/** Where this program's IPC buffer lies in its own memory; 0 = it has none. */
export function seL4_GetIPCBuffer(): number {
  return port().ipcBufferAddress;
}

function stagedWord(index: number): number {
  const cpu = port();
  return wordOf(cpu.stagedLow(index), cpu.stagedHigh(index));
}

function stagedWord64(index: number): bigint {
  const cpu = port();
  return word64Of(cpu.stagedLow(index), cpu.stagedHigh(index));
}
