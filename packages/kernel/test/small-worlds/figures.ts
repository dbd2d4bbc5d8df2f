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
