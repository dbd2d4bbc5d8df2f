/** A line as a command: words, and whether it ends in `&`. */

/** What was typed. */
export interface Command {
  readonly words: readonly string[];
  /** Nobody waits for its end. */
  readonly inBackground: boolean;
}

/** The command of a line; no words where there is none. */
export function parseCommand(line: string): Command {
  const words = line.split(/\s+/).filter((word) => word !== "");
  const last = words.at(-1) ?? "";
  if (!last.endsWith("&")) return { words, inBackground: false };
  const word = last.slice(0, -1);
  return { words: [...words.slice(0, -1), ...(word === "" ? [] : [word])], inBackground: true };
}
