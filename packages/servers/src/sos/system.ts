/** What all parts of the SOS server have in common: whom it calls, and how long it waits. */
import type { Thread } from "@tessera/hal-sim/isa";
import { must } from "../common/answer.js";
import type { Client } from "../common/client.js";
import type { Deadlines } from "../common/deadline.js";
import type { Offer, Self } from "../common/handles.js";
import { again } from "../common/retry.js";
import type { Spaces } from "../memory/interface.js";
import type { Processes } from "../process/interface.js";
import type { Timer } from "../timer/interface.js";
import type { Directory } from "../vfs/interface.js";
import type { Sos } from "./interface.js";
import type { Lane } from "./lane.js";

/** A moment: before something is tried again for which there was no room. */
const MOMENT_US = 1000;

/** What a system is made of. */
export interface SystemParts {
  readonly self: Self;
  readonly offer: Offer<typeof Sos>;
  readonly processes: Client<typeof Processes>;
  readonly spaces: Client<typeof Spaces>;
  readonly root: Client<typeof Directory>;
  readonly timer: Client<typeof Timer>;
  readonly deadlines: Deadlines;
  /** Of the machine's clock, when the system was started. */
  readonly bootUs: number;
  /** Calls to file systems, and to the memory server, that may take their time. */
  readonly files: Lane;
  readonly memory: Lane;
}

/** Microseconds since the system was started. */
export function* sinceBoot({ timer, bootUs }: Pick<SystemParts, "timer" | "bootUs">): Thread<number> {
  return must(yield* again(() => timer.time())).us - bootUs;
}

/** Park for `us` microseconds. */
export function* pause({ self, deadlines }: Pick<SystemParts, "self" | "deadlines">, us = MOMENT_US): Thread<void> {
  yield* deadlines.wait(self.condition(), us);
}
