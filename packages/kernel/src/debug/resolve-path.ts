/** How an address resolves, told step by step. Walks as caps/lookup.ts does, and says what each level compared. */
import { CapTag, seL4_WordBits } from "@tessera/libsel4/abi";
import type { Cap, CNodeCap } from "../caps/cap.js";
import type { Slot } from "../caps/slot.js";
import { maskHigh, maskLow, shiftedHigh, shiftedLow } from "../model/word.js";
import { hexPair } from "../model/word-text.js";
import { type Tcb, TcbSlot } from "../threads/tcb.js";
import type { ObjectNames } from "./object-names.js";

/** A step in words, told when somebody reads it: finding names is long work. */
export type Step = () => string;

export interface ResolvedPath {
  readonly steps: readonly Step[];
  /** Where it ended; null when it failed on the way. */
  readonly slot: Slot | null;
}

/** A capability address of `tcb`. */
export function resolveFrom(names: ObjectNames, tcb: Tcb, lo: number, hi: number): ResolvedPath {
  return resolvePath(names, tcb.slot(TcbSlot.CSpace).cap, lo, hi, seL4_WordBits);
}

/** The low `bits` bits of an address, from `root`. */
export function resolvePath(names: ObjectNames, root: Cap, lo: number, hi: number, bits: number): ResolvedPath {
  if (root.type !== CapTag.cnode) {
    return { steps: [() => `the root of ${hexPair(lo, hi)} is no CNode but ${names.cap(root)}`], slot: null };
  }
  const steps: Step[] = [];
  const inside: number[] = [];
  let cnode: CNodeCap = root;
  let left = bits;
  for (;;) {
    const { guardSize, object } = cnode;
    const name = nameWithin(names, root.object.id, [...inside]);
    const guard = guardStep(cnode, lo, hi, left);
    const levelBits = guardSize + object.radix;
    if (guard.fails || levelBits > left) {
      const why = guard.fails ? guard.text : `it takes ${levelBits} bits, but ${left} are left`;
      steps.push(() => `${name()}: ${why}`);
      return { steps, slot: null };
    }
    left -= levelBits;
    const rest = left === 0 ? "" : `, ${left} bits left`;
    const index = (shiftedLow(lo, hi, left) & maskLow(object.radix)) >>> 0;
    const slot = object.slot(index);
    const { cap } = slot;
    steps.push(() => `${name()}: ${guard.text}${object.radix} bits -> slot ${index}${rest}`);
    if (left === 0 || cap.type !== CapTag.cnode) {
      steps.push(() => (cap.type === CapTag.null ? `slot ${index} is empty` : `slot ${index} holds ${names.cap(cap)}`));
      return { steps, slot };
    }
    cnode = cap;
    inside.push(index);
  }
}

/** A CNode by the way to it: that of the root, and the slots gone through. */
function nameWithin(names: ObjectNames, root: number, inside: readonly number[]): Step {
  return () => {
    const name = names.object(CapTag.cnode, root);
    const way = inside.map((index) => `/${index}`).join("");
    return name.endsWith("`") ? `${name.slice(0, -1)}${way}\`` : `${name}${way}`;
  };
}

interface GuardStep {
  readonly fails: boolean;
  readonly text: string;
}

function guardStep(cnode: CNodeCap, lo: number, hi: number, left: number): GuardStep {
  const { guardSize: size, guardLo, guardHi } = cnode;
  if (size === 0) return { fails: false, text: "" };
  if (size > left) return { fails: true, text: `its guard has ${size} bits, but ${left} are left` };
  const foundLo = shiftedLow(lo, hi, left - size) & maskLow(size);
  const foundHi = shiftedHigh(hi, left - size) & maskHigh(size);
  if (foundLo === guardLo && foundHi === guardHi) return { fails: false, text: `guard of ${size} bits matched, ` };
  const guard = hexPair(guardLo, guardHi);
  return {
    fails: true,
    text: `its guard is ${guard} (${size} bits), the address has ${hexPair(foundLo, foundHi)} there`,
  };
}
