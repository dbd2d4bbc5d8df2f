/**
 * Memory for devices that read and write it themselves: one large page, so that physical addresses are consecutive, and
 * a pointer that goes upward through it. Nothing is ever given back.
 *
 * The modelled machine keeps caches coherent, as QEMU's `virt` board does, so the cache operations have nothing to do;
 * they check their range, so that a driver that would be wrong on a real board is told.
 *
 * Source of names and behaviour: `sos/src/dma.h` of the course's system.
 */
import type { cspace_t } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  type seL4_Error,
  seL4_NoError,
  seL4_RangeError,
  seL4_ReadWrite,
  seL4_RISCV_ExecuteNever,
  type seL4_RISCV_Page,
  type seL4_RISCV_PageTable,
} from "@tessera/libsel4";
import { map_frame } from "./map-frame.js";
import { SOS_DMA_SIZE_BITS } from "./vmem-layout.js";

/** Bytes in the DMA page. */
const DMA_BYTES = 2 ** SOS_DMA_SIZE_BITS;
/** Every piece begins at a multiple of so many bytes, whatever is asked for: pieces share no cache line. */
const DMA_ALIGN = 128;

/** The DMA page. C has one, in variables. */
export interface dma_t {
  readonly pstart: number;
  readonly vstart: number;
  /** Physical address of what is still free. */
  pnext: number;
}

/** Where a piece lies, for the program and for the device. */
export interface dma_addr_t {
  readonly vaddr: number;
  readonly paddr: number;
}

/** What `dma_init` returns: `dma` is null when `error` is -1. */
export type dma_init_result = { readonly error: 0; readonly dma: dma_t } | { readonly error: -1; readonly dma: null };

/**
 * Map the DMA page and begin to hand it out.
 *
 * Cannot block. Takes memory and a slot for a page table at most; on failure nothing has changed and the capability is
 * still the caller's.
 * @param cspace the CSpace that the caller runs on
 * @param vspace the caller's VSpace
 * @param frame a page of 2 MiB (seL4_RISCV_Mega_Page), not mapped
 * @param pstart its physical address
 * @param vstart where to map it, a multiple of 2 MiB
 * @returns error -1 when mapping fails: no memory or slots for a page table, `vstart` in use or not aligned
 */
export function* dma_init(
  cspace: cspace_t,
  vspace: seL4_RISCV_PageTable,
  frame: seL4_RISCV_Page,
  pstart: number,
  vstart: number,
): Thread<dma_init_result> {
  const err = yield* map_frame(cspace, frame, vspace, vstart, seL4_ReadWrite, seL4_RISCV_ExecuteNever);
  if (err !== seL4_NoError) return { error: -1, dma: null };
  return { error: 0, dma: { pstart, vstart, pnext: pstart } };
}

/**
 * A piece of the DMA page, never to be given back. Plain. It begins at a multiple of 128 bytes at least.
 * @param size bytes, at least 1
 * @param align bytes that its address is to be a multiple of: a power of two, up to 2 MiB
 * @returns addresses 0 and 0 when there is not so much left
 * @throws RangeError when `size` or `align` is no such number
 */
export function sos_dma_malloc(size: number, align: number, dma: dma_t): dma_addr_t {
  if (!(Number.isSafeInteger(size) && size >= 1)) {
    throw new RangeError(`sos_dma_malloc: ${size} bytes; it must be a whole number, at least 1`);
  }
  if (!(Number.isInteger(Math.log2(align)) && align >= 1 && align <= DMA_BYTES)) {
    throw new RangeError(`sos_dma_malloc: an alignment of ${align} bytes; it must be a power of two, up to 2 MiB`);
  }
  const unit = Math.max(align, DMA_ALIGN);
  const paddr = Math.ceil(dma.pnext / unit) * unit;
  if (paddr + size > dma.pstart + DMA_BYTES) return { vaddr: 0, paddr: 0 };
  dma.pnext = paddr + size;
  return { vaddr: dma.vstart + (paddr - dma.pstart), paddr };
}

/**
 * What the program calls the byte that a device calls `paddr`. Plain.
 * @throws RangeError when it does not lie in the DMA page
 */
export function sos_dma_phys_to_virt(paddr: number, dma: dma_t): number {
  check("sos_dma_phys_to_virt", paddr, dma.pstart);
  return dma.vstart + (paddr - dma.pstart);
}

/**
 * What a device calls the byte that the program calls `vaddr`. Plain.
 * @throws RangeError when it does not lie in the DMA page
 */
export function sos_dma_virt_to_phys(vaddr: number, dma: dma_t): number {
  check("sos_dma_virt_to_phys", vaddr, dma.vstart);
  return dma.pstart + (vaddr - dma.vstart);
}

/**
 * Before reading what a device wrote. Plain; see above.
 * Errors: RangeError: the bytes do not lie in the DMA page.
 */
export function sos_dma_cache_invalidate(vaddr: number, size: number, dma: dma_t): seL4_Error {
  return coherent(vaddr, size, dma);
}

/** Before a device reads what the program wrote. As `sos_dma_cache_invalidate`. */
export function sos_dma_cache_clean(vaddr: number, size: number, dma: dma_t): seL4_Error {
  return coherent(vaddr, size, dma);
}

/** Both. As `sos_dma_cache_invalidate`. */
export function sos_dma_cache_clean_invalidate(vaddr: number, size: number, dma: dma_t): seL4_Error {
  return coherent(vaddr, size, dma);
}

function coherent(vaddr: number, size: number, { vstart }: dma_t): seL4_Error {
  const inside = vaddr >= vstart && size >= 0 && vaddr + size <= vstart + DMA_BYTES;
  return inside ? seL4_NoError : seL4_RangeError;
}

function check(call: string, address: number, start: number): void {
  if (address >= start && address < start + DMA_BYTES) return;
  throw new RangeError(`${call}: 0x${address.toString(16)} does not lie in the DMA page at 0x${start.toString(16)}`);
}
