/** `lookup`: what is registered in the directory of names. Who may register there is for composition to say: no program of the shell may. */
import { calls, Lookup } from "@tessera/servers";
import { inWords } from "../paths.js";
import { tool } from "../tool.js";

export const lookup = tool(
  "lookup",
  { takes: "", does: "what is registered in the directory of names" },
  { lookup: calls(Lookup) },
  function* ({ print, complain }, handles) {
    for (let name = ""; ; ) {
      const next = yield* handles.lookup.after({ name });
      if (next.error === "NoMore") return 0;
      if (next.error !== null) return yield* complain(inWords(next.error));
      yield* print(`${next.name}\n`);
      name = next.name;
    }
  },
);
