/** Colours of a terminal, or none. */

/** What a piece of text is, which decides how it looks. */
export type Style = "dim" | "bold" | "badge" | "word" | "wrong" | number;

/** A painter returns the text with or without escape sequences around it. A number is a thread's lane. */
export type Paint = (style: Style, text: string) => string;

const CODES: Readonly<Record<Exclude<Style, number>, string>> = {
  dim: "2",
  bold: "1",
  badge: "1;33",
  word: "36",
  wrong: "1;31",
};

/** Magenta, blue, green, yellow: a lane each. */
const LANE_CODES: readonly string[] = ["35", "34", "32", "33"];

export const plain: Paint = (_style, text) => text;

export const coloured: Paint = (style, text) => {
  const code = typeof style === "number" ? LANE_CODES[style % LANE_CODES.length] : CODES[style];
  return text === "" ? "" : `\u001b[${code}m${text}\u001b[0m`;
};
