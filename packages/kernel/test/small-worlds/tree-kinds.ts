/**
 * The small universes of capabilities that are explored: memory of a certain size, what may be made of it, and the
 * arguments that operations are tried with.
 */
import type { Kind, Operation, TreeModel } from "./tree-model.js";

export interface Universe {
  readonly name: string;
  /** The first capability: untyped memory, or an object alone. */
  readonly first: Kind;
  /** log2 bytes of that memory, or of the object where it may be chosen. */
  readonly memoryBits: number;
  /** What Retype is asked for, with the size of untyped memory. */
  readonly made: readonly { readonly kind: Kind; readonly bits: number }[];
  /** Masks of rights for Copy and Mint; the first one is that of most operations. */
  readonly rights: readonly number[];
  /** Badges or guards for Mint, Mutate and Rotate. */
  readonly data: readonly number[];
  /** Most capabilities at a time. */
  readonly caps: number;
  /** How many trees there are, and how many operations were tried on them. */
  readonly trees: number;
  readonly worlds: number;
}

/** Slots of the table that capabilities lie in; one more than there are capabilities is always free, and one beyond. */
export const SLOTS = 8;

/**
 * Every operation on a tree. Free slots are alike: where one is to be empty the first free one stands for all, and the
 * second one beside it where there are to be two. That a destination is in use is found before the source is looked at:
 * on trees of the largest size this is tried with every destination, but from one source only; smaller ones have all.
 */
export function operationsOn(model: TreeModel, universe: Universe): Operation[] {
  const used = model.nodes.map(({ slot }) => slot).sort((a, b) => a - b);
  const free = Array.from({ length: SLOTS }, (_, slot) => slot).filter((slot) => !used.includes(slot));
  const slots = [...used, free[0]!];
  const isLargest = used.length === universe.caps;
  const all: Operation[] = [];
  for (const slot of slots) {
    for (const op of ["delete", "revoke", "cancelBadgedSends"] as const) all.push({ op, slot });
    all.push(...transfers(slot, isLargest && slot !== slots[0] ? slots.slice(-1) : slots, universe));
  }
  for (const { slot, kind } of model.nodes) {
    if (kind !== "untyped") continue;
    for (const made of universe.made) for (const dest of slots) all.push({ op: "retype", slot, ...made, dest });
  }
  for (const operation of rotations([...slots, free[1]!], universe)) {
    const { dest, source, pivot } = operation;
    const isRefused = source !== dest && used.includes(dest);
    if (!isLargest || !isRefused || (source === slots[0] && pivot === slots.at(-1))) all.push(operation);
  }
  return all;
}

/** From `source` to everywhere; where the destination is in use other arguments do not matter. */
function transfers(source: number, dests: readonly number[], universe: Universe): Operation[] {
  const all: Operation[] = [];
  const [anyRights, anyData] = [universe.rights[0]!, universe.data[0]!];
  for (const dest of dests) {
    const isFree = dest === dests.at(-1);
    all.push({ op: "move", source, dest });
    for (const rights of isFree ? universe.rights : [anyRights]) {
      all.push({ op: "copy", source, dest, rights });
      for (const data of isFree ? universe.data : [anyData]) all.push({ op: "mint", source, dest, rights, data });
    }
    for (const data of isFree ? universe.data : [anyData]) all.push({ op: "mutate", source, dest, data });
  }
  return all;
}

type Rotation = Operation & { readonly op: "rotate" };

function rotations(slots: readonly number[], { first, data, made }: Universe): Rotation[] {
  const all: Rotation[] = [];
  // A word matters to guards alone.
  const hasGuards = first === "cnode" || made.some(({ kind }) => kind === "cnode");
  const [low, high] = hasGuards ? [data[0]!, data.at(-1)!] : [0, 0];
  const words =
    low === high ? [[low, low] as const] : [[low, low] as const, [low, high] as const, [high, low] as const];
  for (const dest of slots) {
    for (const pivot of slots) {
      for (const source of slots) {
        for (const [pivotData, sourceData] of words) {
          all.push({ op: "rotate", dest, pivot, source, pivotData, sourceData });
        }
      }
    }
  }
  return all;
}

const ALL = 15;
const WRITE = 1;
const READ = 2;
const NONE = 0;
/** A guard of one bit, and one that leaves no room for the slots of a CNode. */
const GUARD = 1;
const TOO_LONG = 63;

const endpoint = { kind: "endpoint", bits: 0 } as const;
const none = { memoryBits: 0, made: [] } as const;
const any = { rights: [ALL], data: [0] } as const;

export const UNIVERSES: readonly Universe[] = [
  {
    name: "an endpoint and a badge",
    ...{ first: "endpoint", ...none, rights: [ALL], data: [0, 1], caps: 5 },
    ...{ trees: 1861, worlds: 438_573 },
  },
  {
    name: "an endpoint and two badges",
    ...{ first: "endpoint", ...none, rights: [ALL], data: [0, 1, 2], caps: 4 },
    ...{ trees: 695, worlds: 122_955 },
  },
  {
    name: "an endpoint, its rights and a badge",
    ...{ first: "endpoint", ...none, rights: [ALL, ALL - WRITE], data: [0, 1], caps: 3 },
    ...{ trees: 324, worlds: 40_376 },
  },
  {
    name: "memory, an endpoint of it and a badge",
    ...{ first: "untyped", memoryBits: 4, made: [endpoint], rights: [ALL], data: [0, 1], caps: 4 },
    ...{ trees: 458, worlds: 77_110 },
  },
  {
    name: "memory in memory, and endpoints of it",
    ...{ first: "untyped", memoryBits: 5, made: [{ kind: "untyped", bits: 4 }, endpoint], ...any, caps: 5 },
    ...{ trees: 1090, worlds: 288_272 },
  },
  {
    name: "a notification, its rights and a badge",
    ...{ first: "notification", ...none, rights: [ALL, READ], data: [0, 1], caps: 3 },
    ...{ trees: 324, worlds: 40_376 },
  },
  {
    name: "memory, frames of it and their rights",
    ...{ first: "untyped", memoryBits: 13, made: [{ kind: "frame", bits: 0 }] },
    ...{ rights: [ALL, READ, WRITE], data: [0], caps: 3 },
    ...{ trees: 180, worlds: 21_676 },
  },
  {
    name: "a CNode and its guards",
    ...{ first: "cnode", memoryBits: 2, made: [], rights: [ALL], data: [0, GUARD, TOO_LONG], caps: 5 },
    ...{ trees: 125, worlds: 66_807 },
  },
  {
    name: "a reply object and its right",
    ...{ first: "reply", ...none, rights: [ALL, NONE], data: [0], caps: 5 },
    ...{ trees: 94, worlds: 21_686 },
  },
  {
    name: "a thread",
    ...{ first: "tcb", ...none, ...any, caps: 5 },
    ...{ trees: 11, worlds: 1793 },
  },
  {
    name: "a scheduling context",
    ...{ first: "schedContext", memoryBits: 7, made: [], ...any, caps: 5 },
    ...{ trees: 11, worlds: 1793 },
  },
  {
    name: "memory and page tables that are not mapped",
    ...{ first: "untyped", memoryBits: 13, made: [{ kind: "pageTable", bits: 0 }], ...any, caps: 5 },
    ...{ trees: 28, worlds: 5370 },
  },
];
