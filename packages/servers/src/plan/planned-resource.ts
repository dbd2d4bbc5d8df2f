/** What a component declares to make processes of, as its plan has it. */
import type { Need } from "../common/need.js";
import type { PlannedResource } from "./plan.js";

/**
 * A need of a component as a part of its plan; null when it is no resource.
 * @param slot the first of its slots
 * @param address where memory of this need would lie
 */
export function plannedResource(need: string, declared: Need, slot: number, address: number): PlannedResource | null {
  switch (declared.need) {
    case "untyped":
      return { what: "untyped", slot, need, bits: declared.bits };
    case "spaces":
      return { what: "spaces", slot, need };
    case "ownSpace":
      return { what: "ownSpace", slot, need, address };
    case "priorities":
      return { what: "priorities", slot, need, most: declared.most };
    case "time": {
      const { count, budgetUs, periodUs } = declared;
      return { what: "time", slot, count, need, budgetUs, periodUs };
    }
    case "leftover":
      return { what: "leftover", slot, count: declared.count, need, sliceUs: declared.sliceUs };
    case "programs":
      return { what: "programs", slot, need, programs: declared.programs.map(({ name }) => name) };
    default:
      return null;
  }
}
