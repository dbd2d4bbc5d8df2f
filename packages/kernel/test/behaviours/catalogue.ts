/**
 * The behaviours that the test suite of the real kernel checks on our configuration (MCS, RISC-V 64, one core, debug
 * build), by its ids: all 142, and those that it has but does not run there.
 */

/** Runs of ids, in the suite's order: what comes before the number, and the numbers. */
const IDS: readonly (readonly [title: string, ids: readonly string[]])[] = [
  ["System calls", ids("SYSCALL", "0000 0001 0002 0004 0005 0006 0010 0011 0012 0013 0014 0015 0017 0018")],
  ["The harness", ["Test that there are tests", "Test all tests ran", ...ids("TRIVIAL", "0000 0001 0002")]],
  ["Bound notifications", ids("BIND", "0001 0002 0003 0004 005 006")],
  ["Cancelling badged sends", ids("CANCEL_BADGED_SENDS_", "0001 0002")],
  ["CNode operations", ids("CNODEOP", "0001 0002 0003 0004 0005 0006 0007 0008")],
  ["CSpace lookup", ids("CSPACE", "0001")],
  ["Domains", ids("DOMAINS", "0001 0002 0003")],
  ["Floating point", ids("FPU", "0000 0001 0003 0004")],
  ["Frames", [...ids("FRAMEEXPORTS", "0001"), ...ids("FRAMEDIPC", "0001 0002 0003")]],
  ["IPC", ids("IPC", "0001 0002 0003 0004 0010 0025 0026 1001 1002 1003 1004")],
  ["Donation", ids("IPC", "0011 0012 0013 0014 0015 0016 0017 0018 0019 0020 0021 0022 0023 0024 0027")],
  ["IPC rights", [...ids("IPCRIGHTS", "0001 0002 0003"), ...ids("NBWAIT", "0001")]],
  [
    "Faults",
    [...ids("PAGEFAULT", "0001 0002 0003 0004 0005 1001 1002 1003 1004"), ...ids("TIMEOUTFAULT", "0001 0002 0003")],
  ],
  ["Threads", [...ids("REGRESSIONS", "0001"), ...ids("THREADS", "0004 0005"), ...ids("TLS", "0001 0002 0006")]],
  ["Retype", ids("RETYPE", "0000 0001 0002")],
  ["Scheduler", ids("SCHED", "0002 0003 0004 0005 0007 0016 0017 0019 0020")],
  ["Scheduling contexts", ids("SCHED_CONTEXT_", "0001 0003 0006 0007 0008")],
  ["VSpaces", ids("VSPACE", "0000 0002 0003 0004 0005 0006")],
  ["Synchronisation", ids("SYNC", "001 002 003 004")],
  [
    "Serial server",
    [
      ...ids("SERSERV_PARENT_", "001 002 003 004 005 006 007 008 009 010"),
      ...ids("SERSERV_CLIENT_", "001 002 003 004 005"),
      ...ids("SERSERV_CLI_PROC_", "001 002 003 004 005"),
    ],
  ],
];

const HARNESS = "of the suite's own harness: it counts its tests";
const NO_FPU = "there is no floating-point unit";
const SERIAL =
  "of a serial server library, which is not here; the kernel's part of it is in the tests of IPC, rights and mapping";

/** Why an id has no test. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  "Test that there are tests": HARNESS,
  "Test all tests ran": HARNESS,
  TRIVIAL0000: "of the suite's own harness: a comparison that always holds",
  FPU0000: NO_FPU,
  FPU0001: `${NO_FPU}; that the timer preempts is TLS0006`,
  FPU0004: `${NO_FPU}: the flag is kept and changes nothing (FPU0003)`,
  TLS0001: "initial values are the work of linker and C library; variables are the host's",
};

/** What the suite has and does not run on this configuration, and why. */
export const NOT_RUN: readonly (readonly [what: string, reason: string])[] = [
  [
    "ARM and x86: page tables, XN frames, SMC, SMMU, EPT, I/O ports, stack alignment, accessed bits",
    "no such hardware",
  ],
  ["VCPU, VM-enter", "no virtualisation"],
  ["MULTICORE, SMP IRQ, cross-core FPU, donation and deletion, affinity", "one core"],
  ["Breakpoints, single step", "no debug hardware"],
  ["Cache maintenance", "no caches"],
  ["IPCRIGHTS0004, IPCRIGHTS0005, SCHED0006, SaveCaller, implicit Reply", "not in the MCS API"],
  ["DOMAINS0004, DOMAINS0005, domain schedule", "more than one domain; ours is in the tests of domains"],
  [
    "INTERRUPT, TIMER, PREEMPT_REVOKE, BENCHMARK, SCHED0000, SCHED0008 to 0014, SCHED0018, SCHED_CONTEXT_0002, 0005, 0009 to 0013",
    "a timer driver at user level; ours are in the tests of interrupts, time and deletion",
  ],
  ["SCHED0021, PAGEFAULT1005, IPC0028", "the suite itself leaves them out"],
];

/** Where a test of ours does something else than the suite's, other than to check more. */
export const DIFFERENT: readonly (readonly [ids: string, how: string])[] = [
  ["IPC0001 to 0004, IPC1001 to 1004", "2 rounds for each pair of priorities and order of starting, not 10"],
  ["FRAMEEXPORTS0001", "2 MiB and 4 KiB; a frame of 1 GiB would take a machine of 2 GiB"],
  ["PAGEFAULT0003, PAGEFAULT1003", "once, by a pc that is written: a program here cannot jump"],
  ["PAGEFAULT0005", "the instruction is unimp, not all ones"],
  ["TIMEOUTFAULT0002, TIMEOUTFAULT0003", "a server is sent back to its start, not to where it first waited"],
  ["REGRESSIONS0001", "a0 and a1 say who the thread is and where its buffer lies"],
  ["TLS0002, TLS0006", "register tp itself, not variables that it leads to"],
  ["IPC0027", "second round: the server loses its time before it runs, and gets it back"],
  ["VSPACE0000, VSPACE0006", "a process is a program's page, its buffer and a frame, not a copy of T's memory"],
];

function ids(prefix: string, numbers: string): string[] {
  return numbers.split(" ").map((number) => `${prefix}${number}`);
}

export interface Behaviour {
  readonly id: string;
  /** Why it has no test; null when it has one. */
  readonly leftOut: string | null;
}

/** All of them, under their titles. */
export const BEHAVIOURS: readonly { readonly title: string; readonly behaviours: readonly Behaviour[] }[] = IDS.map(
  ([title, all]) => ({
    title,
    behaviours: all.map((id) => ({ id, leftOut: id.startsWith("SERSERV_") ? SERIAL : (LEFT_OUT[id] ?? null) })),
  }),
);
