/**
 * Every tree of capabilities that a universe has, under every operation, by system calls of a root task, beside the model.
 *
 * What is explored is a graph. Its nodes are what the kernel's derivation list says, whichever slots the capabilities lie
 * in and whatever two badges are called; its edges are operations. It begins with one untyped and ends when no operation
 * leads to a list of up to `caps` capabilities that was not there before. So each tree is visited once, and everything
 * that can be done to it is done; trees of one capability more are compared too, and not gone on from.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  CapTag,
  errorName,
  type seL4_CapRights_t,
  seL4_CapTableObject,
  seL4_CNode_CancelBadgedSends,
  seL4_CNode_Copy,
  seL4_CNode_Delete,
  seL4_CNode_Mint,
  seL4_CNode_Move,
  seL4_CNode_Mutate,
  seL4_CNode_Revoke,
  seL4_CNode_Rotate,
  seL4_EndpointObject,
  type seL4_Error,
  seL4_NotificationObject,
  seL4_ReplyObject,
  seL4_RISCV_4K_Page,
  seL4_RISCV_PageTableObject,
  seL4_SchedContextObject,
  seL4_TCBObject,
  seL4_Untyped_Retype,
  seL4_UntypedObject,
} from "@tessera/libsel4";
import type { Cap } from "../../src/caps/cap.js";
import { hasChildren, isFinal, isParentOf } from "../../src/caps/mdb.js";
import { VmRights } from "../../src/caps/rights.js";
import type { Slot } from "../../src/caps/slot.js";
import type { Kernel } from "../../src/kernel.js";
import { type Kit, must } from "../support/kit.js";
import { watchedScene } from "../support/scene.js";
import { operationsOn, SLOTS, type Universe } from "./tree-kinds.js";
import { type Kind, type Node, type Operation, TreeModel } from "./tree-model.js";

const OBJECT_TYPE: Readonly<Record<Kind, number>> = {
  untyped: seL4_UntypedObject,
  endpoint: seL4_EndpointObject,
  notification: seL4_NotificationObject,
  frame: seL4_RISCV_4K_Page,
  cnode: seL4_CapTableObject,
  tcb: seL4_TCBObject,
  schedContext: seL4_SchedContextObject,
  reply: seL4_ReplyObject,
  pageTable: seL4_RISCV_PageTableObject,
};
const KIND_NAMES: Readonly<Record<number, Kind>> = {
  [CapTag.endpoint]: "endpoint",
  [CapTag.notification]: "notification",
  [CapTag.thread]: "tcb",
  [CapTag.schedContext]: "schedContext",
  [CapTag.pageTable]: "pageTable",
};
const FRAME_RIGHTS: Readonly<Record<number, number>> = {
  [VmRights.KernelOnly]: 0,
  [VmRights.ReadOnly]: 2,
  [VmRights.ReadWrite]: 3,
};
/** Enough for the first capability of every universe. */
const MEMORY_BITS = 13;
/** More kernel entries than any universe takes. */
const EVENTS = 20_000_000;

export interface Count {
  trees: number;
  worlds: number;
}

/** Explore all of `universe` on a kernel that `plant` may have broken; throws the first world that differs. */
export function exploreTrees(
  universe: Universe,
  newModel: () => TreeModel = () => new TreeModel(),
  plant: (kernel: Kernel) => void = () => {},
): Count {
  const count = { trees: 0, worlds: 0 };
  watchedScene(
    function* (kit, kernel) {
      // Most of what is tried is refused, and nobody asks why.
      kernel().state.explainer = null;
      plant(kernel());
      yield* new Explorer(kit, kernel(), universe, newModel).explore(count);
    },
    () => ({}),
    { kernel: { checkInvariants: false }, limit: { events: EVENTS } },
  );
  return count;
}

/** A tree still to be tried, and how it was grown. */
interface Grown {
  readonly path: readonly Operation[];
  readonly model: TreeModel;
}

interface SavedSlot {
  readonly slot: Slot;
  readonly cap: Cap;
  readonly prev: Slot | null;
  readonly next: Slot | null;
  readonly revocable: boolean;
  readonly firstBadged: boolean;
}

