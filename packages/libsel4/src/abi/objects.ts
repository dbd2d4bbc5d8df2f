/**
 * Object types for Untyped_Retype, and how much memory one object takes (seL4 manual, "Kernel Memory Allocation").
 *
 * Untyped, CNode ("CapTable") and scheduling context have a size that the caller chooses; `size_bits` is log2 of the
 * bytes for the first and last, log2 of the slots for a CNode. All other sizes are fixed.
 */
export const seL4_UntypedObject = 0;
export const seL4_TCBObject = 1;
export const seL4_EndpointObject = 2;
export const seL4_NotificationObject = 3;
export const seL4_CapTableObject = 4;
export const seL4_SchedContextObject = 5;
export const seL4_ReplyObject = 6;
export const seL4_RISCV_Giga_Page = 7;
export const seL4_RISCV_4K_Page = 8;
export const seL4_RISCV_Mega_Page = 9;
export const seL4_RISCV_PageTableObject = 10;

/** Sv39 has no page of 2^39 bytes; its type is one that no kernel accepts. */
export const seL4_RISCV_Tera_Page = 0xffffffff;

/** One behind the last type that all architectures share, that RV64 adds, and of all. */
export const seL4_NonArchObjectTypeCount = 7;
export const seL4_ModeObjectTypeCount = 8;
export const seL4_ObjectTypeCount = 11;

/** log2 of an object's bytes. */
export const seL4_SlotBits = 5;
export const seL4_TCBBits = 11;
export const seL4_EndpointBits = 4;
export const seL4_NotificationBits = 6;
export const seL4_ReplyBits = 5;
export const seL4_PageTableBits = 12;
export const seL4_VSpaceBits = 12;
export const seL4_ASIDPoolBits = 12;
export const seL4_PageBits = 12;
export const seL4_LargePageBits = 21;
export const seL4_HugePageBits = 30;
export const seL4_TeraPageBits = 39;

/** Bounds of the sizes that the caller chooses, log2 of bytes. */
export const seL4_MinUntypedBits = 4;
export const seL4_MaxUntypedBits = 38;
export const seL4_MinSchedContextBits = 7;

/** A scheduling context: bytes of its fixed part, in which two refills are included, and of each further refill. */
export const seL4_CoreSchedContextBytes = 128;
export const seL4_RefillSizeBytes = 16;

/** Refills included in seL4_CoreSchedContextBytes; what `extra_refills` adds to. */
export const MIN_REFILLS = 2;

/** Most objects that one Untyped_Retype makes. */
export const seL4_UntypedRetypeMaxObjects = 256;

/**
 * log2 of the bytes of an object, or -1 when there is no such type.
 * @param type object type
 * @param sizeBits what the caller of Untyped_Retype chose; ignored for types of fixed size
 */
export function objectSizeBits(type: number, sizeBits: number): number {
  switch (type) {
    case seL4_UntypedObject:
    case seL4_SchedContextObject:
      return sizeBits;
    case seL4_CapTableObject:
      return sizeBits + seL4_SlotBits;
    case seL4_TCBObject:
      return seL4_TCBBits;
    case seL4_EndpointObject:
      return seL4_EndpointBits;
    case seL4_NotificationObject:
      return seL4_NotificationBits;
    case seL4_ReplyObject:
      return seL4_ReplyBits;
    case seL4_RISCV_Giga_Page:
      return seL4_HugePageBits;
    case seL4_RISCV_4K_Page:
      return seL4_PageBits;
    case seL4_RISCV_Mega_Page:
      return seL4_LargePageBits;
    case seL4_RISCV_PageTableObject:
      return seL4_PageTableBits;
    default:
      return -1;
  }
}

/**
 * Refills that a scheduling context of 2^`sizeBits` bytes has room for, the two included ones counted.
 * @param sizeBits at least seL4_MinSchedContextBits
 */
export function maxRefills(sizeBits: number): number {
  const header = seL4_CoreSchedContextBytes - MIN_REFILLS * seL4_RefillSizeBytes;
  return Math.floor((2 ** sizeBits - header) / seL4_RefillSizeBytes);
}
