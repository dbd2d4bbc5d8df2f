/** `ps`: the processes of this shell, with the time of the CPU that each has used. */
import { calls, ProcessTable } from "@tessera/servers";
import { inWords } from "../paths.js";
import { tool } from "../tool.js";

export const ps = tool(
  "ps",
  { takes: "", does: "the processes of this shell, with the time of the CPU that each has used" },
  { table: calls(ProcessTable) },
  function* ({ print, complain }, { table }) {
    let text = "   ID PARENT STATE    CPU(ms) NAME\n";
    for (let after = 0; ; ) {
      const next = yield* table.next({ after });
      if (next.error === "End") break;
      if (next.error !== null) return yield* complain(inWords(next.error));
      const { id, parent, state, usedUs, name } = next;
      const columns = [String(id).padStart(5), String(parent).padStart(6), state.padEnd(5)];
      text += `${columns.join(" ")} ${(usedUs / 1000).toFixed(3).padStart(10)} ${name}\n`;
      after = id;
    }
    yield* print(text);
    return 0;
  },
);
