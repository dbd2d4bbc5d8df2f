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
