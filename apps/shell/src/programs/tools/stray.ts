/** `stray`: reads at an address that is not its own, and dies of it: for `why` to explain. */
import { load } from "@tessera/hal-sim/isa";
import { tool } from "../tool.js";

const NOT_ITS_OWN = 0x50_0000;

export const stray = tool(
  "stray",
  { takes: "", does: "read at an address that is not its own, and die of it" },
  {},
  function* ({ print }) {
    yield* print(`reading at 0x${NOT_ITS_OWN.toString(16)}\n`);
    yield* load(NOT_ITS_OWN);
    return 0;
  },
);
