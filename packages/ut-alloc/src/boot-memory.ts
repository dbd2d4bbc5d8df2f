/**
 * The memory that the kernel listed, while the bootstrap takes pieces of it: which untyped the next object comes from,
 * and where it will lie. The kernel places objects one behind the other, each at a multiple of its size; this is the
 * same arithmetic, so that the address of every page is known without asking.
 */
import { type seL4_BootInfo, type seL4_CPtr, seL4_PageBits, type seL4_UntypedDesc } from "@tessera/libsel4";

/** An untyped of a page or more. */
export interface boot_memory_t {
  readonly cap: seL4_CPtr<"Untyped">;
  readonly paddr: number;
  readonly bytes: number;
  /** Bytes from its start that are taken. */
  used: number;
}

/** A piece of 2^n bytes that was taken: the next object that is made of `untyped` will lie at `paddr`. */
export interface carved_t {
  readonly untyped: boot_memory_t;
  readonly paddr: number;
}

/** Physical addresses that the bootstrap looks at; in C, up to the end of its board's RAM, 0xdfff_ffff. */
const LAST_PADDR = 0xffff_ffff;
/** log2 of the bytes of the largest untyped that it looks at. */
const MAX_SIZE_BITS = 32;

const PAGE_BYTES = 2 ** seL4_PageBits;

/** Whether `sos_bootstrap` takes an untyped under management. Plain. */
export function untyped_in_range(desc: seL4_UntypedDesc): boolean {
  return desc.paddr <= LAST_PADDR && desc.sizeBits <= MAX_SIZE_BITS;
}

/** The untypeds of BootInfo that whole pages can be made of. */
export function memoryOf(bi: Pick<seL4_BootInfo, "untyped" | "untypedList">): boot_memory_t[] {
  return bi.untypedList.flatMap((desc, i) => {
    if (desc.isDevice || desc.sizeBits < seL4_PageBits || !untyped_in_range(desc)) return [];
    return [{ cap: bi.untyped.start + i, paddr: desc.paddr, bytes: 2 ** desc.sizeBits, used: 0 }];
  });
}

/** Pages that can still be made of an untyped. */
export function pagesLeft({ bytes, used }: boot_memory_t): number {
  return Math.floor((bytes - used) / PAGE_BYTES);
}

/**
 * Take 2^`size_bits` bytes of the untyped in which they leave the least.
 * @throws Error when there is none with so much left
 */
export function carve(memory: readonly boot_memory_t[], size_bits: number): carved_t {
  const size = 2 ** size_bits;
  const fits = memory.filter((one) => startOf(one, size) + size <= one.bytes);
  const [untyped] = fits.sort((a, b) => a.bytes - a.used - (b.bytes - b.used));
  if (untyped === undefined) {
    throw new Error(`sos_bootstrap: no untyped of the kernel's has 2^${size_bits} bytes left`);
  }
  const start = startOf(untyped, size);
  untyped.used = start + size;
  return { untyped, paddr: untyped.paddr + start };
}

function startOf({ used }: boot_memory_t, size: number): number {
  return Math.ceil(used / size) * size;
}
