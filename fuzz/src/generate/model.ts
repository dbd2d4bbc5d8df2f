/**
 * What the generator believes to be in the slots of the sandbox, from the calls that it made and their results alone.
 *
 * It is cheap and may be wrong: a Revoke takes what it should by who was made from what, transfers of capabilities are
 * not followed, and a thread may be stopped between a call and its result. A call that fails casts doubt on the slots
 * it named; DebugCapIdentify settles it.
 */
import type { ObservedResult, Op } from "@tessera/conformance/recording";
import {
  CNodeCopy,
  CNodeDelete,
  CNodeMint,
  CNodeMove,
  CNodeMutate,
  CNodeRevoke,
  CNodeRotate,
  IRQIssueIRQHandler,
  RISCVASIDControlMakePool,
  RISCVIRQIssueIRQHandlerTrigger,
  RISCVPageMap,
  RISCVPageTableMap,
  RISCVPageTableUnmap,
  RISCVPageUnmap,
  seL4_CapTableObject,
  seL4_EndpointObject,
  seL4_NotificationObject,
  seL4_ReplyObject,
  seL4_RISCV_4K_Page,
  seL4_RISCV_PageTableObject,
  seL4_SchedContextObject,
  seL4_TCBObject,
  seL4_UntypedObject,
  UntypedRetype,
} from "@tessera/libsel4/abi";
import { DOMAIN_SLOT } from "../program/surroundings.js";

/** Types of capabilities as recordings name them. */
export type Kind =
  | "null"
  | "ut"
  | "ep"
  | "nt"
  | "rp"
  | "cn"
  | "tcb"
  | "sc"
  | "scc"
  | "fr"
  | "pt"
  | "irqc"
  | "irqh"
  | "asidc"
  | "asidp"
  | "dom"
  | "zom";

export const SLOTS = 256;
/** The first slot that a program may fill. */
export const FIRST_FREE = 16;
/** The notification at which threads park. */
export const PARK = 255;

export interface SlotModel {
  kind: Kind;
  /** The slot that its capability was made from; 0: none. */
  parent: number;
  /** log2 bytes of an untyped, log2 slots of a CNode. */
  bits: number;
  /** Whether one may receive by it. */
  isReadable: boolean;
  /** Where a page or page table is mapped; 0: nowhere. */
  mappedAt: number;
}

const KIND_OF_TYPE: ReadonlyMap<number, Kind> = new Map<number, Kind>([
  [seL4_UntypedObject, "ut"],
  [seL4_TCBObject, "tcb"],
  [seL4_EndpointObject, "ep"],
  [seL4_NotificationObject, "nt"],
  [seL4_CapTableObject, "cn"],
  [seL4_SchedContextObject, "sc"],
  [seL4_ReplyObject, "rp"],
  [seL4_RISCV_4K_Page, "fr"],
  [seL4_RISCV_PageTableObject, "pt"],
]);

const INITIAL: readonly Kind[] = [
  ...(["null", "cn", "pt", "tcb", "tcb", "tcb", "tcb", "sc", "sc", "sc", "sc", "ut"] as const),
  ...(["scc", "asidp", "irqc", "asidc"] as const),
];
function initialKind(slot: number, hasDomains: boolean): Kind {
  if (slot === PARK) return "nt";
  return slot === DOMAIN_SLOT && hasDomains ? "dom" : (INITIAL[slot] ?? "null");
}

const INITIAL_UNTYPED_BITS = 18;
const INITIAL_UNTYPED = 11;

const EMPTY: SlotModel = { kind: "null", parent: 0, bits: 0, mappedAt: 0, isReadable: true };
/** The bit of the rights that lets one receive. */
const READ = 2;
const MAX_DOUBTS = 8;

export class Model {
  readonly slots: SlotModel[];
  /** No slot behind this one has ever held anything, but the last two of the sandbox. */
  highest = INITIAL.length;
  /** Slots whose contents are in doubt. */
  readonly doubtful: number[] = [];

  constructor(hasDomains: boolean) {
    this.slots = Array.from({ length: SLOTS }, (_, slot) => ({
      ...{ kind: initialKind(slot, hasDomains), parent: 0, mappedAt: 0, isReadable: true },
      bits: slot === INITIAL_UNTYPED ? INITIAL_UNTYPED_BITS : 8,
    }));
  }

  kindOf(slot: number): Kind {
    return this.slots[slot]?.kind ?? "null";
  }

