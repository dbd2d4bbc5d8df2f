/**
 * Writing to a log: `const log = logTo(given); yield* log.info("opened", { fd: 3, path: "/motd" })`.
 *
 * A line that the log refuses, or whose log is gone, is lost, and the program goes on: a log is no reason to fail. Text
 * that is too long is cut.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { Client } from "../common/client.js";
import { FIELDS_BYTES, LINE_BYTES, LOG_LEVELS, type Log, type LogLevel } from "./interface.js";

/** What belongs to a line. */
export type LogFields = Readonly<Record<string, string | number | boolean>>;

/** A method for each level. @returns whether the log has taken the line; can block until it has */
export type LogWriter = Readonly<Record<LogLevel, (line: string, fields?: LogFields) => Thread<boolean>>>;

/** Values that need no quotes. */
const PLAIN = /^[^\s"=]+$/;

/** A writer of lines. */
export function logTo(log: Client<typeof Log>): LogWriter {
  const writer = (level: LogLevel) =>
    function* (line: string, fields: LogFields = {}): Thread<boolean> {
      const answer = yield* log.write({
        level,
        line: cut(line, LINE_BYTES),
        fields: cut(fieldsText(fields), FIELDS_BYTES),
      });
      return answer.error === null;
    };
  return Object.fromEntries(LOG_LEVELS.map((level) => [level, writer(level)])) as LogWriter;
}

/** `fd=3 path="a file"`. */
function fieldsText(fields: LogFields): string {
  return Object.entries(fields)
    .map(([key, value]) => `${key}=${PLAIN.test(String(value)) ? value : JSON.stringify(String(value))}`)
    .join(" ");
}

/** As much of a text as fits, whole characters; half of a surrogate pair is replaced. */
function cut(text: string, most: number): string {
  const bytes = new Uint8Array(most);
  const { written } = new TextEncoder().encodeInto(text, bytes);
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(0, written));
}
