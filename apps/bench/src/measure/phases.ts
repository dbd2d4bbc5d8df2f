/**
 * Work that goes through phases, in a circle: some of them are figures, others undo what those did and are not timed.
 * Each phase is run for as many kernel entries as it takes, and its end is checked, so that no phase pays for another.
 * The floor of a round is the median of those measured before each phase.
 */
import { FLOOR_BATCH, floorWork } from "./floor.js";
import { type Measured, now, type Settings } from "./rounds.js";
import { type Summary, summarise } from "./statistics.js";
import { checksum, type Tally, verify, type Work } from "./work.js";

export interface PhaseTally extends Tally {
  /** System calls that were begun, each counted before it is made. */
  begun: number;
}

export interface Phase {
  /** The figure that it is; null when it only undoes something. */
  readonly name: string | null;
  /** System calls, as `begun` counts them. */
  readonly calls: number;
  /** What a figure is divided by. */
  readonly times: number;
}

export interface PhasedWork extends Work {
  readonly tally: PhaseTally;
  /** Let so many kernel entries pass. */
  enter(entries: number): void;
}

/** Entries that may be needed beyond one a system call, for interrupts. */
const EXTRA_ENTRIES = 100;

/** Batches of the floor when it is measured alone. */
const FLOORS_ALONE = 15;

/**
 * The floor before there is any work, for work that fills the heap: collections among a million objects are longer, and
 * those that the floor's own garbage causes would make F larger and our figures smaller.
 */
export function floorAlone(settings: Settings): Summary {
  const floor = floorWork();
  const batch = floorBatch(settings);
  floor.run(batch);
  const times = Array.from({ length: FLOORS_ALONE }, () => timeFloor(floor, batch));
  verify("floor", floor);
  return summarise(times);
}

function floorBatch({ scale }: Settings): number {
  return Math.max(1, Math.round(FLOOR_BATCH * scale));
}

function timeFloor(floor: Work, batch: number): number {
  const start = now("cpu");
  floor.run(batch);
  return (now("cpu") - start) / batch;
}

/**
 * @param alone the floor when it was measured before; else it is measured here, before each phase
 * @throws WrongChecksum as `measureTogether`
 */
export function measurePhases(
  work: PhasedWork,
  phases: readonly Phase[],
  settings: Settings,
  alone: Summary | null = null,
): Measured {
  const floor = floorWork();
  const floors: number[] = [];
  const times = phases.map((): number[] => []);
  let target = 0;
  for (let round = -settings.warmUp; round < settings.rounds; round++) {
    const floorTimes: number[] = [];
    const spent = phases.map((phase) => {
      floorTimes.push(alone?.median ?? timeFloor(floor, floorBatch(settings)));
      target += phase.calls;
      return runTo(work, target) / phase.times;
    });
    if (round < 0) continue;
    floors.push(summarise(floorTimes).median);
    spent.forEach((time, i) => {
      times[i]!.push(time);
    });
  }
  if (alone === null) verify("floor", floor);
  verify("phases", work);
  const samples = phases.flatMap(({ name }, i) => {
    if (name === null) return [];
    const all = times[i]!;
    const inFloors = all.map((time, round) => time / floors[round]!);
    return [{ name, nanoseconds: summarise(all), floors: summarise(inFloors), checksum: checksum(work.tally) }];
  });
  return { floor: alone ?? summarise(floors), samples };
}

/** Nanoseconds until `target` system calls have been begun. */
function runTo(work: PhasedWork, target: number): number {
  const { tally } = work;
  const start = now("cpu");
  work.enter(target - tally.begun);
  const spent = now("cpu") - start;
  for (let extra = 0; tally.begun < target; extra++) {
    if (extra === EXTRA_ENTRIES) throw new Error(`a phase has not ended: ${tally.begun} of ${target} calls were begun`);
    work.enter(1);
  }
  return spent;
}
