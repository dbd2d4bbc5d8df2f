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
  const entry = entryOf(c, top);
  const first = yield* loadPair(entry);
  if (!isFull(first)) {
    const bit = yield* setLowest(entry, first);
    if (isFullBut(first, bit) && isFull(yield* loadPair(entry + WORD_BYTES))) bf_set_bit(c.top_bf, top);
    return top * BOT_LVL_SLOTS + bit;
  }
  const second = yield* loadPair(entry + WORD_BYTES);
  const bit = yield* setLowest(entry + WORD_BYTES, second);
  if (isFullBut(second, bit)) bf_set_bit(c.top_bf, top);
  return top * BOT_LVL_SLOTS + BF_WORD_BITS + bit;
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

/** Whether `word` is full once `bit`, its lowest clear one, is set. */
function isFullBut(word: WordPair, bit: number): boolean {
  if (bit < HALF_BITS) return word.high === FULL && (word.low | (1 << bit)) === FULL;
  return (word.high | (1 << (bit - HALF_BITS))) === FULL;
}

/** Set the lowest clear bit of the word at `address`, which holds `word`. Returns its number. */
function* setLowest(address: number, { low, high }: WordPair): Thread<number> {
  if (low !== FULL) {
    const bit = lowestClear(low);
    yield* storePair(address, low | (1 << bit), high);
    return bit;
  }
  const bit = lowestClear(high);
  yield* storePair(address, low, high | (1 << bit));
  return HALF_BITS + bit;
}
