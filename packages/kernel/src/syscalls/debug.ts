/**
 * System calls of a debug build. They return straight to the caller: no budget check, no scheduling, no time stamp.
 */
import { Register } from "@tessera/hal-sim/isa";
import {
  CapTag,
  seL4_SysDebugCapIdentify,
  seL4_SysDebugDumpScheduler,
  seL4_SysDebugHalt,
  seL4_SysDebugNameThread,
  seL4_SysDebugPutChar,
  seL4_SysDebugSnapshot,
} from "@tessera/libsel4/abi";
import type { Cap } from "../caps/cap.js";
import { lookupSlot } from "../caps/lookup.js";
import { print } from "../faults/console.js";
import { LookupFailure } from "../model/result.js";
import type { KernelState } from "../model/state.js";
import { threadTable } from "../sched/thread-table.js";
import { findBuffer } from "../threads/ipc-buffer.js";
import { nameThread, printable } from "../threads/object-name.js";
import type { Tcb } from "../threads/tcb.js";
import { registerHigh, registerLow, setRegister } from "../threads/user-registers.js";

/** Bytes of a name, its terminating NUL included, that fit the message words. */
const MAX_NAME_BYTES = 960;

/** Serve debug call `number`; false when there is no such call. */
export function debugCall(k: KernelState, current: Tcb, number: number): boolean {
  switch (number) {
    case seL4_SysDebugPutChar:
      k.machine.putDebugChar(registerLow(k, current, Register.a0) & 0xff);
      return true;
    case seL4_SysDebugDumpScheduler:
      print(k, `${threadTable(k)}\n`);
      return true;
    case seL4_SysDebugHalt:
      k.machine.halt(`thread "${current.name}" called seL4_DebugHalt`);
      return true;
    case seL4_SysDebugCapIdentify:
      setRegister(k, current, Register.a0, identify(k, current), 0);
      return true;
    case seL4_SysDebugSnapshot:
      snapshot(k);
      return true;
    case seL4_SysDebugNameThread:
      nameThreadAt(k, current);
      return true;
    default:
      return false;
  }
}

/** The tag of the capability at the address in a0; 0 when there is none. */
function identify(k: KernelState, current: Tcb): number {
  const slot = lookupSlot(
    current.cspace.cap,
    registerLow(k, current, Register.a0),
    registerHigh(k, current, Register.a0),
  );
  return slot instanceof LookupFailure ? CapTag.null : slot.cap.type;
}

/** Name the thread whose TCB is at the address in a0 by the NUL-terminated bytes in the message words. */
function nameThreadAt(k: KernelState, current: Tcb): void {
  const space = current.cspace.cap;
  const slot = lookupSlot(space, registerLow(k, current, Register.a0), registerHigh(k, current, Register.a0));
  if (slot instanceof LookupFailure || slot.cap.type !== CapTag.thread) {
    k.machine.halt(`seL4_DebugNameThread by "${current.name}": the capability is not a TCB`);
    return;
  }
  const buffer = findBuffer(k, current, false);
  const name = buffer < 0 ? null : readName(k, buffer);
  if (name === null) {
    k.machine.halt(
      `seL4_DebugNameThread by "${current.name}": no name ends within ${MAX_NAME_BYTES} bytes of its buffer`,
    );
    return;
  }
  nameThread(k, slot.cap.object, printable(name));
}

function readName(k: KernelState, buffer: number): string | null {
  let name = "";
  for (let i = 0; i < MAX_NAME_BYTES; i++) {
    const byte = ((k.words[buffer + 2 + (i >>> 2)] as number) >>> (8 * (i & 3))) & 0xff;
    if (byte === 0) return name;
    name += String.fromCharCode(byte);
  }
  return null;
}

/** What every thread's CSpace root holds: slot, tag, object. */
function snapshot(k: KernelState): void {
  for (const tcb of k.threads) {
    const { cap } = tcb.cspace;
    if (cap.type !== CapTag.cnode) continue;
    print(k, `cspace of ${tcb.name}: cnode_${cap.object.id}${called(k, cap)} (${cap.object.radix} bits)\n`);
    for (const [index, slot] of [...cap.object.occupied()].sort(([a], [b]) => a - b)) {
      print(
        k,
        `  0x${index.toString(16)}: cap type ${slot.cap.type}, object ${slot.cap.object?.id ?? 0}${called(k, slot.cap)}\n`,
      );
    }
  }
}

function called(k: KernelState, cap: Cap): string {
  const name = cap.object === null ? "" : k.trace.nameOf(cap.object.id);
  return name === "" ? "" : ` "${name}"`;
}