class Explorer {
  readonly #kit: Kit;
  readonly #universe: Universe;
  readonly #newModel: () => TreeModel;
  /** The first of the root CNode's slots that the capabilities lie in, and these slots. */
  readonly #base: number;
  readonly #slots: readonly Slot[];
  /** The memory that holds all of them. */
  readonly #memory: number;
  readonly #memorySlot: Slot;

  constructor(kit: Kit, { state: { rootCNode } }: Kernel, universe: Universe, newModel: () => TreeModel) {
    this.#kit = kit;
    this.#universe = universe;
    this.#newModel = newModel;
    const base = kit.slots(SLOTS);
    this.#base = base;
    this.#slots = Array.from({ length: SLOTS }, (_, i) => rootCNode!.slot(base + i));
    this.#memory = kit.untypedOf(MEMORY_BITS, [kit.memory]).slot;
    this.#memorySlot = rootCNode!.slot(this.#memory);
  }

  *explore(count: Count): Thread {
    const queue: Grown[] = [{ path: [], model: yield* this.#grow([]) }];
    const seen = new Set([this.#key()]);
    for (const { path, model } of queue) {
      count.trees++;
      yield* this.#grow(path);
      const before = this.#key();
      const list = this.#saved();
      let isGrown = true;
      for (const operation of operationsOn(model, this.#universe)) {
        if (!isGrown) this.#restore(list);
        const after = model.copyOfItself();
        const outcome = after.apply(operation);
        count.worlds++;
        const found = errorName(yield* this.#perform(operation)).replace(/^seL4_/, "");
        this.#expect(found, outcome, "the outcome", [...path, operation]);
        const key = this.#key();
        isGrown = outcome !== "NoError";
        if (isGrown) {
          this.#expect(key, before, "a refused operation changes nothing: the list", [...path, operation]);
          continue;
        }
        this.#compare(after, [...path, operation]);
        if (after.nodes.length <= this.#universe.caps && !seen.has(key)) {
          seen.add(key);
          queue.push({ path: [...path, operation], model: after });
        }
      }
    }
  }

  /** Begin anew and do what `path` says. */
  *#grow(path: readonly Operation[]): Thread<TreeModel> {
    const { cnode, depth } = this.#kit;
    const { first, memoryBits } = this.#universe;
    must(yield* seL4_CNode_Revoke(cnode, this.#memory, depth));
    must(yield* seL4_Untyped_Retype(this.#memory, OBJECT_TYPE[first], memoryBits, cnode, 0, 0, this.#base, 1));
    const model = this.#newModel();
    model.begin(0, first, memoryBits);
    for (const operation of path) {
      yield* this.#perform(operation);
      model.apply(operation);
    }
    return model;
  }

  /** What the slots hold now. A list that was grown by system calls is put back as it was, to try the next operation. */
  #saved(): readonly SavedSlot[] {
    return [this.#memorySlot, ...this.#slots].map((slot) => {
      const { cap, prev, next, revocable, firstBadged } = slot;
      return { slot, cap, prev, next, revocable, firstBadged };
    });
  }

  #restore(list: readonly SavedSlot[]): void {
    for (const { slot, cap, prev, next, revocable, firstBadged } of list) {
      slot.cap = cap;
      slot.prev = prev;
      slot.next = next;
      slot.revocable = revocable;
      slot.firstBadged = firstBadged;
    }
  }

  *#perform(o: Operation): Thread<seL4_Error> {
    const { cnode, depth } = this.#kit;
    const at = (slot: number) => this.#base + slot;
    switch (o.op) {
      case "copy":
        return yield* seL4_CNode_Copy(cnode, at(o.dest), depth, cnode, at(o.source), depth, rightsOf(o.rights));
      case "mint": {
        const source = [cnode, at(o.source), depth] as const;
        return yield* seL4_CNode_Mint(cnode, at(o.dest), depth, ...source, rightsOf(o.rights), o.data);
      }
      case "move":
        return yield* seL4_CNode_Move(cnode, at(o.dest), depth, cnode, at(o.source), depth);
      case "mutate":
        return yield* seL4_CNode_Mutate(cnode, at(o.dest), depth, cnode, at(o.source), depth, o.data);
      case "rotate": {
        const pivot = [cnode, at(o.pivot), depth, o.sourceData] as const;
        const source = [cnode, at(o.source), depth] as const;
        return yield* seL4_CNode_Rotate(cnode, at(o.dest), depth, o.pivotData, ...pivot, ...source);
      }
      case "delete":
        return yield* seL4_CNode_Delete(cnode, at(o.slot), depth);
      case "revoke":
        return yield* seL4_CNode_Revoke(cnode, at(o.slot), depth);
      case "cancelBadgedSends":
        return yield* seL4_CNode_CancelBadgedSends(cnode, at(o.slot), depth);
      case "retype": {
        const type = OBJECT_TYPE[o.kind];
        return yield* seL4_Untyped_Retype(at(o.slot), type, o.bits, cnode, 0, 0, at(o.dest), 1);
      }
    }
  }

  /** What is in the slots, who descends from whom, what is final: all as the model says. */
  #compare(model: TreeModel, path: readonly Operation[]): void {
    for (const [i, slot] of this.#slots.entries()) {
      const node = model.at(i);
      this.#expect(capText(slot.cap), node === undefined ? "nothing" : nodeText(node), `slot ${i}`, path);
      if (node === undefined) continue;
      const below = model.descendants(node).map((descendant) => descendant.slot);
      this.#expect(this.#descendants(slot).join(), below.sort((a, b) => a - b).join(), `what descends from ${i}`, path);
      this.#expect(hasChildren(slot), below.length > 0, `whether ${i} has children`, path);
      this.#expect(isFinal(slot), model.isFinal(node), `whether ${i} is the last to its object`, path);
      if (slot.next !== null) this.#expect(slot.next.prev === slot, true, `the links behind ${i}`, path);
    }
  }

  #descendants(slot: Slot): number[] {
    const found: number[] = [];
    for (let next = slot.next; next !== null && isParentOf(slot, next); next = next.next) {
      found.push(this.#slots.indexOf(next));
    }
    return found.sort((a, b) => a - b);
  }

  /** The derivation list, with flags; objects and badges are numbered as they come, so that names do not matter. */
  #key(): string {
    const objects: unknown[] = [];
    const badges: number[] = [0];
    let key = "";
    for (let slot = this.#memorySlot.next; slot !== null; slot = slot.next) {
      const { cap } = slot;
      const isBadged = cap.type === CapTag.endpoint || cap.type === CapTag.notification;
      const text = isBadged ? `${cap.type} ${cap.rights} b${numbered(badges, cap.badgeLo)}` : capText(cap);
      key += `${text} o${numbered(objects, cap.object)} ${slot.revocable ? "R" : "-"}${slot.firstBadged ? "F" : "-"};`;
    }
    return key;
  }

  #expect<T extends string | boolean>(found: T, expected: T, what: string, path: readonly Operation[]): void {
    if (found === expected) return;
    const program = path.map((operation) => `  ${JSON.stringify(operation)},`).join("\n");
    throw new Error(`${what}: the kernel has ${found}, the model ${expected}, after\n[\n${program}\n]`);
  }
}

function rightsOf(word: number): seL4_CapRights_t {
  return word as seL4_CapRights_t;
}

function numbered<T>(known: T[], one: T): number {
  const index = known.indexOf(one);
  return index < 0 ? known.push(one) - 1 : index;
}

/** A capability in words, without the object's name. */
function capText(cap: Cap): string {
  switch (cap.type) {
    case CapTag.null:
      return "nothing";
    case CapTag.untyped:
      return `untyped of 2^${cap.object.sizeBits}, ${cap.freeOffset} used`;
    case CapTag.endpoint:
    case CapTag.notification:
      return `${KIND_NAMES[cap.type]} with rights ${cap.rights}, data ${cap.badgeLo}`;
    case CapTag.reply:
      return `reply with rights ${cap.rights}, data 0`;
    case CapTag.frame:
      return `frame with rights ${FRAME_RIGHTS[cap.rights]}, data 0`;
    case CapTag.cnode:
      return `cnode with rights 0, data ${cap.guardSize + cap.guardLo * 64}`;
    default:
      return `${KIND_NAMES[cap.type]} with rights 0, data 0`;
  }
}

function nodeText({ kind, sizeBits, used, rights, data }: Node): string {
  if (kind === "untyped") return `untyped of 2^${sizeBits}, ${used} used`;
  return `${kind} with rights ${rights}, data ${data}`;
}
