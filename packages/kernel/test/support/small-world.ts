/**
 * A small world of capabilities: a few slots of the kernel and the model of what should be in them, changed together by
 * the operations of CNodes, and compared in everything that the derivation list can be asked.
 */
import { expect } from "vitest";
import { type Cap, endpointCap, untypedCap } from "../../src/caps/cap.js";
import { CNode } from "../../src/caps/cnode.js";
import { hasChildren, insertDerived, insertNew, isFinal, isParentOf } from "../../src/caps/mdb.js";
import { Right } from "../../src/caps/rights.js";
import type { Slot } from "../../src/caps/slot.js";
import { performCNode } from "../../src/invocations/cnode.js";
import { Endpoint } from "../../src/ipc/endpoint.js";
import { Region } from "../../src/memory/region.js";
import type { KernelState } from "../../src/model/state.js";
import { DerivationModel } from "./derivation-model.js";

/** How a capability was added: from slot `source`, with badge 0 a copy. */
export interface Growth {
  readonly source: number;
  readonly badge: number;
}

interface Rotation {
  readonly op: "swap" | "rotate";
  readonly slot: number;
  readonly pivot: number;
}

export type Operation = { readonly op: "delete" | "revoke" | "move"; readonly slot: number } | Rotation;

function isRotation(operation: Operation): operation is Rotation {
  return operation.op === "swap" || operation.op === "rotate";
}

const REGION_BITS = 12;
const REGION_START = 0x8040_0000;
const ENDPOINT_BYTES = 16;
const RADIX = 3;

export class SmallWorld {
  readonly slots: Slot[];
  readonly model: DerivationModel;
  readonly #k: KernelState;
  #used = 0;

  /** `hasUntyped`: the endpoint is made from an untyped, which is in slot 0; it then is in slot 1. */
  constructor(k: KernelState, size: number, hasUntyped: boolean, model = new DerivationModel()) {
    this.model = model;
    this.#k = k;
    const cnode = new CNode(3, REGION_START + 2 ** REGION_BITS, RADIX);
    this.slots = Array.from({ length: size }, (_, i) => cnode.slot(i));
    let parent: Slot | null = null;
    if (hasUntyped) {
      parent = this.#fresh();
      insertNew(parent, untypedCap(new Region(1, REGION_START, REGION_BITS, false), ENDPOINT_BYTES), null);
      this.model.create(0, true);
    }
    insertNew(this.#fresh(), endpointCap(new Endpoint(2, REGION_START), Right.All, 0, 0), parent);
    this.model.create(this.#used - 1, false, hasUntyped ? 0 : null);
  }

  /** Add a capability; false when the rules refuse it: of an untyped in use, or a second badge. */
  grow({ source, badge }: Growth): boolean {
    const from = this.slots[source]!;
    const { cap } = from;
    if (cap.type !== 4 || (badge !== 0 && cap.badgeLo !== 0)) return false;
    const copy: Cap = badge === 0 ? cap : endpointCap(cap.object, cap.rights, badge, 0);
    insertDerived(copy, from, this.#fresh());
    this.model.derive(source, this.#used - 1, badge);
    return true;
  }

  /** Do it here and in the model; the last slot is the free one that things move to. */
  apply(operation: Operation): void {
    const slot = this.slots[operation.slot]!;
    const free = this.slots.length - 1;
    if (operation.op === "delete") {
      expect(performCNode(this.#k, { op: "cnode-delete", slot })).toBe("done");
      this.model.delete(operation.slot);
    } else if (operation.op === "revoke") {
      expect(performCNode(this.#k, { op: "cnode-revoke", slot })).toBe("done");
      this.model.revoke(operation.slot);
    } else if (slot.isEmpty) {
      return;
    } else if (isRotation(operation)) {
      this.#rotate(operation.op, operation.slot, operation.pivot, free);
    } else if (this.slots[free]!.isEmpty) {
      performCNode(this.#k, { op: "cnode-move", source: slot, dest: this.slots[free]!, cap: slot.cap });
      this.model.move(operation.slot, free);
    }
  }

  /** Slots, occupancy, descendants, finality: all as the model says. */
  compare(): void {
    for (const [i, slot] of this.slots.entries()) {
      if (slot.isEmpty !== this.model.isEmpty(i)) expect([i, slot.isEmpty]).toEqual([i, this.model.isEmpty(i)]);
      if (slot.isEmpty) continue;
      const below = this.model.descendants(i);
      const found = this.#descendants(slot);
      if (found.join() !== below.join()) expect([i, found]).toEqual([i, below]);
      if (hasChildren(slot) !== below.length > 0) expect([i, hasChildren(slot)]).toEqual([i, below.length > 0]);
      if (isFinal(slot) !== this.model.isFinal(i)) expect([i, isFinal(slot)]).toEqual([i, this.model.isFinal(i)]);
      if (slot.next !== null && slot.next.prev !== slot) expect(slot.next.prev).toBe(slot);
    }
  }

  #rotate(op: "swap" | "rotate", source: number, pivot: number, free: number): void {
    const [from, via] = [this.slots[source]!, this.slots[pivot]!];
    const dest = op === "swap" ? source : free;
    if (via.isEmpty || (op === "rotate" && !this.slots[free]!.isEmpty) || pivot === dest) return;
    const inv = { source: from, pivot: via, dest: this.slots[dest]!, sourceCap: from.cap, pivotCap: via.cap };
    performCNode(this.#k, { op: "cnode-rotate", ...inv });
    if (op === "swap") {
      this.model.swap(source, pivot);
    } else {
      this.model.move(pivot, free);
      this.model.move(source, pivot);
    }
  }

  #descendants(slot: Slot): number[] {
    const found: number[] = [];
    for (let next = slot.next; next !== null && isParentOf(slot, next); next = next.next) {
      found.push(this.slots.indexOf(next));
    }
    return found.sort((a, b) => a - b);
  }

  #fresh(): Slot {
    return this.slots[this.#used++]!;
  }
}
