/**
 * What a program threw, as one sentence with file and line.
 *
 * The place is that of the program, not of the library function in which it showed: the innermost frame outside of
 * the packages. Paths are told from the repository's folders on, so that they are the same everywhere.
 */

/** A path up to one of the repository's folders. */
const CHECKOUT = /(?:file:\/\/)?(?:[A-Za-z]:)?[\w@.+~\\/-]*?[\\/](?=(?:apps|packages|conformance)[\\/])/g;
const HAS_PLACE = /:\d+:\d+/;
const FRAME = /^\s*at (?:.*? \()?(.*?:\d+:\d+)\)?$/;
/** Frames from here on belong to the host that runs the program. */
const DRIVER = "packages/hal-sim/src/cpu/driver.ts";
const STACK_EXHAUSTED = "Maximum call stack size exceeded";

export function failureSentence({ name, message, stack = "" }: Error): string {
  const kind = name === "Error" ? "" : `${name}: `;
  const what = message.includes(STACK_EXHAUSTED)
    ? "it calls itself without end, and the host's stack is used up"
    : `${kind}${shortened(message)}`;
  const place = HAS_PLACE.test(what) ? null : programPlace(stack);
  return place === null ? what : `${what} (${place})`;
}

/** `file:line:column` of the innermost frame that is a program's, or null. */
function programPlace(stack: string): string | null {
  for (const line of stack.split("\n")) {
    const place = shortened(FRAME.exec(line)?.[1] ?? "");
    if (place.startsWith(DRIVER)) return null;
    if (place !== "" && !place.startsWith("packages/")) return place;
  }
  return null;
}

/** Paths in a text as they are from the repository's folders on. */
export function shortened(text: string): string {
  return text.replace(CHECKOUT, "");
}
