/**
 * What a process is told at its start: a page of words that its parent has written and mapped for it.
 *
 * A program shares no variables with another one, so everything that differs between two runs of it (which slot holds
 * what, which word to send) is on this page, and the page's address is in register a0. The layout is the order of the
 * names.
 */
import { copyIn, type Thread } from "@tessera/hal-sim/isa";

const WORD_BYTES = 8;

/** The words of one kind of process, by name. */
export interface Environment<Name extends string> {
  /** The page's first bytes, for the parent to write. Words are whole numbers from 0 to 2^53 - 1. */
  encode(words: Readonly<Record<Name, number>>): Uint8Array;
  /** Read the page at `address` of the calling program's memory. */
  read(address: number): Thread<Record<Name, number>>;
}

/** What a program reads from such a page. */
export type WordsOf<E> = E extends Environment<infer Name> ? Record<Name, number> : never;

export function environment<const Name extends string>(...names: readonly Name[]): Environment<Name> {
  const bytes = names.length * WORD_BYTES;
  return {
    encode(words) {
      const view = new DataView(new ArrayBuffer(bytes));
      names.forEach((name, i) => {
        view.setBigUint64(i * WORD_BYTES, BigInt(words[name]), true);
      });
      return new Uint8Array(view.buffer);
    },
    *read(address) {
      const page = new Uint8Array(bytes);
      yield* copyIn(address, page);
      const view = new DataView(page.buffer);
      const words = names.map((name, i) => [name, Number(view.getBigUint64(i * WORD_BYTES, true))]);
      return Object.fromEntries(words);
    },
  };
}

/** The root task's: what the host asks for. It is the data of the image. */
export const RootEnvironment = environment("badge");

/** The server's: what lies in which slot of its CSpace, and where it may keep things. */
export const ServerEnvironment = environment(
  "cnode", // its own CNode
  "client_cnode", // that of its client
  "client_ep", // where the client expects the endpoint
  "untyped",
  "untyped_bits",
  "untyped_paddr",
  "first_free_slot",
  "badge", // the client's
  "memory", // address of a page to keep notes on
);

/** The client's. */
export const ClientEnvironment = environment(
  "ep", // the server, as soon as it lets us
  "word", // the first word to send
);
