/**
 * What things cost in cycles of the modelled core.
 *
 * The figures need not be those of any silicon; they must be there, so that a loop of system calls spends its budget,
 * a preemptible operation can be preempted, and a run is the same on every host. They are part of the machine's
 * options: another model is another run.
 */
export interface CostModel {
  /** Entering the kernel and returning from it: a system call, a fault or an interrupt. */
  readonly kernelEntry: number;
  /** One unit of preemptible kernel work (a slot deleted, a stretch of memory cleared). */
  readonly kernelWorkUnit: number;
  /** One 64-bit word loaded from or stored to memory by a program, staged message words included. */
  readonly load: number;
  readonly store: number;
  /** One access to a device register, besides the load or store that makes it. */
  readonly deviceAccess: number;
  /** One unit of `compute(n)`. */
  readonly computeCycle: number;
  /** The first instructions of a program, from its entry marker to its first call. */
  readonly programStart: number;
}

/** What things cost when the options say nothing else, in cycles of the 1 GHz core. */
export const DEFAULT_COSTS: CostModel = {
  kernelEntry: 200,
  kernelWorkUnit: 50,
  load: 2,
  store: 2,
  deviceAccess: 50,
  computeCycle: 1,
  programStart: 100,
};

/** What may cost nothing. Everything else takes time, so that no loop of a program is endless. */
const MAY_BE_FREE = new Set(["kernelWorkUnit", "deviceAccess"]);

/**
 * The default model with some costs replaced.
 * @throws RangeError when a cost is unknown, no whole number of cycles, or 0 where time has to pass.
 */
export function costModel(changes: Partial<CostModel> = {}): CostModel {
  const costs = { ...DEFAULT_COSTS, ...changes };
  for (const [name, cycles] of Object.entries(costs)) {
    if (!(name in DEFAULT_COSTS)) throw new RangeError(`cost.${name} is no cost of the model`);
    const least = MAY_BE_FREE.has(name) ? 0 : 1;
    if (!Number.isSafeInteger(cycles) || cycles < least) {
      throw new RangeError(`cost.${name} must be a whole number of cycles, ${least} or more`);
    }
  }
  return costs;
}
