/**
 * Where things lie in virtual memory: of the root task ("SOS_") and of the processes that it starts ("PROCESS_").
 *
 * Names and the low addresses are the course's. Its three windows at 0x80_..., 0x81_... and 0x82_0000_0000 are beyond
 * what Sv39 maps for a user (below 0x3f_ffff_f000), so they lie at 0x20_..., 0x21_... and 0x22_0000_0000 here.
 *
 * Source of names and behaviour: `sos/src/vmem_layout.h` of the course's system.
 */

/** Free for short-lived mappings. */
export const SOS_SCRATCH = 0xa000_0000;
/** `sos_map_device` maps from here upward, to SOS_STACK at most. */
export const SOS_DEVICE_START = 0xb000_0000;
/** Stacks: programs keep theirs outside of the machine, so nothing of this library maps here. */
export const SOS_STACK = 0xc000_0000;
export const SOS_STACK_PAGES = 100;
/** Free for the IPC buffers of further threads. */
export const SOS_IPC_BUFFER = 0xd000_0000;
/** Free for a driver of the UART. */
export const SOS_UART_RECV_BUF = 0xe000_0000;

/** `bootstrap_map_frame` maps from here upward. In C: 0x80_0000_0000. */
export const SOS_UT_TABLE = 0x20_0000_0000;
/** C's frame table; the records of ours are variables, so the window stays empty. In C: 0x81_0000_0000. */
export const SOS_FRAME_TABLE = 0x21_0000_0000;
/** The root task's view of every frame of the frame table, by its number. In C: 0x82_0000_0000. */
export const SOS_FRAME_DATA = 0x22_0000_0000;

/** log2 of the bytes for DMA: one large page. */
export const SOS_DMA_SIZE_BITS = 21;
/** The root task's view of them. C maps them behind its table of untypeds. */
export const SOS_DMA_START = 0x1f_0000_0000;

/** A process: the page of its program, and one for what its parent tells it, where C has argc, argv and auxv. */
export const PROCESS_PROGRAM = 0x1_0000;
export const PROCESS_ENVIRONMENT = 0x8fff_f000;
/** Where its stack ends, its IPC buffer, and where its dynamic memory begins. */
export const PROCESS_STACK_TOP = 0x9000_0000;
export const PROCESS_IPC_BUFFER = 0xa000_0000;
export const PROCESS_VMEM_START = 0xc000_0000;
