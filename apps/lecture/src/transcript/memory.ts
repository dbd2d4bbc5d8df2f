/** What has to be remembered between one kernel entry and a later one to tell what the later one means. */
export class Memory {
  /** The system call that a thread made last. */
  readonly calls = new Map<number, string>();
  /** Who last sent a word in a message, by the word in hexadecimal. */
  readonly sources = new Map<string, string>();
}
