/**
 * The host side: an image of three programs, a machine, a kernel on it, and one run to its end.
 *
 * Everything that a run depends on is an argument. What comes back can be asked for its trace; nothing of what the
 * programs compute reaches the host in another way.
 */
import { createImage, Machine, type Stop } from "@tessera/hal-sim";
import type { Program } from "@tessera/hal-sim/isa";
import { bootKernel } from "@tessera/kernel";
import { catches } from "./programs/broken/catches.js";
import { forgets } from "./programs/broken/forgets.js";
import { recurses } from "./programs/broken/recurses.js";
import { strays } from "./programs/broken/strays.js";
import { throws } from "./programs/broken/throws.js";
import { yields } from "./programs/broken/yields.js";
import { client } from "./programs/client.js";
import { RootEnvironment } from "./programs/environment.js";
import { root } from "./programs/root.js";
import { server } from "./programs/server.js";

/** The clients to choose from: the lecture's, and some that make mistakes. */
export const CLIENTS = { lecture: client, strays, throws, recurses, yields, forgets, catches } satisfies Record<
  string,
  Program
>;
export type ClientName = keyof typeof CLIENTS;

export interface LectureOptions {
  /** The badge that the server mints for its client. */
  readonly badge: number;
  /** Seed of the machine. */
  readonly seed: number;
  readonly client: ClientName;
  /** Look at the kernel's invariants at every exit. Changes nothing in the run. */
  readonly checkInvariants?: boolean;
  /** What goes to the kernel's debug console. */
  readonly onConsole?: (bytes: Uint8Array) => void;
  /** Why a thread was stopped that has no fault handler. */
  readonly onReport?: (text: string) => void;
  /** Told about a program that can only be stopped by ending this process. */
  readonly onRunaway?: (lecture: Lecture, message: string) => void;
}

export interface Lecture {
  readonly machine: Machine;
  /** What programs threw, by the id of their thread: host stacks are no part of the trace. */
  readonly failures: () => ReadonlyMap<number, Error>;
}

/** More than enough kernel entries for every client that comes to an end. */
const MAX_EVENTS = 1_000_000;

/** Play the lecture until nobody has anything left to do. */
export function playLecture(options: LectureOptions): Lecture & { readonly stop: Stop } {
  const programs = { root, server, client: CLIENTS[options.client] };
  const machine: Machine = new Machine({
    image: createImage(programs, RootEnvironment.encode({ badge: options.badge })),
    seed: options.seed,
    onRunaway: (message) => options.onRunaway?.(lecture, message),
  });
  const kernel = bootKernel(machine, { checkInvariants: options.checkInvariants ?? false });
  const failures = () => {
    const thrown = [...kernel.state.threads].map(({ id, context }) => [id, context.lastThrow] as const);
    return new Map(thrown.filter((entry): entry is [number, Error] => entry[1] !== null));
  };
  const lecture = { machine, failures };
  machine.output.subscribe((bytes) => options.onConsole?.(bytes));
  machine.reports.subscribe((text) => options.onReport?.(text));
  return { ...lecture, stop: machine.run({ events: MAX_EVENTS }) };
}