  /** Learn from an op and its result. */
  learn(op: Op, result: ObservedResult): void {
    if (op.kind === "DebugCapIdentify") {
      if (op.c < SLOTS && result.ty !== undefined) this.#settle(Number(op.c), result.ty as Kind);
    } else if (op.kind === "Call" && op.name !== "Call") {
      if (result.lab === undefined) this.#apply(Number(op.lab), op);
      else this.#doubt(op);
    }
  }

  #settle(slot: number, kind: Kind): void {
    const model = this.slots[slot];
    if (model === undefined || model.kind === kind) return;
    this.#set(slot, kind, 0, 0);
  }

  #doubt(op: Op): void {
    const named = [op.c, ...op.caps, ...op.mr.filter((_, n) => n === 0 || n === 2 || n === 4)];
    for (const word of named)
      if (word >= FIRST_FREE && word < SLOTS && this.doubtful.length < MAX_DOUBTS) this.doubtful.push(Number(word));
  }

  #apply(label: number, op: Op): void {
    const word = (n: number) => Number(op.mr[n] ?? 0n);
    const [a, b, c] = [word(0), word(1), word(2)];
    switch (label) {
      case UntypedRetype:
        if (op.caps[0] !== 1n || c !== 0) return;
        for (let n = 0; n < word(5); n++) this.#set(word(4) + n, KIND_OF_TYPE.get(a) ?? "null", Number(op.c), b);
        return;
      case CNodeCopy:
      case CNodeMint:
        if (this.#isFlat(op)) this.#copy(c, a, (word(4) & READ) !== 0);
        return;
      case CNodeMove:
      case CNodeMutate:
        if (this.#isFlat(op)) this.#move(c, a);
        return;
      case CNodeRotate:
        if (!this.#isFlat(op)) return;
        this.#move(word(3), a);
        this.#move(word(6), word(3));
        return;
      case CNodeDelete:
        if (op.c === 1n && b === 64) this.#clear(a);
        return;
      case CNodeRevoke:
        if (op.c === 1n && b === 64) this.#revoke(a);
        return;
      case IRQIssueIRQHandler:
        this.#set(b, "irqh", Number(op.c), 0);
        return;
      case RISCVIRQIssueIRQHandlerTrigger:
        this.#set(c, "irqh", Number(op.c), 0);
        return;
      case RISCVASIDControlMakePool:
        this.#set(a, "asidp", Number(op.caps[0] ?? 0n), 0);
        return;
      default:
        this.#applyMapping(label, op);
    }
  }

  #applyMapping(label: number, op: Op): void {
    const slot = this.slots[Number(op.c)];
    if (slot === undefined) return;
    if (label === RISCVPageMap || label === RISCVPageTableMap) slot.mappedAt = Number(op.mr[0] ?? 0n);
    if (label === RISCVPageUnmap || label === RISCVPageTableUnmap) slot.mappedAt = 0;
  }

  /** Whether a call on two slots is within the sandbox's own CNode. */
  #isFlat(op: Op): boolean {
    return op.c === 1n && op.caps.every((cap) => cap === 1n);
  }

  #set(slot: number, kind: Kind, parent: number, bits: number): void {
    if (slot <= 0 || slot >= SLOTS) return;
    this.slots[slot] = { kind, parent, bits, mappedAt: 0, isReadable: true };
    this.#reach(slot);
  }

  #reach(slot: number): void {
    if (slot > this.highest && slot < DOMAIN_SLOT) this.highest = slot;
  }

  #copy(from: number, to: number, isReadable: boolean): void {
    const source = this.slots[from];
    if (source === undefined) return;
    this.#set(to, source.kind, from, source.bits);
    const copy = this.slots[to];
    if (copy !== undefined) copy.isReadable = source.isReadable && isReadable;
  }

  #clear(slot: number): void {
    const parent = this.slots[slot]?.parent ?? 0;
    for (const other of this.slots) if (other.parent === slot) other.parent = parent;
    this.#set(slot, "null", 0, 0);
  }

  #move(from: number, to: number): void {
    const source = this.slots[from];
    if (from === to || source === undefined || to <= 0 || to >= SLOTS) return;
    this.slots[to] = source;
    this.#reach(to);
    this.slots[from] = { ...EMPTY };
    for (const other of this.slots) if (other.parent === from) other.parent = to;
  }

  #revoke(slot: number): void {
    for (let child = 1; child < SLOTS; child++) {
      if (child === slot || this.slots[child]?.parent !== slot) continue;
      this.slots[child] = { ...EMPTY };
      this.#revoke(child);
    }
  }
}
