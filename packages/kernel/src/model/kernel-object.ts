/**
 * What every object of the kernel's own has: an id, and its place in RAM.
 *
 * The address is kept as an int32, which the engine stores in the object itself: RAM ends below 2^32, but what exceeds
 * 2^31 would be a number of its own on the heap, 16 bytes more for each object.
 */
export abstract class KernelObject {
  readonly id: number;
  private readonly place: number;

  constructor(id: number, paddr: number) {
    this.id = id;
    this.place = paddr | 0;
  }

  /** Physical address of its first byte. */
  get paddr(): number {
    return this.place >>> 0;
  }
}
