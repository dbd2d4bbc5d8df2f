/** `logs`: the lines that the log has kept, with their times. */
import { calls, LogReader } from "@tessera/servers";
import { dateText } from "../date.js";
import { inWords } from "../paths.js";
import { tool } from "../tool.js";

export const logs = tool(
  "logs",
  { takes: "", does: "the lines that the log has kept, with their times" },
  { lines: calls(LogReader) },
  function* ({ print, complain }, { lines }) {
    for (let from = 0; ; ) {
      const read = yield* lines.read({ from });
      if (read.error === "NoMore") return 0;
      if (read.error !== null) return yield* complain(inWords(read.error));
      const { us, client, level, line, fields } = read;
      yield* print(`${dateText(us)} ${client}: ${level}: ${line}${fields === "" ? "" : ` ${fields}`}\n`);
      from = read.serial + 1;
    }
  },
);
