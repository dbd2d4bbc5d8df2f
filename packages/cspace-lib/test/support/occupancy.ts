/** What the bitmaps of a CSpace say, beside what the kernel has in its slots. */
import { loadPair, type Thread } from "@tessera/hal-sim/isa";
import type { WorldHost } from "@tessera/testing";
import { BOT_LVL_PER_NODE, bf_get_bit, CNODE_SLOTS, type cspace_t } from "../../src/index.js";

type Kernel = WorldHost["kernel"];
type Snapshot = ReturnType<Kernel["snapshot"]>;

const BOT_LVL_SLOTS = CNODE_SLOTS(12);

/**
 * Every slot that is lost (taken, though the kernel has nothing in it) or dangles (free, though it has), as a sentence.
 * The slots that a CSpace reserves are neither. For a CSpace that the root task made or runs on.
 */
export function* lostSlots(c: cspace_t, kernel: Kernel): Thread<string[]> {
  const taken = yield* takenSlots(c);
  const held = heldSlots(c, kernel);
  const reserved = new Set([0, ...c.watermark, ...(c.two_level && c.bootstrap !== null ? [5] : [])]);
  const lost = [...taken].filter((slot) => !held.has(slot) && !reserved.has(slot));
  const dangling = [...held.keys()].filter((slot) => !taken.has(slot));
  return [
    ...lost.map((slot) => `slot ${slot} is taken and holds nothing`),
    ...dangling.map((slot) => `slot ${slot} is free and holds a capability: ${held.get(slot)}`),
  ];
}

/** The slots whose bits are set; loaded from simulated memory where they lie there. */
function* takenSlots(c: cspace_t): Thread<Set<number>> {
  const taken = new Set<number>();
  if (!c.two_level) {
    for (let slot = 0; slot < CNODE_SLOTS(c.top_lvl_size_bits); slot++) if (bf_get_bit(c.top_bf, slot)) taken.add(slot);
    return taken;
  }
  for (let top = 0; top < c.bot_lvl_untypeds.length; top++) {
    const { vaddr } = c.bot_lvl_nodes[Math.floor(top / BOT_LVL_PER_NODE)]!;
    for (let word = 0; word < 2; word++) {
      const { low, high } = yield* loadPair(vaddr + (top % BOT_LVL_PER_NODE) * 24 + word * 8);
      for (let bit = 0; bit < 64; bit++) {
        const half = bit < 32 ? low : high;
        if ((half >>> (bit % 32)) & 1) taken.add(top * BOT_LVL_SLOTS + word * 64 + bit);
      }
    }
  }
  return taken;
}

/** Kinds of the capabilities in a CSpace, by slot. */
export function heldSlots(c: cspace_t, kernel: Kernel): Map<number, string> {
  const snapshot = kernel.snapshot();
  const rootTasks = kernel.state.rootCNode!.id;
  const inside = capabilitiesByHome(snapshot);
  const root = c.bootstrap === null ? rootTasks : inside.get(rootTasks)!.get(c.root_cnode)!.object;
  const held = new Map<number, string>();
  for (const [top, cap] of inside.get(root) ?? []) {
    if (!c.two_level) held.set(top, cap.kind);
    else for (const [bottom, { kind }] of inside.get(cap.object) ?? []) held.set(top * BOT_LVL_SLOTS + bottom, kind);
  }
  return held;
}

type Capability = Snapshot["capabilities"][number];

function capabilitiesByHome(snapshot: Snapshot): Map<number, Map<number, Capability>> {
  const homes = new Map<number, Map<number, Capability>>();
  for (const cap of snapshot.capabilities) {
    const known = homes.get(cap.home);
    if (known === undefined) homes.set(cap.home, new Map([[cap.index, cap]]));
    else known.set(cap.index, cap);
  }
  return homes;
}
