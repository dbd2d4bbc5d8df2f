/**
 * Which pages of the swap file are in use. Pure: one bit a page, and the lowest free one is taken first, so that the file
 * stays as short as it can.
 */
export class SwapMap {
  readonly slots: number;
  readonly #words: Uint32Array;
  #free: number;
  /** No word before this one has a free bit. */
  #first = 0;

  constructor(slots: number) {
    this.slots = slots;
    this.#free = slots;
    this.#words = new Uint32Array(Math.ceil(slots / 32));
    // Those that the last word has too many are in use for ever.
    if (slots % 32 !== 0) this.#words[this.#words.length - 1] = (-1 << (slots % 32)) >>> 0;
  }

  /** How many are free. */
  get free(): number {
    return this.#free;
  }

  /** The lowest that is free, which is in use then; null when none is. */
  take(): number | null {
    while (this.#words[this.#first] === 0xffff_ffff) this.#first += 1;
    const word = this.#words[this.#first];
    if (word === undefined) return null;
    const bit = 31 - Math.clz32(~word & -~word);
    this.#words[this.#first] = (word | (1 << bit)) >>> 0;
    this.#free -= 1;
    return this.#first * 32 + bit;
  }

  /**
   * Slot number `slot` is free again.
   * @throws Error when it is not in use
   */
  release(slot: number): void {
    const place = Math.floor(slot / 32);
    const word = this.#words[place];
    const mask = 1 << (slot % 32);
    if (word === undefined || slot >= this.slots || (word & mask) === 0) throw new Error(`slot ${slot} is not in use`);
    this.#words[place] = (word & ~mask) >>> 0;
    this.#first = Math.min(this.#first, place);
    this.#free += 1;
  }
}
