/**
 * Rounds: the floor and all works of a case take turns in one process, each time beginning with another one, so that
 * what disturbs one disturbs all. The first rounds warm the compiler up and are forgotten.
 */
import { FLOOR_BATCH, floorWork } from "./floor.js";
import { type Summary, summarise } from "./statistics.js";
import { checksum, verify, type Work } from "./work.js";

/** "cpu": time that this process computed, on whatever core. "wall": for what other threads take part in. */
export type Clock = "cpu" | "wall";

export interface Settings {
  readonly warmUp: number;
  readonly rounds: number;
  /** Share of the full number of repetitions in a round. */
  readonly scale: number;
}

export interface Contender {
  readonly name: string;
  readonly work: Work;
  /** Repetitions in a full round: some ten milliseconds. Fixed, so that checksums are the same on every host. */
  readonly batch: number;
  readonly clock?: Clock;
}

/** What one contender took. */
export interface Sample {
  readonly name: string;
  /** Nanoseconds each time. */
  readonly nanoseconds: Summary;
  /** The same in floors, each round against the floor of that round. */
  readonly floors: Summary;
  readonly checksum: string;
}

export interface Measured {
  /** Nanoseconds of one floor. */
  readonly floor: Summary;
  readonly samples: readonly Sample[];
}

/** @throws WrongChecksum when a contender, or the floor, has not done what it should have */
export async function measureTogether(contenders: readonly Contender[], settings: Settings): Promise<Measured> {
  const floor: Contender = { name: "floor", work: floorWork(), batch: FLOOR_BATCH };
  const all = [floor, ...contenders];
  const rounds: number[][] = [];
  for (let round = -settings.warmUp; round < settings.rounds; round++) {
    const times = new Array<number>(all.length).fill(0);
    for (let turn = 0; turn < all.length; turn++) {
      const i = (turn + Math.abs(round)) % all.length;
      times[i] = await timeEach(all[i]!, settings.scale);
    }
    if (round >= 0) rounds.push(times);
  }
  for (const { name, work } of all) verify(name, work);
  return {
    floor: summarise(rounds.map(([first]) => first!)),
    samples: contenders.map(({ name, work }, i) => ({
      name,
      nanoseconds: summarise(rounds.map((times) => times[i + 1]!)),
      floors: summarise(rounds.map((times) => times[i + 1]! / times[0]!)),
      checksum: checksum(work.tally),
    })),
  };
}

/** Nanoseconds for one time of one batch. */
async function timeEach({ work, batch, clock = "cpu" }: Contender, scale: number): Promise<number> {
  const times = Math.max(1, Math.round(batch * scale));
  const before = work.tally.done;
  const start = now(clock);
  const pending = work.run(times);
  if (pending !== undefined) await pending;
  const spent = now(clock) - start;
  return spent / Math.max(1, work.tally.done - before);
}

/** Nanoseconds since some moment. */
export function now(clock: Clock): number {
  if (clock === "wall") return performance.now() * 1e6;
  const { user, system } = process.cpuUsage();
  return (user + system) * 1e3;
}
