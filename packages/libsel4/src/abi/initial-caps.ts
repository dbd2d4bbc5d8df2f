/**
 * Slots of the root task's CSpace that the kernel fills at boot (seL4 manual, "System Bootstrapping").
 *
 * The root CNode's guard makes a CPtr equal to its slot number. On this platform slots 0, 7, 8, 12, 13 and 15 stay
 * empty. From `seL4_NumInitialCaps` on, BootInfo says what lies where.
 */
export const seL4_CapNull = 0;
export const seL4_CapInitThreadTCB = 1;
export const seL4_CapInitThreadCNode = 2;
export const seL4_CapInitThreadVSpace = 3;
export const seL4_CapIRQControl = 4;
export const seL4_CapASIDControl = 5;
export const seL4_CapInitThreadASIDPool = 6;
export const seL4_CapIOPortControl = 7;
export const seL4_CapIOSpace = 8;
export const seL4_CapBootInfoFrame = 9;
export const seL4_CapInitThreadIPCBuffer = 10;
export const seL4_CapDomain = 11;
export const seL4_CapSMMUSIDControl = 12;
export const seL4_CapSMMUCBControl = 13;
export const seL4_CapInitThreadSC = 14;
export const seL4_CapSMC = 15;
/** Older name of seL4_CapInitThreadVSpace. */
export const seL4_CapInitThreadPD = 3;

/** The first slot that BootInfo describes. */
export const seL4_NumInitialCaps = 16;
