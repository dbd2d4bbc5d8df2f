/** What two runs of the same scene must have in common at their ends: all of a snapshot but numbers that count up. */
import type { KernelSnapshot } from "../../src/debug/snapshot.js";

/** Fields that hold the id of an object, or a list of them. */
const IDS = new Set([
  ...["id", "home", "object", "untyped", "vspace", "thread", "schedContext", "blockedOn", "reply", "notification"],
  ...["boundNotification", "boundThread", "below", "queue"],
]);
/** When refills are due depends on how often the kernel was entered; what they add up to does not. */
const TIMES = new Set(["refills"]);

/** A snapshot as text, a line for each thing. Objects are numbered anew, by their ids' order; moments are left out. */
export function essence({ objects, capabilities }: KernelSnapshot): readonly string[] {
  const numbers = new Map(objects.map(({ id }, i) => [id, i + 1]));
  const numberOf = (id: number) => numbers.get(id) ?? 0;
  const replacer = (key: string, value: unknown) => {
    if (TIMES.has(key)) return undefined;
    if (!IDS.has(key)) return value;
    return Array.isArray(value) ? value.map(numberOf) : typeof value === "number" ? numberOf(value) : value;
  };
  return [...objects, ...capabilities].map((thing) => JSON.stringify(thing, replacer));
}

/** What is in one and not in the other; empty when they are equal. */
export function difference(found: readonly string[], expected: readonly string[]): string {
  const only = (these: readonly string[], those: ReadonlySet<string>, sign: string) =>
    these.filter((line) => !those.has(line)).map((line) => `\n${sign} ${line}`);
  const [here, there] = [new Set(found), new Set(expected)];
  return [...only(found, there, "+"), ...only(expected, here, "-")].join("");
}
