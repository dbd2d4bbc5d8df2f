/**
 * SOS as a part of a personality: the servers that it needs beside a timer, a console and files, and itself. By this it is
 * a personality of its own, and the second one on a machine that others use as well.
 */
import type { Personality } from "@tessera/personality";
import { installer, memoryServer, ramfsOf } from "@tessera/servers";
import { executable, type SosOptions, type SosProgram, sosServer } from "@tessera/servers/sos";

/** What is decided about SOS on a machine. */
export interface SosParts {
  /** The programs in its files, its shell among them. */
  readonly programs: readonly SosProgram[];
  /** Whose offer its console is: "console.file". */
  readonly console: string;
  readonly atEnd: NonNullable<SosOptions["atEnd"]>;
  /** Pages that all its processes together have in memory at a time: from 16 to 512. */
  readonly frames: number;
}

/** Where its programs lie. */
const PROGRAMS = "/bin";
const SHELL = "sosh";
/** Its program; another one may be called by its name alone. */
const SERVER = "sosserver";
/** The installer writes anew what was on its way when the file system died. */
const RESTART = { first: "10ms", most: "1s" };
/** Processes at a time. */
const MOST_PROCESSES = 10;
/** Pages that a process may have, a quarter of them for its stack: enough for the largest buffer of the benchmark. */
const PAGES = 96;
/** Of these in memory at a time, where there are so many frames. */
const FRAMES = 32;
/** Pages of swap, and of the file system in which they lie, an eighth of which is for its books. */
const SWAP_PAGES = 440;
const SWAP_FS_PAGES = 512;

/**
 * Add SOS to a personality that has "timer", "vfs" for its files, and "process", a process server with spaces.
 * @returns the personality
 */
export function addSos(personality: Personality, { programs, console, atEnd, frames }: SosParts): Personality {
  const own = { most: MOST_PROCESSES, pages: PAGES, frames: Math.min(FRAMES, frames) };
  return personality
    .add(ramfsOf(SWAP_FS_PAGES, "swapfs"), { priority: 150, budget: "500us/10ms" })
    .add(memoryServer({ frames, spaces: MOST_PROCESSES, swap: SWAP_PAGES }), {
      priority: 125,
      budget: "1ms/10ms",
      choose: { swap: "swapfs" },
    })
    .add(installer(programs.map((program) => executable(program))), {
      priority: 90,
      budget: "200us/10ms",
      args: PROGRAMS,
      choose: { files: "vfs" },
      restart: RESTART,
    })
    .add(sosServer({ ...own, name: SERVER, first: `${PROGRAMS}/${SHELL}`, atEnd }), {
      name: "sos",
      priority: 110,
      budget: "2ms/10ms",
      choose: { root: "vfs", console },
    });
}
