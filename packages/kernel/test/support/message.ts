/** Messages of a test: words in, words out. */
import { seL4_GetMR, seL4_MessageInfo_new, type seL4_MessageInfo_t, seL4_SetMR } from "@tessera/libsel4";

/** The info of a message without words. */
export const EMPTY = seL4_MessageInfo_new(0, 0, 0, 0);

/** Put `words` into the message registers; the info that says so. */
export function message(words: readonly number[], label = 0, extraCaps = 0): seL4_MessageInfo_t {
  words.forEach((word, i) => {
    seL4_SetMR(i, word);
  });
  return seL4_MessageInfo_new(label, 0, extraCaps, words.length);
}

/** The words that `info` counts. */
export function words(info: seL4_MessageInfo_t): number[] {
  return Array.from({ length: info.length }, (_, i) => seL4_GetMR(i));
}
