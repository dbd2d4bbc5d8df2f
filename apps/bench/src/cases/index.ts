/** All cases, in the order in which they are run and printed. */
import type { Case } from "./case.js";
import { SYSTEM_CALLS } from "./system-calls.js";

export const CASES: readonly Case[] = [...SYSTEM_CALLS];
