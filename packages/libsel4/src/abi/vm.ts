/**
 * Virtual memory of RISC-V, Sv39: attributes of a mapping, bounds of user addresses, table geometry.
 */
/** Attributes of RISCV_Page_Map: bit 0 forbids execution, all others are ignored. */
export const seL4_RISCV_Default_VMAttributes = 0;
export const seL4_RISCV_ExecuteNever = 1;

/** User addresses end here: first address that cannot be mapped, last that can. */
export const seL4_UserTop = 0x3ffffff000;
export const seL4_UserVSpaceTop = 0x3fffffefff;

/** A page table: address bits that it resolves, log2 of an entry's bytes. */
export const seL4_PageTableIndexBits = 9;
export const seL4_PageTableEntryBits = 3;

/** ASIDs: log2 of those in a pool, log2 of the pools. */
export const seL4_ASIDPoolIndexBits = 9;
export const seL4_NumASIDPoolsBits = 7;

/** log2 of the bytes of an IPC buffer, which must be aligned to them, and the BootInfo frame. */
export const seL4_IPCBufferSizeBits = 10;
export const seL4_BootInfoFrameBits = 12;
export const seL4_BootInfoFrameSize = 4096;

/** `bitsLeft` of Page_Map's FailedLookup: the level at which a page table is missing (or in the way). */
export const SEL4_MAPPING_LOOKUP_NO_PT = 21;
