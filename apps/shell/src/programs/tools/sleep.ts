/** `sleep SECONDS` and `msleep MILLISECONDS`: nothing, for so long. */
import { calls, Timer } from "@tessera/servers";
import { inWords } from "../paths.js";
import { tool } from "../tool.js";

export const sleep = sleeper("sleep", 1_000_000, "seconds");
export const msleep = sleeper("msleep", 1000, "milliseconds");

function sleeper(name: string, unitUs: number, unit: string) {
  return tool(
    name,
    { takes: unit.toUpperCase(), does: "nothing, for so long" },
    { timer: calls(Timer) },
    function* ({ words: [count = "", ...more], complain }, { timer }) {
      const us = Math.round(Number(count) * unitUs);
      const isCount = /^\d+(\.\d+)?$/.test(count) && more.length === 0 && Number.isSafeInteger(us);
      if (!isCount) return yield* complain(`takes a number of ${unit}, not ${JSON.stringify(count)}`);
      const { error } = yield* timer.sleep({ us });
      return error === null ? 0 : yield* complain(inWords(error));
    },
  );
}
