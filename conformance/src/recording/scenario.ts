/**
 * A recorded scenario: what four threads are to do (the input), and what the real kernel did (the output).
 * The format is described in ../../FORMAT.md; field names are the format's.
 */
import type { JsonWord } from "./word.js";

/** System calls that an op names. */
export const SYSCALLS = [
  "Call",
  "Send",
  "NBSend",
  "Recv",
  "NBRecv",
  "Wait",
  "NBWait",
  "ReplyRecv",
  "NBSendRecv",
  "NBSendWait",
  "Yield",
  "DebugCapIdentify",
] as const;
export type SyscallName = (typeof SYSCALLS)[number];

/** What an op does: one of the named system calls, an ecall with any number, or a step that needs no kernel. */
export type OpKind = SyscallName | "UnknownSyscall" | "Load" | "Store" | "Illegal" | "Spin";

/** One user-level step of a thread. Words that the recording leaves out are 0. */
export interface Op {
  /** The recording's name of the op; for display only. */
  readonly name: string;
  readonly kind: OpKind;
  readonly c: bigint;
  readonly dest: bigint;
  readonly reply: bigint;
  readonly lab: bigint;
  readonly mr: readonly bigint[];
  readonly len: bigint;
  readonly caps: readonly bigint[];
  readonly xc: bigint;
  /** receiveCNode, receiveIndex, receiveDepth. */
  readonly rx: readonly bigint[];
  readonly sysno: bigint;
  /** MR0 is the address behind the instruction of the last fault that this thread was told of. */
  readonly ip4: boolean;
}

export const THREADS = 4;

export interface Scenario {
  readonly id: string;
  readonly suite: string;
  readonly desc: string;
  /** One value a thread. */
  readonly prio: readonly number[];
  readonly mcp: readonly number[];
  readonly budgetUs: readonly number[];
  readonly periodUs: readonly number[];
  /** What the observer waits after all threads have blocked, in microseconds. */
  readonly settleUs: number;
  readonly ops: readonly (readonly Op[])[];
}

/** The result of one op; a field that is absent is 0 or empty. `null` in `m` is a masked word. */
export type Result = Readonly<Record<string, unknown>>;

export interface LogEntry {
  readonly thread: number;
  readonly op: number;
  readonly result: Result;
}

export interface Output {
  readonly log: readonly LogEntry[];
  readonly started: readonly number[];
  readonly done: readonly number[];
  /** Slot number -> type of the capability in it. */
  readonly final: Readonly<Record<string, string>>;
}

export interface Recording {
  readonly scenario: Scenario;
  readonly output: Output;
}

/** A result as ours: every field that is there has the format's type. */
export interface ObservedResult {
  b?: JsonWord;
  st?: 1;
  lab?: JsonWord;
  len?: number;
  xc?: number;
  cu?: number;
  m?: JsonWord[];
  cb?: (JsonWord | null)[];
  v?: JsonWord;
  ty?: string;
  a0?: JsonWord;
}
