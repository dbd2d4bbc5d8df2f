/**
 * The build options of the modelled kernel that a program or the kernel may want to know, under their C names.
 * Options of the C build that describe nothing here (compiler, other platforms) are left out.
 */
/** Bits of a word. */
export const CONFIG_WORD_SIZE = 64;
/** Levels of page tables: Sv39. */
export const CONFIG_PT_LEVELS = 3;
/** Threads have floating-point registers, so a TCB takes 2^11 bytes. */
export const CONFIG_HAVE_FPU = 1;
/** Mixed-criticality scheduling: scheduling contexts and reply objects. */
export const CONFIG_KERNEL_MCS = 1;
/** Cores. */
export const CONFIG_MAX_NUM_NODES = 1;
/** The debug system calls exist. */
export const CONFIG_DEBUG_BUILD = 1;
/** DebugPutChar and DebugDumpScheduler exist. */
export const CONFIG_PRINTING = 1;
/** Priorities. */
export const CONFIG_NUM_PRIORITIES = 256;
/** Domains, unless the kernel is booted with more. */
export const CONFIG_NUM_DOMAINS = 1;
/** Entries of the domain schedule when there is one domain. */
export const CONFIG_NUM_DOMAIN_SCHEDULES = 2;
/** log2 of the slots of the root CNode, unless the kernel is booted with another size. */
export const CONFIG_ROOT_CNODE_SIZE_BITS = 13;
/** Budget and period of the root task, in milliseconds. */
export const CONFIG_BOOT_THREAD_TIME_SLICE = 5;
/** Length of BootInfo's untypedList. */
export const CONFIG_MAX_NUM_BOOTINFO_UNTYPED_CAPS = 230;
/** Most objects that one retype makes. */
export const CONFIG_RETYPE_FAN_OUT_LIMIT = 256;
/** Preemption points between two looks for an interrupt. */
export const CONFIG_MAX_NUM_WORK_UNITS_PER_PREEMPTION = 100;
/** log2 of the bytes zeroed between two preemption points. */
export const CONFIG_RESET_CHUNK_BITS = 8;
/** Factor on the minimum budget. */
export const CONFIG_KERNEL_WCET_SCALE = 1;
/** 0: the greatest period is what the timer allows. */
export const CONFIG_KERNEL_STATIC_MAX_PERIOD_US = 0;
/** Ticks a second of the modelled timer. */
export const CONFIG_TIMER_FREQUENCY = 10000000;
/** Physical addresses of device memory end here. */
export const CONFIG_PADDR_USER_DEVICE_TOP = 549755813888;
/** Words of stack shown when a thread faults without a handler. */
export const CONFIG_USER_STACK_TRACE_LENGTH = 16;
/** The hart that boots. */
export const CONFIG_FIRST_HART_ID = 0;
