/** What is measured: a machine whose programs do one thing for ever, and how many kernel entries once of it takes. */
import { createImage, Machine } from "@tessera/hal-sim";
import type { Program } from "@tessera/hal-sim/isa";
import { bootKernel, type Kernel } from "@tessera/kernel";
import { answer, call, mint, poll, signal } from "./programs/loops.js";
import { benchRoot } from "./programs/root.js";

export interface Case {
  readonly name: string;
  readonly entriesEach: number;
  boot(): Kernel;
}

/** Entries that a root task needs to set its threads up, generously. */
const SETUP_ENTRIES = 1000;

function boot(root: Program, programs: Record<string, Program>): Kernel {
  const machine = new Machine({ image: createImage({ root, ...programs }), ramBytes: 8 * 2 ** 20 });
  const kernel = bootKernel(machine);
  machine.run({ events: SETUP_ENTRIES });
  return kernel;
}

export const CASES: readonly Case[] = [
  {
    name: "null call (NBWait on nothing)",
    entriesEach: 1,
    boot: () => boot(benchRoot("notification", false), { poll }),
  },
  {
    name: "Signal without waiter",
    entriesEach: 1,
    boot: () => boot(benchRoot("notification", false), { signal }),
  },
  {
    name: "Mint and Delete",
    entriesEach: 2,
    boot: () => boot(benchRoot("endpoint", false), { mint }),
  },
  {
    name: "Call and ReplyRecv, 1 word",
    entriesEach: 2,
    boot: () => boot(benchRoot("endpoint", true), { call, answer }),
  },
];
