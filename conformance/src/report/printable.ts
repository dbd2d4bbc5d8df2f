/** Text from a recording as it may go to a terminal: control characters are shown as "?". */
export function printable(text: string): string {
  return text.replace(/\p{C}/gu, "?");
}
