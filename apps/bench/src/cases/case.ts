/** A case: what one child process measures. One machine in a process, because several slow each other down. */
import type { Figure } from "../measure/figure.js";
import { timeFigure } from "../measure/figure.js";
import { type Clock, type Contender, measureTogether, type Settings } from "../measure/rounds.js";
import type { Summary } from "../measure/statistics.js";
import type { Link } from "../peers/peer.js";

export interface CaseResult {
  /** Nanoseconds of the floor in this process; null when the case has nothing to do with it. */
  readonly floor: Summary | null;
  readonly figures: readonly Figure[];
}

export interface Case {
  readonly name: string;
  readonly group: string;
  readonly title: string;
  /** What Node is started with. */
  readonly flags?: readonly string[];
  run(settings: Settings): Promise<CaseResult>;
}

/** A case that measures one thing beside the floor. */
export function timed(group: string, name: string, title: string, contender: () => Omit<Contender, "name">): Case {
  return {
    name,
    group,
    title,
    async run(settings) {
      const { floor, samples } = await measureTogether([{ name, ...contender() }], settings);
      return { floor, figures: [timeFigure(name, title, samples[0]!)] };
    },
  };
}

/** A case whose work has to be opened first, and closed; its code is loaded only in the process that measures it. */
export function opened(
  group: string,
  name: string,
  title: string,
  { batch, clock = "cpu", open }: { batch: number; clock?: Clock; open: () => Promise<Link> },
): Case {
  return {
    name,
    group,
    title,
    async run(settings) {
      const { work, close } = await open();
      const { floor, samples } = await measureTogether([{ name, work, batch, clock }], settings);
      await close?.();
      return { floor, figures: [timeFigure(name, title, samples[0]!)] };
    },
  };
}
