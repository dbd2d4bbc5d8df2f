/**
 * The second level's bitmaps, in simulated memory.
 *
 * A page of book-keeping holds BOT_LVL_PER_NODE entries, one for each CNode of 128 slots:
 *
 *     byte 0, 8   128 bits, two words, set = taken
 *     byte 16     the untyped that the CNode was made of, its address in the caller's CSpace
 *
 * The bits are read and written with `ld` and `sd`, through the caller's page tables: a book-keeping page that is not
 * mapped is a fault of the caller. What C keeps in the rest of its page, this library keeps in `bot_lvl_node_t`.
 */
import { loadPair, store, storePair, type Thread, type WordPair } from "@tessera/hal-sim/isa";
import type { seL4_CPtr } from "@tessera/libsel4";
import { BF_WORD_BITS, bf_clr_bit, bf_set_bit, lowestClear } from "./bitfield.js";
import { BOT_LVL_PER_NODE, BOT_LVL_SLOTS, type cspace_t } from "./cspace.js";

const WORD_BYTES = 8;
const BITMAP_WORDS = 2;
const ENTRY_BYTES = (BITMAP_WORDS + 1) * WORD_BYTES;
const HALF_BITS = 32;
/** A half of which all bits are set. */
const FULL = -1;

/** The address of the entry of the CNode at top index `top`. */
function entryOf(c: cspace_t, top: number): number {
  const node = c.bot_lvl_nodes[Math.floor(top / BOT_LVL_PER_NODE)]!;
  return node.vaddr + (top % BOT_LVL_PER_NODE) * ENTRY_BYTES;
}

/** Note what the CNode at `top` was made of. Its bits are clear: memory comes zeroed. */
export function* writeUntyped(c: cspace_t, top: number, cap: seL4_CPtr<"Untyped">): Thread<void> {
  yield* store(entryOf(c, top) + BITMAP_WORDS * WORD_BYTES, cap);
}

/**
 * Write down that all slots below `slots` are taken, and all behind in the CNodes that exist are free. For entries that
 * are clear so far.
 */
export function* writeTaken(c: cspace_t, slots: number): Thread<void> {
  for (let slot = 0; slot < slots; slot += BF_WORD_BITS) {
    const top = Math.floor(slot / BOT_LVL_SLOTS);
    const isSecond = slot % BOT_LVL_SLOTS !== 0;
    const taken = Math.min(slots - slot, BF_WORD_BITS);
    yield* storePair(entryOf(c, top) + (isSecond ? WORD_BYTES : 0), ones(taken), ones(taken - HALF_BITS));
    if (isSecond && taken === BF_WORD_BITS) bf_set_bit(c.top_bf, top);
  }
}

/** The lowest `count` bits of a half, all if it has no more. */
function ones(count: number): number {
  if (count >= HALF_BITS) return FULL;
  return count <= 0 ? 0 : (1 << count) - 1;
}

/** Take the lowest free slot of the CNode at `top`, which has one. Returns its address in `c`. */
export function* takeLowest(c: cspace_t, top: number): Thread<seL4_CPtr> {
  const first = entryOf(c, top);
  const second = first + WORD_BYTES;
  let word = yield* loadPair(first);
  const isInSecond = isFull(word);
  if (isInSecond) word = yield* loadPair(second);

  const { low, high } = word;
  const isInLow = low !== FULL;
  const bit = isInLow ? lowestClear(low) : HALF_BITS + lowestClear(high);
  // x | (x + 1) is x with its lowest clear bit set.
  const taken = isInLow ? { low: low | (low + 1), high } : { low, high: high | (high + 1) };
  yield* storePair(isInSecond ? second : first, taken.low, taken.high);

  if (isFull(taken) && (isInSecond || isFull(yield* loadPair(second)))) bf_set_bit(c.top_bf, top);
  return top * BOT_LVL_SLOTS + (isInSecond ? BF_WORD_BITS : 0) + bit;
}

/** Clear the bit of `slot`, whose CNode exists. Returns whether it was set. */
export function* clearSlot(c: cspace_t, slot: seL4_CPtr): Thread<boolean> {
  const top = Math.floor(slot / BOT_LVL_SLOTS);
  const bottom = slot % BOT_LVL_SLOTS;
  const address = entryOf(c, top) + Math.floor(bottom / BF_WORD_BITS) * WORD_BYTES;
  const { low, high } = yield* loadPair(address);
  const inHigh = bottom % BF_WORD_BITS >= HALF_BITS;
  const bit = 1 << (bottom % HALF_BITS);
  if (((inHigh ? high : low) & bit) === 0) return false;
  yield* inHigh ? storePair(address, low, high & ~bit) : storePair(address, low & ~bit, high);
  bf_clr_bit(c.top_bf, top);
  return true;
}

function isFull(word: WordPair): boolean {
  return word.low === FULL && word.high === FULL;
}
