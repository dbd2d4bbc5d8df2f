/** Bugs as students write them, planted into our servers. */
import type { Bug } from "./bug.js";
import { MEMORY_BUGS } from "./memory.js";
import { SYSTEM_BUGS } from "./system.js";

export const BUGS: readonly Bug[] = [...SYSTEM_BUGS, ...MEMORY_BUGS];
