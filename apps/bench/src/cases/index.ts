/** All cases, in the order in which they are run and printed. */

import { CAPABILITIES } from "./capabilities.js";
import type { Case } from "./case.js";
import { ENTRIES } from "./entries.js";
import { FILES } from "./files.js";
import { HAZARDS } from "./hazards.js";
import { LAUNCH } from "./launch.js";
import { LIBRARY_CASES } from "./libraries.js";
import { MEMORY } from "./memory.js";
import { OBSERVATION } from "./observation.js";
import { PEERS } from "./peers.js";
import { PROCESSES } from "./processes.js";
import { SCALE } from "./scale.js";
import { SERVERS } from "./servers.js";
import { SYSTEM_CALLS } from "./system-calls.js";

export const CASES: readonly Case[] = [
  ...SYSTEM_CALLS,
  ...CAPABILITIES,
  ...MEMORY,
  LAUNCH,
  ENTRIES,
  ...SCALE,
  ...OBSERVATION,
  ...HAZARDS,
  ...LIBRARY_CASES,
  ...SERVERS,
  ...PROCESSES,
  ...FILES,
  ...PEERS,
];
