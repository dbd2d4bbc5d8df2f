/** `time`: the date and the time of day, in universal time. `mtime`: microseconds since 1970. */
import { calls, Timer } from "@tessera/servers";
import { dateText } from "../date.js";
import { inWords } from "../paths.js";
import { tool } from "../tool.js";

export const time = clock("time", "the date and the time of day, in universal time", dateText);
export const mtime = clock("mtime", "microseconds since 1970", String);

function clock(name: string, does: string, text: (us: number) => string) {
  return tool(name, { takes: "", does }, { timer: calls(Timer) }, function* ({ print, complain }, { timer }) {
    const now = yield* timer.time();
    if (now.error !== null) return yield* complain(inWords(now.error));
    yield* print(`${text(now.us)}\n`);
    return 0;
  });
}
