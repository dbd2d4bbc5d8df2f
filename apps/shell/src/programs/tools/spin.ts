/** `spin`: computes for ever: for `top` to show, and for `kill` and ctrl-C to end. */
import { compute } from "@tessera/hal-sim/isa";
import { tool } from "../tool.js";

const CYCLES = 1_000_000;

export const spin = tool("spin", { takes: "", does: "compute for ever" }, {}, function* () {
  for (;;) yield* compute(CYCLES);
});
