/**
 * Making objects in the memory of an untyped: the first capability to each, in its initial state (manual, section
 * "Object sizes", and seL4_Untyped_Retype).
 */
import {
  objectSizeBits,
  seL4_CapTableObject,
  seL4_EndpointObject,
  seL4_NotificationObject,
  seL4_ReplyObject,
  seL4_RISCV_4K_Page,
  seL4_RISCV_Giga_Page,
  seL4_RISCV_Mega_Page,
  seL4_RISCV_PageTableObject,
  seL4_SchedContextObject,
  seL4_TCBObject,
  seL4_UntypedObject,
} from "@tessera/libsel4/abi";
import {
  type Cap,
  cnodeCap,
  endpointCap,
  frameCap,
  notificationCap,
  pageTableCap,
  replyCap,
  schedContextCap,
  tcbCap,
  untypedCap,
} from "../caps/cap.js";
import { CNode } from "../caps/cnode.js";
import { Right, VmRights } from "../caps/rights.js";
import { Endpoint } from "../ipc/endpoint.js";
import { Notification } from "../ipc/notification.js";
import { Reply } from "../ipc/reply.js";
import { KernelAssertion } from "../model/assert.js";
import { KernelEvent } from "../model/events.js";
import { type KernelState, newId } from "../model/state.js";
import { Tcb } from "../threads/tcb.js";
import { SchedContext } from "../time/sched-context.js";
import { PageTable } from "./page-table.js";
import { Region } from "./region.js";

export function isFrameType(type: number): boolean {
  return type === seL4_RISCV_Giga_Page || type === seL4_RISCV_Mega_Page || type === seL4_RISCV_4K_Page;
}

/** Make one object of `type` at `paddr`. `untypedId` is whose memory it takes, for the trace. */
export function createObject(
  k: KernelState,
  type: number,
  paddr: number,
  sizeBits: number,
  isDevice: boolean,
  untypedId: number,
): Cap {
  const cap = newCap(k, type, paddr, sizeBits, isDevice);
  const bits = objectSizeBits(type, sizeBits);
  const kib = Math.floor(paddr / 1024) | 0;
  k.trace.emit(KernelEvent.Created, cap.object === null ? 0 : cap.object.id, cap.type, bits, untypedId, kib, 0);
  return cap;
}

function newCap(k: KernelState, type: number, paddr: number, sizeBits: number, isDevice: boolean): Cap {
  const id = newId(k);
  switch (type) {
    case seL4_UntypedObject:
      return untypedCap(new Region(id, paddr, sizeBits, isDevice), 0);
    case seL4_TCBObject:
      return tcbCap(newTcb(k, id, paddr));
    case seL4_EndpointObject:
      return endpointCap(new Endpoint(id, paddr), Right.All, 0, 0);
    case seL4_NotificationObject:
      return notificationCap(new Notification(id, paddr), Right.Write | Right.Read, 0, 0);
    case seL4_CapTableObject:
      return cnodeCap(new CNode(id, paddr, sizeBits), 0, 0, 0);
    case seL4_SchedContextObject:
      return schedContextCap(newSchedContext(k, id, paddr, sizeBits));
    case seL4_ReplyObject:
      return replyCap(new Reply(id, paddr), Right.Grant);
    case seL4_RISCV_PageTableObject:
      return pageTableCap(new PageTable(id, paddr), 0, 0);
    default:
      if (!isFrameType(type)) throw new KernelAssertion(`an object type that was decoded exists, not ${type}`);
      return frameCap(new Region(id, paddr, objectSizeBits(type, 0), isDevice), VmRights.ReadWrite, 0, 0);
  }
}

function newSchedContext(k: KernelState, id: number, paddr: number, sizeBits: number): SchedContext {
  const sc = new SchedContext(id, paddr, sizeBits);
  k.schedContexts.add(sc);
  return sc;
}

/** Characters of its creator's name that a new thread is called after. */
const MAX_CREATOR_NAME = 32;

/** A stopped thread of the current domain, its registers zero (the memory is). */
function newTcb(k: KernelState, id: number, paddr: number): Tcb {
  const context = k.cpu.createContext(paddr);
  context.id = id;
  const creator = k.current === null ? "" : k.current.name.slice(0, MAX_CREATOR_NAME);
  const tcb = new Tcb(id, paddr, context, k.domains.current, `child of: '${creator}'`);
  k.trace.setName(id, tcb.name);
  k.threads.add(tcb);
  return tcb;
}
