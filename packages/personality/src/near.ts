/** Sentences about a name that does not exist: what somebody may have meant, and lists of what there is. */
import { nearNames } from "@tessera/servers";

/**
 * How a sentence goes on that has named something which does not exist: what was meant, or what there is.
 * @param what what there could be, in the plural
 */
export function meant(name: string, names: Iterable<string>, what: string): string {
  const all = [...new Set(names)];
  const near = nearNames(name, all);
  if (near.length > 0) return `did you mean ${orList(near.map((other) => `"${other}"`))}?`;
  return all.length === 0 ? `there are no ${what} at all` : `there is ${all.sort().join(", ")}`;
}

/** `a, b or c`. */
export function orList(items: readonly string[]): string {
  return joined(items, "or");
}

/** `a, b and c`. */
export function andList(items: readonly string[]): string {
  return joined(items, "and");
}

function joined(items: readonly string[], word: string): string {
  const last = items.at(-1) ?? "";
  return items.length < 2 ? last : `${items.slice(0, -1).join(", ")} ${word} ${last}`;
}
