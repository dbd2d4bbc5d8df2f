/** What stands behind an option, read. */
import { OptionError } from "./option-error.js";

/** The name of a file. @throws OptionError */
export function fileName(option: string, text: string | undefined): string {
  if (text === undefined || text === "") throw new OptionError(`${option} takes the name of a file.`);
  return text;
}

/** A number from `least` to `most`, decimal, or hexadecimal behind 0x. @throws OptionError */
export function wholeNumber(
  option: string,
  text: string | undefined,
  least = 0,
  most = Number.MAX_SAFE_INTEGER,
): number {
  const value = text !== undefined && /^(?:\d+|0x[\da-f]+)$/i.test(text) ? Number(text) : Number.NaN;
  if (value >= least && value <= most) return value;
  const found = text === undefined ? "nothing" : JSON.stringify(text);
  const end = most === Number.MAX_SAFE_INTEGER ? "2^53 - 1" : String(most);
  throw new OptionError(`${option} takes a whole number from ${least} to ${end}, not ${found}.`);
}
