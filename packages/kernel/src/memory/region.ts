/** A block of physical memory that capabilities name: an untyped's, or a frame's. */
export class Region {
  readonly id: number;
  readonly paddr: number;
  readonly sizeBits: number;
  /** Memory of a device: never zeroed, never the kernel's, never an IPC buffer. */
  readonly isDevice: boolean;

  constructor(id: number, paddr: number, sizeBits: number, isDevice: boolean) {
    this.id = id;
    this.paddr = paddr;
    this.sizeBits = sizeBits;
    this.isDevice = isDevice;
  }
}
