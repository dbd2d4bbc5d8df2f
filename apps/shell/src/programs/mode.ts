/** Kind and permission bits as people read them: `drwxr-xr-x`, with set-user, set-group and sticky bits as `s` and `t`. */
import type { Entry } from "./paths.js";

const KINDS: Readonly<Record<Entry["kind"], string>> = { file: "-", directory: "d", device: "c", link: "l" };
/** Of the permission bits: octal, up to set-user, set-group and sticky bits. */
const OCTAL = /^[0-7]{1,4}$/;

/** Ten letters. */
export function modeText({ kind, mode }: Pick<Entry, "kind" | "mode">): string {
  const letters = Array.from("rwxrwxrwx", (letter, i) => ((mode & (0o400 >> i)) === 0 ? "-" : letter));
  for (const [place, bit, letter] of [
    [2, 0o4000, "s"],
    [5, 0o2000, "s"],
    [8, 0o1000, "t"],
  ] as const) {
    if ((mode & bit) !== 0) letters[place] = letters[place] === "x" ? letter : letter.toUpperCase();
  }
  return KINDS[kind] + letters.join("");
}

/** Permission bits as they are typed, in octal; null: that is none. */
export function parseMode(word: string): number | null {
  return OCTAL.test(word) ? Number.parseInt(word, 8) : null;
}
