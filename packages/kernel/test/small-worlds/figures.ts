/**
 * How many small worlds there are of each kind. The tests assert these numbers, so that none can go missing unseen, and
 * the manual may print them.
 */

/** Worlds that differ and steps that were tried from them, in 66 rings of 2 to 4 refills. */
export const REFILL_FIGURES = {
  constantBandwidth: { worlds: 24_941, steps: 64_975 },
  sporadicNeverPreempted: { worlds: 23_965, steps: 54_285 },
  sporadicPreempted: { worlds: 54_588, steps: 115_694 },
} as const;

/** Worlds that differ and system calls that were tried from them, for three threads at an endpoint and a notification. */
export const IPC_FIGURES = {
  "three active threads": { worlds: 4862, steps: 20_670 },
  "one reply object for all": { worlds: 3584, steps: 15_600 },
  "a notification bound to a thread, with time to lend": { worlds: 4238, steps: 17_862 },
  "a passive server": { worlds: 10_440, steps: 41_964 },
  "a passive server of higher priority": { worlds: 7788, steps: 38_844 },
  "a passive server with a bound notification": { worlds: 17_004, steps: 68_692 },
} as const;

/**
 * Long operations: their preemption points, each of which is tried; pairs of them; acts of another thread at each of
 * them, and how many of these were not refused.
 */
export const PREEMPTION_FIGURES = {
  "a CNode with the last capabilities to objects in use": { points: 10, pairs: 45, acts: 400, accepted: 300 },
  "CNodes in CNodes": { points: 6, pairs: 15, acts: 264, accepted: 186 },
  "untyped memory and all that was made of it": { points: 22, pairs: 231, acts: 1474, accepted: 901 },
  "an endpoint with badged children": { points: 6, pairs: 15, acts: 378, accepted: 224 },
  "a thread with spaces of its own": { points: 6, pairs: 15, acts: 204, accepted: 132 },
  "memory that was used": { points: 8, pairs: 28, acts: 152, accepted: 112 },
  "a CNode that who deletes it lies in": { points: 5, pairs: 10, acts: 45, accepted: 20 },
  "untyped memory that is kept in what was made of it": { points: 6, pairs: 15, acts: 168, accepted: 84 },
} as const;
