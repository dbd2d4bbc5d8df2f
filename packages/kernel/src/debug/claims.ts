/**
 * What capabilities say of where they are mapped: (where, what) -> rights. A claim of both numbers is found by hashing
 * them; all are dropped at once by beginning a new epoch.
 */
const FIRST_BITS = 8;
const FIRST_SIZE = 2 ** FIRST_BITS;

export class Claims {
  private where = new Float64Array(FIRST_SIZE);
  private what = new Float64Array(FIRST_SIZE);
  private rights = new Uint8Array(FIRST_SIZE);
  private epochs = new Uint32Array(FIRST_SIZE);
  /** The upper bits of a 32-bit hash say which entry is the first to look at. */
  private shift = 32 - FIRST_BITS;
  private epoch = 1;
  private count = 0;

  clear(): void {
    this.epoch += 1;
    this.count = 0;
  }

  /** Of two that say the same, one with more rights is enough. */
  add(where: number, what: number, rights: number): void {
    const at = this.find(where, what);
    if (this.epochs[at] === this.epoch) {
      if (rights > (this.rights[at] as number)) this.rights[at] = rights;
      return;
    }
    this.put(at, where, what, rights);
    this.count += 1;
    if (2 * this.count > this.where.length) this.grow();
  }

  /** The rights of who says so, or -1 when nobody does. */
  rightsTo(where: number, what: number): number {
    const at = this.find(where, what);
    return this.epochs[at] === this.epoch ? (this.rights[at] as number) : -1;
  }

  private find(where: number, what: number): number {
    const size = this.where.length;
    // Neighbouring pages come to different entries, and so does the same page of several address spaces.
    const key = (where | 0) + Math.imul((where / 2 ** 32) | 0, 0x85ebca6b) + ((what | 0) & 4095);
    let at = Math.imul(key, 0x9e3779b1) >>> this.shift;
    while (this.epochs[at] === this.epoch && (this.where[at] !== where || this.what[at] !== what))
      at = (at + 1) & (size - 1);
    return at;
  }

  private put(at: number, where: number, what: number, rights: number): void {
    this.where[at] = where;
    this.what[at] = what;
    this.rights[at] = rights;
    this.epochs[at] = this.epoch;
  }

  private grow(): void {
    const { where, what, rights, epochs } = this;
    const size = 2 * where.length;
    this.shift -= 1;
    this.where = new Float64Array(size);
    this.what = new Float64Array(size);
    this.rights = new Uint8Array(size);
    this.epochs = new Uint32Array(size);
    for (let i = 0; i < epochs.length; i++) {
      if (epochs[i] !== this.epoch) continue;
      const [a, b] = [where[i] as number, what[i] as number];
      this.put(this.find(a, b), a, b, rights[i] as number);
    }
  }
}
