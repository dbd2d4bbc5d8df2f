/**
 * Tasks that servers carry out here, and a worker or the other end of a channel there: the same questions and answers, as
 * plain data. What is asked for one time, in how many messages, and what number comes of it.
 */

/** What is sent, and what comes back. */
export type Message = unknown;

/** Sends a question; the answer. */
export type Ask = (question: Message) => Promise<Message>;

export interface Task {
  /** Do it once, by questions. @returns a number that depends on what was answered */
  once(ask: Ask, i: number): Promise<number>;
  /** The server's side, with a state of its own. */
  serve(): (question: Message) => Message;
  /** What `once` returns. */
  expected(i: number): number;
}

/** Bytes of bulk data. */
export const BULK_BYTES = 65_536;
/** Bytes that are read of a file. */
export const READ_BYTES = 64;
/** The keys that are typed: letters, and now and then the end of a line. */
export const KEYS = new TextEncoder().encode("abcdefghijklmnopqrstuvwxyz12345\n");

/** Bulk data number `i`: only its ends depend on it. */
export function fillBulk(bytes: Uint8Array, i: number): void {
  bytes[0] = i & 0xff;
  bytes[bytes.length - 1] = (i >> 8) & 0xff;
}

/** What is answered to bulk data. */
export function bulkDigest(bytes: Uint8Array): number {
  return bytes.length + 3 * bytes[0]! + 5 * bytes[bytes.length - 1]!;
}

/** What is in the file, at its beginning. */
export function contentAt(j: number): number {
  return (7 * j + 1) & 0xff;
}

/** What is made of what was read. */
export function readDigest(bytes: Uint8Array): number {
  return bytes.length + 3 * bytes[0]! + 5 * bytes[bytes.length - 1]!;
}

/** What `readDigest` makes of the file's beginning. */
export const READ_DIGEST = READ_BYTES + 3 * contentAt(0) + 5 * contentAt(READ_BYTES - 1);

/** A key, and its echo. */
const key: Task = {
  once: async (ask, i) => (await ask(KEYS[i % KEYS.length]!)) as number,
  serve: () => (typed) => typed,
  expected: (i) => KEYS[i % KEYS.length]!,
};

/** Bulk data there, a number back. */
const bulk: Task = {
  async once(ask, i) {
    fillBulk(bulkData, i);
    return (await ask(bulkData)) as number;
  },
  serve: () => (bytes) => bulkDigest(bytes as Uint8Array),
  expected: (i) => BULK_BYTES + 3 * (i & 0xff) + 5 * ((i >> 8) & 0xff),
};
const bulkData = new Uint8Array(BULK_BYTES);

type FileQuestion =
  | { readonly ask: "open"; readonly name: string }
  | { readonly ask: "read"; readonly id: number; readonly offset: number; readonly length: number }
  | { readonly ask: "close"; readonly id: number };

/** A file is opened by its name, read once, and closed: three questions. */
const file: Task = {
  async once(ask, _i) {
    const id = await ask({ ask: "open", name: "motd" } satisfies FileQuestion);
    const bytes = await ask({ ask: "read", id: id as number, offset: 0, length: READ_BYTES } satisfies FileQuestion);
    await ask({ ask: "close", id: id as number } satisfies FileQuestion);
    return readDigest(bytes as Uint8Array);
  },
  serve() {
    const files = new Map([["motd", Uint8Array.from({ length: 1000 }, (_, j) => contentAt(j))]]);
    const open = new Map<number, Uint8Array>();
    let next = 0;
    return (message) => {
      const question = message as FileQuestion;
      if (question.ask === "open") {
        open.set(next, files.get(question.name)!);
        return next++;
      }
      if (question.ask === "close") return open.delete(question.id);
      return open.get(question.id)!.slice(question.offset, question.offset + question.length);
    };
  },
  expected: () => READ_DIGEST,
};

export const TASKS = { key, bulk, file } as const;
