/**
 * A set of objects' ids that is emptied at once: an entry counts when it carries the present epoch. Ids are small whole
 * numbers without large gaps, so that they are their own hash; the next free entry takes what collides.
 */
const FIRST_SIZE = 256;

export class IdSet {
  private ids = new Int32Array(FIRST_SIZE);
  private epochs = new Uint32Array(FIRST_SIZE);
  private epoch = 1;
  private count = 0;

  clear(): void {
    this.epoch += 1;
    this.count = 0;
  }

  /** Whether it was not in yet. */
  add(id: number): boolean {
    const at = this.find(id);
    if (this.epochs[at] === this.epoch) return false;
    this.ids[at] = id;
    this.epochs[at] = this.epoch;
    this.count += 1;
    if (2 * this.count > this.ids.length) this.grow();
    return true;
  }

  has(id: number): boolean {
    return this.epochs[this.find(id)] === this.epoch;
  }

  /** Where `id` is, or else is to go. */
  private find(id: number): number {
    const { ids, epochs, epoch } = this;
    const mask = ids.length - 1;
    let at = id & mask;
    while (epochs[at] === epoch && ids[at] !== id) at = (at + 1) & mask;
    return at;
  }

  private grow(): void {
    const { ids, epochs } = this;
    this.ids = new Int32Array(2 * ids.length);
    this.epochs = new Uint32Array(2 * ids.length);
    for (let i = 0; i < ids.length; i++) {
      if (epochs[i] !== this.epoch) continue;
      const at = this.find(ids[i] as number);
      this.ids[at] = ids[i] as number;
      this.epochs[at] = this.epoch;
    }
  }
}
