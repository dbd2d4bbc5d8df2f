/** A check: programs that run on the system under test, and what is looked at from outside while they do. */
import type { ProgramStart, Thread } from "@tessera/hal-sim/isa";
import type { SosApi } from "@tessera/servers/sos";
import type { ClientMain } from "./clients.js";
import type { DiskSpeed } from "./disk.js";
import type { Exam } from "./exam.js";
import type { Room } from "./room.js";
import type { Witness } from "./witness.js";

export const MILESTONES = {
  M0: "messages",
  M1: "timer",
  M2: "system calls",
  M3: "memory",
  M4: "files",
  M5: "paging",
  M6: "processes",
} as const;

export type Milestone = keyof typeof MILESTONES;

/** What a program of a check has. */
export interface Own {
  readonly sos: SosApi;
  /** Memory of its own. */
  readonly room: Room;
  readonly witness: Witness;
  /** The registers that it was started with: a0 is the top of its stack. */
  readonly start: ProgramStart;
}

/** What a program of a check does. */
export type Main = (own: Own) => Thread;

/** One thing that a solution is tried for. */
export interface Check {
  /** `M1/sleep`: its milestone, and a word. */
  readonly id: string;
  /** What holds when it passes. */
  readonly claim: string;
  readonly points: number;
  /** Where to look when it does not. */
  readonly look: string;
  /** The programs by name; `first` is the one that runs from the beginning on, and says "end" when it is through. */
  readonly programs: Readonly<Record<string, Main>> & { readonly first: Main };
  /** Clients of the timer by name, which are composed with the system. */
  readonly clients?: Readonly<Record<string, ClientMain>>;
  /** What is done and looked at from outside. If left out: the machine runs until `first` has come to its end. */
  readonly examine?: (exam: Exam) => void;
  /** Frames, pages of swap, and pages of each process that the system is booted with, if not the usual. */
  readonly frames?: number;
  readonly swapPages?: number;
  readonly processPages?: number;
  /** How slow the disk is; if left out, it answers at once. */
  readonly disk?: DiskSpeed;
  /** Seconds of the machine in which it has to come to its end: 20 if left out. */
  readonly seconds?: number;
}

/** The milestone that a check belongs to. */
export function milestoneOf({ id }: Pick<Check, "id">): Milestone {
  return id.slice(0, 2) as Milestone;
}
