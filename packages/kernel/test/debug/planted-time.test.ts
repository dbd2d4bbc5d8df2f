/** The balance of time: a tick that is counted twice, or not at all, is found. */
import { expect, it } from "vitest";
import { bootScene } from "../support/scene.js";

function* nothing() {}

it("ticks that no scheduling context has are missed", () => {
  const { machine, kernel } = bootScene(nothing);
  machine.run();
  expect(kernel.checkInvariants()).toEqual([]);
  kernel.state.idleSc.total += 1;
  const [violation] = kernel.checkInvariants();
  expect(violation).toMatch(/^time: \d+ ticks have passed since boot, but \d+ are accounted for$/);
});
