/**
 * The IPC buffer: 128 words (1 KiB) of a thread's own memory that carry what registers cannot
 * (seL4 manual, "IPC Buffer").
 *
 * MR0 to MR3 travel in registers, though their words have a place here. `CapsOrBadges` holds CPtrs on the way out and,
 * for capabilities that were unwrapped, badges on the way in. The three Receive words say where an arriving capability
 * may be put: a slot, by a CNode's CPtr, an index and a depth in bits.
 */
export const IPCBufferWord = {
  Tag: 0,
  /** MRn is word Msg + n, n from 0 to 119. */
  Msg: 1,
  UserData: 121,
  CapsOrBadges: 122,
  ReceiveCNode: 125,
  ReceiveIndex: 126,
  ReceiveDepth: 127,
} as const;

/** Words of the buffer. */
export const IPC_BUFFER_WORDS = 128;

/** Bytes of the buffer; its address is a multiple of them. */
export const IPC_BUFFER_BYTES = IPC_BUFFER_WORDS * 8;
