/**
 * A cell: a CNode full of capabilities of every kind, in which hostile programs run. What they do there must not reach
 * whoever made it. Its slots are addresses for the programs in it.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_AllRights,
  seL4_ASIDPoolBits,
  seL4_CapASIDControl,
  seL4_CapDomain,
  seL4_CapInitThreadASIDPool,
  seL4_CapIRQControl,
  seL4_CNode_CapData_new,
  seL4_CNode_Copy,
  seL4_CNode_Mint,
  seL4_CNode_Move,
  type seL4_CPtr,
  seL4_EndpointObject,
  seL4_IRQControl_Get,
  seL4_NotificationObject,
  seL4_ReplyObject,
  seL4_RISCV_4K_Page,
  seL4_RISCV_ASIDPool_Assign,
  seL4_RISCV_PageTableObject,
  seL4_SchedContextObject,
  seL4_TCBObject,
  seL4_UntypedObject,
  seL4_WordBits,
} from "@tessera/libsel4";
import type { Cell } from "./hostile-call.js";
import { type Kit, must } from "./kit.js";

const CELL_BITS = 8;
const CELL_ROOT = 1;

/** A cell being furnished. */
export class CellBuilder {
  readonly kit: Kit;
  /** The CNode with the guard that makes slot numbers addresses. */
  readonly cspace: number;
  readonly byKind: Record<string, number[]> = { root: [CELL_ROOT], cnode: [CELL_ROOT] };
  #next = CELL_ROOT;

  constructor(kit: Kit, cspace: number) {
    this.kit = kit;
    this.cspace = cspace;
  }

  /** Put a copy of `source` into the cell. */
  *copy(kind: string, source: number): Thread<number> {
    const slot = this.#take(kind);
    const { kit } = this;
    must(yield* seL4_CNode_Copy(this.cspace, slot, seL4_WordBits, kit.cnode, source, kit.depth, seL4_AllRights), kind);
    return slot;
  }

  /** Move what is in `source` into the cell. */
  *move(kind: string, source: number): Thread<number> {
    const slot = this.#take(kind);
    const { kit } = this;
    must(yield* seL4_CNode_Move(this.cspace, slot, seL4_WordBits, kit.cnode, source, kit.depth), kind);
    return slot;
  }

  *mint(kind: string, source: number, badge: number): Thread {
    const slot = this.#take(kind);
    const { kit } = this;
    const rights = seL4_AllRights;
    must(yield* seL4_CNode_Mint(this.cspace, slot, seL4_WordBits, kit.cnode, source, kit.depth, rights, badge), kind);
  }

  /** Fresh objects whose original capabilities go into the cell. */
  *fill(kind: string, type: number, sizeBits: number, count: number): Thread {
    for (let i = 0; i < count; i++) yield* this.move(kind, yield* this.kit.make(type, sizeBits));
  }

  cell(): Cell {
    const { tcb = [], notification = [] } = this.byKind;
    return {
      slots: 2 ** CELL_BITS,
      root: CELL_ROOT,
      byKind: { ...this.byKind, tcbOrNotification: [...tcb, ...notification] },
    };
  }

  #take(kind: string): number {
    const slot = this.#next++;
    this.byKind[kind] = [...(this.byKind[kind] ?? []), slot];
    return slot;
  }
}

/** A cell with every kind of object but threads, which the caller adds. */
export function* makeCell(kit: Kit): Thread<CellBuilder> {
  const bare = yield* kit.cnodeOf(CELL_BITS);
  const cspace: seL4_CPtr<"CNode"> = yield* kit.mint(bare, seL4_CNode_CapData_new(0, seL4_WordBits - CELL_BITS));
  const cell = new CellBuilder(kit, cspace);
  yield* cell.copy("root", cspace);
  const endpoint = yield* kit.endpoint();
  for (const badge of [7, 7, 9]) yield* cell.mint("endpoint", endpoint, badge);
  yield* cell.move("endpoint", endpoint);
  yield* cell.fill("endpoint", seL4_EndpointObject, 0, 2);
  yield* cell.fill("notification", seL4_NotificationObject, 0, 3);
  yield* cell.fill("reply", seL4_ReplyObject, 0, 4);
  yield* cell.fill("cnode", 4, 4, 2);
  yield* cell.fill("sc", seL4_SchedContextObject, 8, 3);
  yield* cell.fill("untyped", seL4_UntypedObject, 14, 1);
  yield* cell.fill("untyped", seL4_UntypedObject, 10, 1);
  yield* cell.fill("untyped", seL4_UntypedObject, seL4_ASIDPoolBits, 2);
  yield* cell.fill("frame", seL4_RISCV_4K_Page, 0, 3);
  yield* cell.fill("pageTable", seL4_RISCV_PageTableObject, 0, 4);
  yield* cell.fill("tcb", seL4_TCBObject, 0, 2);
  const vspace = yield* kit.pageTable();
  must(yield* seL4_RISCV_ASIDPool_Assign(seL4_CapInitThreadASIDPool, vspace));
  yield* cell.move("vspace", vspace);
  yield* cell.copy("asidPool", seL4_CapInitThreadASIDPool);
  yield* cell.copy("asidControl", seL4_CapASIDControl);
  yield* cell.copy("domain", seL4_CapDomain);
  yield* cell.copy("schedControl", kit.bootinfo.schedcontrol.start);
  const handler = kit.slots();
  must(yield* seL4_IRQControl_Get(seL4_CapIRQControl, 10, kit.cnode, handler, kit.depth));
  yield* cell.move("irqHandler", handler);
  yield* cell.move("irqControl", seL4_CapIRQControl);
  return cell;
}
