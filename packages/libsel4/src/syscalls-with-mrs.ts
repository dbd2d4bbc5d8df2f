/**
 * The system calls again, with the first four message registers as arguments and results: no call of `seL4_SetMR` and
 * `seL4_GetMR` for short messages.
 *
 * Of the arguments only those that the message's length counts are sent; words from MR4 up are the staged ones.
 * In a result, words behind the message's length are what the registers held. The staged MR0 to MR3 are neither read
 * nor written. Blocking, allocation and errors are those of the calls without the suffix, in syscalls.ts.
 */
import { type Port, port, Register, type Syscall } from "@tessera/hal-sim/isa";
import {
  messageInfoLength,
  seL4_SysCall,
  seL4_SysNBSend,
  seL4_SysNBSendRecv,
  seL4_SysNBSendWait,
  seL4_SysRecv,
  seL4_SysReplyRecv,
  seL4_SysSend,
  seL4_SysWait,
} from "./abi/index.js";
import { wordHigh, wordLow } from "./arguments.js";
import type { seL4_MessageInfo_t } from "./message-info.js";
import { sendNothing, setRegister } from "./registers.js";
import {
  type ReceivedWithMRs,
  type RepliedWithMRs,
  receiveWithMRsResult,
  replyWithMRsResult,
  voidResult,
} from "./results.js";
import type { seL4_CPtr, WordLike } from "./types.js";

/** As `seL4_Send`, with the first words of the message. Can block. Errors: CapFault (send phase). */
export function seL4_SendWithMRs(
  dest: seL4_CPtr,
  info: seL4_MessageInfo_t,
  mr0: WordLike = 0,
  mr1: WordLike = 0,
  mr2: WordLike = 0,
  mr3: WordLike = 0,
): Syscall<void> {
  sendWords(port(), seL4_SysSend, "dest", dest, info, mr0, mr1, mr2, mr3);
  return voidResult;
}

/** As `seL4_NBSend`, with the first words of the message. Cannot block. Errors: none. */
export function seL4_NBSendWithMRs(
  dest: seL4_CPtr,
  info: seL4_MessageInfo_t,
  mr0: WordLike = 0,
  mr1: WordLike = 0,
  mr2: WordLike = 0,
  mr3: WordLike = 0,
): Syscall<void> {
  sendWords(port(), seL4_SysNBSend, "dest", dest, info, mr0, mr1, mr2, mr3);
  return voidResult;
}

/** As `seL4_Call`, with the first words of message and reply. Can block. Errors: CapFault (send phase). */
export function seL4_CallWithMRs(
  dest: seL4_CPtr,
  info: seL4_MessageInfo_t,
  mr0: WordLike = 0,
  mr1: WordLike = 0,
  mr2: WordLike = 0,
  mr3: WordLike = 0,
): Syscall<RepliedWithMRs> {
  sendWords(port(), seL4_SysCall, "dest", dest, info, mr0, mr1, mr2, mr3);
  return replyWithMRsResult;
}

/** As `seL4_Recv`, with the first words of the message. Can block. Errors: CapFault (receive phase). */
export function seL4_RecvWithMRs(
  src: seL4_CPtr<"Endpoint" | "Notification">,
  reply: seL4_CPtr<"Reply">,
): Syscall<ReceivedWithMRs> {
  const cpu = port();
  setRegister(cpu, Register.a6, "reply", reply);
  sendNothing(cpu, seL4_SysRecv, "src", src);
  return receiveWithMRsResult;
}

/** As `seL4_ReplyRecv`, with the first words of reply and message. Can block. Errors: CapFault (receive phase). */
export function seL4_ReplyRecvWithMRs(
  src: seL4_CPtr<"Endpoint" | "Notification">,
  info: seL4_MessageInfo_t,
  mr0: WordLike,
  mr1: WordLike,
  mr2: WordLike,
  mr3: WordLike,
  reply: seL4_CPtr<"Reply">,
): Syscall<ReceivedWithMRs> {
  const cpu = port();
  setRegister(cpu, Register.a6, "reply", reply);
  sendWords(cpu, seL4_SysReplyRecv, "src", src, info, mr0, mr1, mr2, mr3);
  return receiveWithMRsResult;
}

/** As `seL4_NBSendRecv`, with the first words of both messages. Can block. Errors: CapFault (receive phase). */
export function seL4_NBSendRecvWithMRs(
  dest: seL4_CPtr,
  info: seL4_MessageInfo_t,
  src: seL4_CPtr<"Endpoint" | "Notification">,
  mr0: WordLike,
  mr1: WordLike,
  mr2: WordLike,
  mr3: WordLike,
  reply: seL4_CPtr<"Reply">,
): Syscall<ReceivedWithMRs> {
  const cpu = port();
  setRegister(cpu, Register.t0, "dest", dest);
  setRegister(cpu, Register.a6, "reply", reply);
  sendWords(cpu, seL4_SysNBSendRecv, "src", src, info, mr0, mr1, mr2, mr3);
  return receiveWithMRsResult;
}

/**
 * As `seL4_NBSendWait`, with the first words. Can block. Errors: CapFault (receive phase).
 * The C stub of this name makes the system call NBSendRecv by mistake; this one makes NBSendWait.
 */
export function seL4_NBSendWaitWithMRs(
  dest: seL4_CPtr,
  info: seL4_MessageInfo_t,
  src: seL4_CPtr<"Endpoint" | "Notification">,
  mr0: WordLike = 0,
  mr1: WordLike = 0,
  mr2: WordLike = 0,
  mr3: WordLike = 0,
): Syscall<ReceivedWithMRs> {
  const cpu = port();
  setRegister(cpu, Register.a6, "dest", dest);
  sendWords(cpu, seL4_SysNBSendWait, "src", src, info, mr0, mr1, mr2, mr3);
  return receiveWithMRsResult;
}

/** As `seL4_Wait`, with the first words of the message. Can block. Errors: CapFault (receive phase). */
export function seL4_WaitWithMRs(src: seL4_CPtr<"Endpoint" | "Notification">): Syscall<ReceivedWithMRs> {
  sendNothing(port(), seL4_SysWait, "src", src);
  return receiveWithMRsResult;
}

/** Trap with the first words of the message: those that `info` counts go into a2.., what they are is checked first. */
function sendWords(
  cpu: Port,
  number: number,
  name: string,
  value: WordLike,
  info: seL4_MessageInfo_t,
  mr0: WordLike,
  mr1: WordLike,
  mr2: WordLike,
  mr3: WordLike,
): void {
  const lo = wordLow(name, value);
  const length = messageInfoLength(info.lo);
  if (length > 0) setRegister(cpu, Register.a2, "mr0", mr0);
  if (length > 1) setRegister(cpu, Register.a3, "mr1", mr1);
  if (length > 2) setRegister(cpu, Register.a4, "mr2", mr2);
  if (length > 3) setRegister(cpu, Register.a5, "mr3", mr3);
  cpu.messageCall(number, lo, wordHigh(value), info.lo, info.hi, 0);
}
