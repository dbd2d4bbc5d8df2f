/** An object's memory comes back when it is deleted, as often as one likes. */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_CNode_Delete,
  seL4_EndpointBits,
  seL4_EndpointObject,
  seL4_NoError,
  seL4_NotEnoughMemory,
  seL4_Untyped_Retype,
} from "@tessera/libsel4";
import { expect, it } from "vitest";
import { behaviour, type TestThread } from "./test-thread.js";

const ROUNDS = 100;

/** Out of an untyped that holds one endpoint: made, refused a second, and freed. How each round ended. */
function* endpointsInTurn({ kit }: TestThread): Thread<number[][]> {
  const untyped = yield* kit.untyped(seL4_EndpointBits);
  const slot = kit.slots(2);
  const make = (at: number) => seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, kit.cnode, 0, 0, at, 1);
  const rounds: number[][] = [];
  for (let round = 0; round < ROUNDS; round++) {
    rounds.push([yield* make(slot), yield* make(slot + 1), yield* seL4_CNode_Delete(kit.cnode, slot, kit.depth)]);
  }
  return rounds;
}

it.each(["TRIVIAL0001", "TRIVIAL0002"])("%s: an endpoint is made and freed 100 times out of the memory of one", () => {
  const round = [seL4_NoError, seL4_NotEnoughMemory, seL4_NoError];
  expect(behaviour(endpointsInTurn).value).toEqual(Array.from({ length: ROUNDS }, () => round));
});
