/**
 * What a log can be asked: two interfaces, since who writes lines need not be able to read those of others.
 */
import { define, op } from "../common/define.js";
import { oneOf, text, u32, u53 } from "../common/field.js";

/** How much a line matters, from least to most. */
export const LOG_LEVELS = ["debug", "info", "warning", "error"] as const;

/** How much a line matters. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Bytes of a line, of what belongs to it, and of a client's name, at most. */
export const LINE_BYTES = 200;
export const FIELDS_BYTES = 300;
export const NAME_BYTES = 32;

const level = oneOf(...LOG_LEVELS);
const line = text(LINE_BYTES);
const fields = text(FIELDS_BYTES);

/**
 * Writing. Whose line it is the log knows by the badge.
 *
 * - `write`: add a line. `fields` is what belongs to it, as `key=value` separated by blanks, or nothing (`logTo` in
 *   client.ts writes them). `TooFast`: the client writes more than the log takes of it; the line is dropped, and
 *   counted.
 */
export const Log = define("log", { write: op({ level, line, fields }, {}, ["TooFast"]) });

/** A line as it is kept. */
const entry = {
  /** Its number, from 0: if it is not the one that was asked for, those before it have been overwritten. */
  serial: u53,
  /** When it came, in microseconds as the timer counts them. */
  us: u53,
  /** Whose it is. */
  client: text(NAME_BYTES),
  /** Lines of this client that were dropped just before. */
  dropped: u32,
  level,
  line,
  fields,
};

/**
 * Reading, in the order in which lines came.
 *
 * - `read`: the first line that is kept whose number is `from` or more. `NoMore`: there is none yet.
 * - `next`: likewise; the answer comes when there is one.
 */
export const LogReader = define("logReader", {
  read: op({ from: u53 }, entry, ["NoMore"]),
  next: op({ from: u53 }, entry, [], { waits: true }),
});
