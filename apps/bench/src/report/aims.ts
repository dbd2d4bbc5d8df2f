/**
 * The aims: what we want to reach, as ratios within one run. A figure has at most one; ratios between two figures are
 * listed as figures of their own, made here.
 */
import type { Figure } from "../measure/figure.js";

/** What of a figure is looked at, and where it should be: at most, or at least. */
export interface Aim {
  readonly of: "floors" | "value";
  readonly atMost?: number;
  readonly atLeast?: number;
  readonly stretch?: number;
}

const floors = (atMost: number, stretch?: number): Aim =>
  stretch === undefined ? { of: "floors", atMost } : { of: "floors", atMost, stretch };

const AIMS: Readonly<Record<string, Aim>> = {
  "call-1": floors(8, 5.5),
  "call-4": floors(9, 6.5),
  "call-64": floors(12, 8),
  "call-cap": floors(14, 9),
  "signal-wait": floors(9, 6),
  "null-signal": floors(2.5, 1.2),
  "null-nbwait": floors(2.5, 1.2),
  "caps-few-mint": floors(3, 1.5),
  "caps-few-copy": floors(3, 1.5),
  "caps-many-mint": floors(3, 1.5),
  "caps-many-copy": floors(3, 1.5),
  "caps-many-revoke": floors(1.5, 0.5),
  "caps-many-revoke-scattered": floors(12),
  "caps-memory-each": { of: "value", atMost: 130 },
  "caps-memory-pause": { of: "value", atMost: 150 },
  "idle-thread": { of: "value", atMost: 1024, stretch: 600 },
  launch: { of: "value", atMost: 25, stretch: 10 },
  trace: { of: "value", atMost: 1.15, stretch: 1.05 },
  "entry-units": { of: "value", atMost: 100 },
  "scale-entry-units": { of: "value", atMost: 100 },
  "scale-signal": { of: "value", atMost: 1.5 },
  "scale-call": { of: "value", atMost: 1.5 },
  "scale-thread": { of: "value", atMost: 1.5 },
  "scale-priority": { of: "value", atMost: 1.5 },
  "scale-caps-delete": { of: "value", atMost: 1.5 },
  "scale-caps-revoke": { of: "value", atMost: 1.5 },
  typed: { of: "value", atMost: 1.5 },
  "beside-channel": { of: "value", atLeast: 25, stretch: 40 },
  "beside-channel-worker": { of: "value", atLeast: 60, stretch: 100 },
  "beside-atomics": { of: "value", atLeast: 20, stretch: 30 },
  "qemu-call": { of: "value", atLeast: 45, stretch: 75 },
};

export function aimOf(id: string): Aim | null {
  return AIMS[id] ?? null;
}

export type Verdict = "stretch" | "met" | "not met";

/** Whether a figure is where it should be; null when nobody said where. */
export function verdict(figure: Figure): Verdict | null {
  const aim = aimOf(figure.id);
  if (aim === null) return null;
  const value = aim.of === "floors" ? figure.floors : figure.value;
  if (value === undefined) return null;
  const reaches = (limit: number | undefined) =>
    limit !== undefined && (aim.atLeast === undefined ? value <= limit : value >= limit);
  if (reaches(aim.stretch)) return "stretch";
  return reaches(aim.atMost ?? aim.atLeast) ? "met" : "not met";
}
