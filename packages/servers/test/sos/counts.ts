/** What exists in the kernel of a machine with SOS, counted, so that two moments can be compared. */
import { expect } from "vitest";
import type { Snapshot } from "../root/existing.js";

/** Of each of its callers, made when it calls for the first time. */
const LAZY = "notification of notification sos.notification in cnode sos.cspace";

/** What exists, by kinds: which of several equal things it is that somebody has is no difference. */
export function counts({ objects, capabilities }: Snapshot): Record<string, number> {
  const found: Record<string, number> = {};
  const count = (what: string) => {
    found[what] = (found[what] ?? 0) + 1;
  };
  // Without the numbers of processes; and untyped memory that a component had before it died is made again without a name.
  const calledSo = ({ kind, name }: Snapshot["objects"][number]) => {
    return kind === "untyped" ? kind : `${kind} ${name.replace(/\.\d+/, "")}`;
  };
  const names = new Map(objects.map((object) => [object.id, calledSo(object)]));
  for (const object of objects) {
    count(calledSo(object));
    if (object.kind === "frame") for (const _ of object.mappings) count("mapping");
  }
  for (const { home, kind, object } of capabilities)
    count(`${kind} of ${kind === "frame" ? "" : names.get(object)} in ${names.get(home)}`);
  expect(found[LAZY]).toBeLessThanOrEqual(9 + 2);
  delete found[LAZY];
  return found;
}
