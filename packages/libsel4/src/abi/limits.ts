/**
 * Limits and flags of the API that belong to no single object: word size, messages, priorities, flags.
 */
/** Bits of a word, log2 of its bytes, bits of a badge. */
export const seL4_WordBits = 64;
export const seL4_WordSizeBits = 3;
export const seL4_BadgeBits = 64;

/** Longest message in words; bits of its length field. */
export const seL4_MsgMaxLength = 120;
export const seL4_MsgLengthBits = 7;

/** Most capabilities in a message; bits of their count. */
export const seL4_MsgMaxExtraCaps = 3;
export const seL4_MsgExtraCapBits = 2;

/** Message words that travel in registers (a2 to a5). */
export const seL4_FastMessageRegisters = 4;

/** Priorities: a greater number is more urgent. */
export const seL4_InvalidPrio = -1;
export const seL4_MinPrio = 0;
export const seL4_MaxPrio = 255;

/** Flags of TCB_SetFlags, and the mask of those that exist. */
export const seL4_TCBFlag_NoFlag = 0;
export const seL4_TCBFlag_fpuDisabled = 1;
export const seL4_TCBFlag_MASK = 1;

/** Flags of SchedControl_ConfigureFlags. */
export const seL4_SchedContext_NoFlag = 0;
export const seL4_SchedContext_Sporadic = 1;

/** C's spellings of zero and truth. */
export const seL4_False = 0;
export const seL4_True = 1;
export const seL4_Null = 0;
export const seL4_NilData = 0;
