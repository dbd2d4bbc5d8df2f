/**
 * The hot int32 views of the machine: RAM, the TLB and the trace ring.
 *
 * Each is an Int32Array whose prototype is null. Where a realm is hardened (frozen primordials, SES) some engines
 * store into typed arrays an order of magnitude slower when a frozen prototype is on the chain; without one they do
 * not. The price: no methods and no `length`; what is needed of them stands here, captured once.
 */

/** An int32 view with a null prototype: index it, nothing else. An index outside reads `undefined`. */
export type Words = { [i: number]: number };

/** From this many words up, the engine's copy beats a loop. */
const BULK_WORDS = 8;

const fill = Int32Array.prototype.fill;
const copyWithin = Int32Array.prototype.copyWithin;

/** `count` fresh words, all zero. */
export function createWords(count: number): Words {
  return viewWords(new ArrayBuffer(count * 4));
}

/** The words of a whole buffer. */
export function viewWords(buffer: ArrayBuffer): Words {
  const view = new Int32Array(buffer);
  Object.setPrototypeOf(view, null);
  return view as unknown as Words;
}

/** words[from..to) := value. */
export function fillWords(words: Words, value: number, from: number, to: number): void {
  fill.call(words as unknown as Int32Array, value, from, to);
}

/** words[to..to+count) := words[from..from+count). The two ranges must not overlap. */
export function copyWords(words: Words, to: number, from: number, count: number): void {
  if (count >= BULK_WORDS) {
    copyWithin.call(words as unknown as Int32Array, to, from, from + count);
    return;
  }
  for (let i = 0; i < count; i++) words[to + i] = words[from + i]!;
}
