/**
 * An op made ready for a thread program: which registers to set to which halves, and the bytes of the IPC buffer
 * that the thread writes first. All arithmetic on 64-bit words happens here, on the host.
 */
import { Register } from "@tessera/hal-sim/isa";
import {
  seL4_SysCall,
  seL4_SysDebugCapIdentify,
  seL4_SysNBRecv,
  seL4_SysNBSend,
  seL4_SysNBSendRecv,
  seL4_SysNBSendWait,
  seL4_SysNBWait,
  seL4_SysRecv,
  seL4_SysReplyRecv,
  seL4_SysSend,
  seL4_SysWait,
  seL4_SysYield,
} from "@tessera/libsel4/abi";
import type { Op, OpKind, SyscallName } from "../recording/scenario.js";
import { toWord, type Word } from "../recording/word.js";

/** What the format presets the registers of a pure receive with, to see whether a message was written. */
const UNWRITTEN = toWord(0xdeadbeefdeadbeefn);
const ZERO = toWord(0n);

/** Message words that a thread writes into its buffer: 0..3 as zeros, 4..15 from the op. */
const MESSAGE_WORDS = 16;
/** caps_or_badges and the receive path, which lie together. */
const CAP_WORDS = 3;
const RECEIVE_PATH_WORDS = 3;
const REGISTER_WORDS = 4;

const CAPS_UNWRAPPED_MARK = 7n;

const SYSCALL_NUMBER: Readonly<Record<SyscallName, number>> = {
  Call: seL4_SysCall,
  Send: seL4_SysSend,
  NBSend: seL4_SysNBSend,
  Recv: seL4_SysRecv,
  NBRecv: seL4_SysNBRecv,
  Wait: seL4_SysWait,
  NBWait: seL4_SysNBWait,
  ReplyRecv: seL4_SysReplyRecv,
  NBSendRecv: seL4_SysNBSendRecv,
  NBSendWait: seL4_SysNBSendWait,
  Yield: seL4_SysYield,
  DebugCapIdentify: seL4_SysDebugCapIdentify,
};

const PURE_RECEIVES: ReadonlySet<OpKind> = new Set<OpKind>(["Recv", "NBRecv", "Wait", "NBWait"]);
const COMBINED: ReadonlySet<OpKind> = new Set<OpKind>(["ReplyRecv", "NBSendRecv", "NBSendWait"]);

/** Whether the op ends by receiving: its result has a sender's badge, and possibly no message. */
export function receives(kind: OpKind): boolean {
  return PURE_RECEIVES.has(kind) || COMBINED.has(kind);
}

export interface Step {
  readonly op: Op;
  readonly registers: readonly (readonly [Register, Word])[];
  /** What a1 holds when the kernel has written no message info. */
  readonly info: Word;
  /** Bytes of msg[0..15]. */
  readonly message: Uint8Array;
  /** Bytes of caps_or_badges and of the receive path. */
  readonly capsAndPath: Uint8Array;
}

export function prepare(op: Op): Step {
  const info = PURE_RECEIVES.has(op.kind) ? UNWRITTEN : toWord(messageInfo(op));
  const mr = (n: number) => (PURE_RECEIVES.has(op.kind) ? UNWRITTEN : toWord(op.mr[n] ?? 0n));
  return {
    op,
    info,
    registers: [
      [Register.a0, toWord(op.c)],
      [Register.a1, info],
      [Register.a2, mr(0)],
      [Register.a3, mr(1)],
      [Register.a4, mr(2)],
      [Register.a5, mr(3)],
      [Register.a6, toWord(op.reply)],
      [Register.a7, syscallNumber(op)],
      [Register.t0, toWord(op.dest)],
    ],
    message: messageBytes(op),
    capsAndPath: capsAndPathBytes(op),
  };
}

/** Most ops fill neither; who copies these bytes only reads them. */
const EMPTY_MESSAGE = new Uint8Array(8 * MESSAGE_WORDS);
const EMPTY_CAPS_AND_PATH = new Uint8Array(8 * (CAP_WORDS + RECEIVE_PATH_WORDS));

function messageBytes({ mr }: Op): Uint8Array {
  if (mr.length <= REGISTER_WORDS) return EMPTY_MESSAGE;
  return wordsToBytes(MESSAGE_WORDS, (n) => (n < REGISTER_WORDS ? 0n : (mr[n] ?? 0n)));
}

function capsAndPathBytes({ caps, rx }: Op): Uint8Array {
  if (caps.length === 0 && rx.length === 0) return EMPTY_CAPS_AND_PATH;
  return wordsToBytes(CAP_WORDS + RECEIVE_PATH_WORDS, (n) =>
    n < CAP_WORDS ? (caps[n] ?? 0n) : (rx[n - CAP_WORDS] ?? 0n),
  );
}

function messageInfo(op: Op): bigint {
  const capsUnwrapped = COMBINED.has(op.kind) ? CAPS_UNWRAPPED_MARK : 0n;
  return BigInt.asUintN(64, op.lab << 12n) | (capsUnwrapped << 9n) | ((op.xc & 3n) << 7n) | (op.len & 127n);
}

function syscallNumber(op: Op): Word {
  switch (op.kind) {
    case "UnknownSyscall":
      return toWord(op.sysno);
    case "Load":
    case "Store":
    case "Illegal":
    case "Spin":
      return ZERO;
    default:
      return toWord(BigInt(SYSCALL_NUMBER[op.kind]));
  }
}

function wordsToBytes(count: number, word: (n: number) => bigint): Uint8Array {
  const bytes = new Uint8Array(count * 8);
  const view = new DataView(bytes.buffer);
  for (let n = 0; n < count; n++) {
    const value = word(n);
    if (value !== 0n) view.setBigUint64(n * 8, value, true);
  }
  return bytes;
}
