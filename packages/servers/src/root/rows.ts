/** How much memory a plan takes in rows (stock.ts), known before anything is made. */
import { seL4_PageBits, seL4_ReplyBits, seL4_SlotBits } from "@tessera/libsel4";
import type { Plan, PlannedComponent } from "../plan/plan.js";
import { isLargeCNode } from "./stock.js";

/** Bytes that the rows of a plan take at most: each with what is lost in front of it. */
export function rowBytes({ components }: Plan): number {
  return components.flatMap(rowsOf).reduce((sum, [objectBytes, count]) => sum + objectBytes * (count + 1), 0);
}

/** Object size and number of each row of a component. */
function rowsOf({ cnodeBits, slots, memory }: PlannedComponent): (readonly [bytes: number, count: number])[] {
  const rows: (readonly [number, number])[] = [];
  if (isLargeCNode(cnodeBits)) rows.push([2 ** (cnodeBits + seL4_SlotBits), 1]);
  for (const slot of slots) {
    if (slot.what === "replies") rows.push([2 ** seL4_ReplyBits, slot.count]);
    if (slot.what === "untyped") rows.push([2 ** slot.bits, 1]);
  }
  for (const { what, pages } of memory) if (what !== "device") rows.push([2 ** seL4_PageBits, pages]);
  return rows;
}
