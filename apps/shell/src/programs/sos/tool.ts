/** `sos`: the keyboard goes to the other system on this machine, until ctrl-D or the end of the input. */
import { calls, File } from "@tessera/servers";
import { inWords } from "../paths.js";
import { tool } from "../tool.js";
import { Seat } from "./interface.js";

/** The tool. */
export const sos = tool(
  "sos",
  { takes: "", does: "type for the other system on this machine, until ctrl-D" },
  { stdin: calls(File), seat: calls(Seat) },
  function* ({ complain, endOfOutput }, { stdin, stdout, seat }) {
    const sat = yield* seat.sit({ output: stdout, at: yield* endOfOutput() });
    if (sat.error === "Taken") return yield* complain("somebody else types for it already");
    if (sat.error !== null) return yield* complain(inWords(sat.error));
    const typed = yield* sat.seated.type({ input: stdin });
    yield* sat.seated.close();
    if (typed.error === null) return 0;
    // Whoever reads has enough, as `head` has: no reason to complain.
    if (typed.error === "BrokenPipe") return 1;
    return yield* complain(typed.error === "Unseen" ? "its output takes nothing any more" : inWords(typed.error));
  },
);
