/**
 * Time in the API: microseconds towards programs, ticks of the 10 MHz timer inside (seL4 manual, "Mixed-Criticality
 * Scheduling").
 *
 * A budget or period is at least `MIN_BUDGET_US`, twice the time that the kernel allows itself. The greatest period
 * is an eighth of the timer's range and does not fit a JavaScript number, so it is given as a bigint and as halves.
 */

/** Ticks of the timer in a microsecond. */
export const TICKS_PER_US = 10;

/** Time that the kernel allows itself for one entry. */
export const KERNEL_WCET_US = 10;

/** Least budget and period. */
export const MIN_BUDGET_US = 2 * KERNEL_WCET_US;
/** The same in ticks of the timer. */
export const MIN_BUDGET_TICKS = MIN_BUDGET_US * TICKS_PER_US;

/** The timer is set so much before a deadline. */
export const TIMER_PRECISION_TICKS = TICKS_PER_US;

/** Greatest budget and period: floor(floor((2^64 - 1) / 10) / 8) microseconds. */
export const MAX_PERIOD_US = 230584300921369395n;
/** Its low 32 bits. */
export const MAX_PERIOD_US_LOW = 0x33333333;
/** Its high 32 bits. */
export const MAX_PERIOD_US_HIGH = 0x03333333;

/** Durations of the domain schedule are ticks of at most this many bits. */
export const DOMAIN_DURATION_BITS = 56;
