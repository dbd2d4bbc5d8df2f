/** A figure of the table: what a case reports, and what JSON and Markdown show. */
import type { Sample } from "./rounds.js";

export type Unit = "ns" | "bytes" | "ms" | "x" | "units" | "effects" | "MiB/s";

export interface Figure {
  readonly id: string;
  readonly title: string;
  readonly unit: Unit;
  readonly value: number;
  /** The best repetition; what is left when nothing disturbs. */
  readonly least?: number;
  /** Share of the value within which half of the repetitions lie. */
  readonly spread?: number;
  /** The value in floors, for times. */
  readonly floors?: number;
  /** How often the work was done, and its sum. */
  readonly checksum?: string;
  readonly note?: string;
}

export function timeFigure(id: string, title: string, sample: Sample, note?: string): Figure {
  const { nanoseconds, floors, checksum } = sample;
  return {
    id,
    title,
    unit: "ns",
    value: nanoseconds.median,
    least: nanoseconds.least,
    spread: floors.spread,
    floors: floors.median,
    checksum,
    ...(note === undefined ? {} : { note }),
  };
}
