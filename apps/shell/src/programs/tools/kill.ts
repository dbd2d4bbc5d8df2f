/** `kill ID…`: ends processes of this shell. */
import { calls, ProcessTable } from "@tessera/servers";
import { inWords } from "../paths.js";
import { tool } from "../tool.js";

export const kill = tool(
  "kill",
  { takes: "ID...", does: "end processes of this shell" },
  { table: calls(ProcessTable) },
  function* ({ words, complain }, { table }) {
    if (words.length === 0) return yield* complain("takes the numbers of processes, which ps shows");
    let status = 0;
    for (const word of words) {
      const isNumber = /^\d{1,9}$/.test(word);
      const error = isNumber ? (yield* table.kill({ id: Number(word) })).error : "NotFound";
      if (error === null) continue;
      status = yield* complain(error === "NotFound" ? `there is no process ${word}` : `${word}: ${inWords(error)}`);
    }
    return status;
  },
);
