/**
 * The descriptor table of a split virtqueue (virtio 1.2, 2.7.5): from the index of a first descriptor to a checked chain.
 *
 * The table is the driver's memory, so nothing in it is believed: a walk takes at most as many steps as the queue has
 * descriptors, every index is inside its table, every buffer is in RAM and none is empty (the specification leaves that
 * open, QEMU refuses it), and what the device may write comes behind what it may read. What is wrong is told as the end
 * of a sentence.
 */
import type { PhysicalMemory } from "../../memory/physical.js";
import { DescriptorChain, type Segment, totalBytes } from "./chain.js";

/** Flags of a descriptor. */
export const DescriptorFlag = { Next: 1, Write: 2, Indirect: 4 } as const;

/** Bytes of a descriptor: address (64 bits), length (32), flags (16), next (16). */
export const DESCRIPTOR_BYTES = 16;
/** A chain is no longer than this in all. */
const MAX_CHAIN_BYTES = 2 ** 32;

/** Where a table lies, and how many descriptors it has. */
interface Table {
  readonly paddr: number;
  readonly count: number;
}

/** What the driver set up, as far as a walk needs it. */
export interface DescriptorTable extends Table {
  /** Whether VIRTIO_F_INDIRECT_DESC was negotiated. */
  readonly indirect: boolean;
}

/** Walks the chains of one table. */
export class DescriptorReader {
  readonly #memory: PhysicalMemory;
  readonly #table: DescriptorTable;
  readonly #raw = new Uint8Array(DESCRIPTOR_BYTES);
  readonly #fields = new DataView(this.#raw.buffer);

  constructor(memory: PhysicalMemory, table: DescriptorTable) {
    this.#memory = memory;
    this.#table = table;
  }

  /** The chain that begins with descriptor `head`, or why there is none. */
  chain(head: number): DescriptorChain | string {
    const readable: Segment[] = [];
    const writable: Segment[] = [];
    let table: Table = this.#table;
    let index = head;
    for (let steps = 0; steps < this.#table.count; steps++) {
      if (index >= table.count) return `descriptor ${index} is outside its table of ${table.count}`;
      this.#memory.readBytes(table.paddr + index * DESCRIPTOR_BYTES, this.#raw);
      const flags = this.#fields.getUint16(12, true);
      if ((flags & DescriptorFlag.Indirect) !== 0) {
        const inner = this.#indirectTable(flags, table);
        if (typeof inner === "string") return inner;
        table = inner;
        index = 0;
        steps--;
        continue;
      }
      const refusal = this.#add(flags, readable, writable);
      if (refusal !== null) return refusal;
      if ((flags & DescriptorFlag.Next) === 0) return this.#finish(head, readable, writable);
      index = this.#fields.getUint16(14, true);
    }
    return `the chain at descriptor ${head} is longer than the queue's ${this.#table.count} descriptors, or a loop`;
  }

  /** The table that an indirect descriptor refers to (2.7.5.3). It is the last of its chain; its write flag says nothing. */
  #indirectTable(flags: number, within: Table): Table | string {
    if (!this.#table.indirect) return "a descriptor is indirect, which was not negotiated";
    if (within !== this.#table) return "a descriptor of an indirect table is indirect itself";
    if ((flags & DescriptorFlag.Next) !== 0) return "an indirect descriptor names a next one";
    const { paddr, bytes } = this.#segment();
    if (bytes === 0 || bytes % DESCRIPTOR_BYTES !== 0) return `an indirect table has ${bytes} bytes`;
    if (!this.#memory.contains(paddr, bytes)) return "an indirect table is not in RAM";
    return { paddr, count: bytes / DESCRIPTOR_BYTES };
  }

  #add(flags: number, readable: Segment[], writable: Segment[]): string | null {
    const segment = this.#segment();
    if (segment.bytes === 0) return "a buffer has no bytes";
    if (!this.#memory.contains(segment.paddr, segment.bytes)) return "a buffer is not in RAM";
    if ((flags & DescriptorFlag.Write) !== 0) writable.push(segment);
    else if (writable.length > 0) return "a buffer that is to be read follows one that is to be written";
    else readable.push(segment);
    return null;
  }

  #finish(head: number, readable: readonly Segment[], writable: readonly Segment[]): DescriptorChain | string {
    const bytes = totalBytes(readable) + totalBytes(writable);
    if (bytes > MAX_CHAIN_BYTES) return `a chain has ${bytes} bytes, more than 2^32`;
    return new DescriptorChain(this.#memory, head, readable, writable);
  }

  /** Address and length of the descriptor just read. Addresses above 2^53 lose low bits here, far outside RAM. */
  #segment(): Segment {
    const paddr = this.#fields.getUint32(4, true) * 2 ** 32 + this.#fields.getUint32(0, true);
    return { paddr, bytes: this.#fields.getUint32(8, true) };
  }
}
