/**
 * What can be called: the eleven system calls, the debug calls, and the 46 methods of kernel objects, with the names of
 * their stubs. The first stub of a list is the call's own, the others are further spellings of it.
 */
import { CapTag, capKind, methodName, nArchInvocationLabels } from "@tessera/libsel4/abi";
import type { SyscallName } from "../recording/scenario.js";

export interface SystemCall {
  readonly name: SyscallName;
  readonly stubs: readonly string[];
  /** Kinds of objects that answer. */
  readonly answers: string;
}

const MESSAGE_TAKERS = "every object";
const SOURCES = "endpoint, notification";

export const SYSTEM_CALLS: readonly SystemCall[] = [
  { name: "Call", stubs: ["seL4_Call", "seL4_CallWithMRs"], answers: MESSAGE_TAKERS },
  { name: "ReplyRecv", stubs: ["seL4_ReplyRecv", "seL4_ReplyRecvWithMRs"], answers: `reply object; ${SOURCES}` },
  {
    name: "NBSendRecv",
    stubs: ["seL4_NBSendRecv", "seL4_NBSendRecvWithMRs"],
    answers: `${MESSAGE_TAKERS}; ${SOURCES}`,
  },
  {
    name: "NBSendWait",
    stubs: ["seL4_NBSendWait", "seL4_NBSendWaitWithMRs"],
    answers: `${MESSAGE_TAKERS}; ${SOURCES}`,
  },
  { name: "Send", stubs: ["seL4_Send", "seL4_SendWithMRs", "seL4_Signal"], answers: MESSAGE_TAKERS },
  { name: "NBSend", stubs: ["seL4_NBSend", "seL4_NBSendWithMRs"], answers: MESSAGE_TAKERS },
  { name: "Recv", stubs: ["seL4_Recv", "seL4_RecvWithMRs"], answers: SOURCES },
  { name: "NBRecv", stubs: ["seL4_NBRecv"], answers: SOURCES },
  { name: "Wait", stubs: ["seL4_Wait", "seL4_WaitWithMRs"], answers: SOURCES },
  { name: "NBWait", stubs: ["seL4_NBWait", "seL4_Poll"], answers: SOURCES },
  { name: "Yield", stubs: ["seL4_Yield"], answers: "no object" },
];

/** Of these the recordings have DebugCapIdentify alone: the others print, stop the machine or name. */
export const DEBUG_STUBS: readonly (readonly string[])[] = [
  ["seL4_DebugPutChar", "seL4_DebugPutString"],
  ["seL4_DebugDumpScheduler"],
  ["seL4_DebugHalt"],
  ["seL4_DebugCapIdentify"],
  ["seL4_DebugSnapshot"],
  ["seL4_DebugNameThread"],
];

export interface Method {
  readonly label: number;
  readonly stubs: readonly string[];
  /** The kind of object that has the method. */
  readonly object: string;
}

/** The first part of a method's name -> the object's capability type. */
const OBJECTS: Readonly<Record<string, number>> = {
  Untyped: CapTag.untyped,
  TCB: CapTag.thread,
  CNode: CapTag.cnode,
  IRQControl: CapTag.irqControl,
  IRQHandler: CapTag.irqHandler,
  DomainSet: CapTag.domain,
  SchedControl: CapTag.schedControl,
  SchedContext: CapTag.schedContext,
  PageTable: CapTag.pageTable,
  Page: CapTag.frame,
  ASIDControl: CapTag.asidControl,
  ASIDPool: CapTag.asidPool,
};

/** C's stubs for these have the architecture in their names. */
const OF_THE_ARCHITECTURE: ReadonlySet<string> = new Set(["PageTable", "Page", "ASIDControl", "ASIDPool"]);

const FURTHER_STUBS: Readonly<Record<string, readonly string[]>> = {
  SchedControl_ConfigureFlags: ["seL4_SchedControl_Configure"],
};

/** By label. */
export const METHODS: readonly Method[] = Array.from({ length: nArchInvocationLabels - 1 }, (_, n) => methodOf(n + 1));

function methodOf(label: number): Method {
  const name = methodName(label);
  const object = name.slice(0, name.indexOf("_"));
  const tag = OBJECTS[object];
  if (tag === undefined) throw new Error(`the method ${name} (label ${label}) belongs to no known object`);
  const stub = `seL4_${OF_THE_ARCHITECTURE.has(object) ? "RISCV_" : ""}${name}`;
  return { label, stubs: [stub, ...(FURTHER_STUBS[name] ?? [])], object: capKind(tag) };
}
