/**
 * The environment: what a component is told when it starts, as words on a page that it can read.
 *
 *     word 0     a number that says that this is one, and of which version
 *     then       incarnation, first free slot, end of the free slots, log2 of the slots of its CNode,
 *                number of reply objects, of needs, of clients, of bytes of arguments
 *     needs      4 words each: slot, address, bytes, and one more that depends on the need
 *     clients    4 words each: badge, offer, address and bytes of the window
 *     arguments  UTF-8
 *
 * Composition writes it; only slots and addresses that the component has anyway are in it, and no authority.
 */
import { copyIn, type Thread } from "@tessera/hal-sim/isa";
import { PAGE_BYTES } from "./need.js";

const VERSION = 0x7e55_0001;
const HEADER_WORDS = 9;
const ENTRY_WORDS = 4;

/** What a component finds for one need. */
export interface GivenNeed {
  /** Of its capability; 0 when it has none. */
  readonly slot: number;
  /** Of its memory; 0 when it has none. */
  readonly address: number;
  readonly bytes: number;
  /**
   * Memory: the physical address of its first page, the others follow. Device: the source of its interrupt's signal.
   * Untyped: log2 of its bytes. Priorities: the highest. Time and programs: how many.
   */
  readonly extra: number;
}

/** What a server finds for one client. */
export interface GivenClient {
  readonly badge: number;
  readonly offer: number;
  /** Of the window; 0 when there is none. */
  readonly address: number;
  readonly bytes: number;
}

/** What a component is told. */
export interface Environment {
  readonly incarnation: number;
  readonly firstFree: number;
  readonly endFree: number;
  readonly cnodeBits: number;
  readonly replies: number;
  /** In the order of declaration. */
  readonly needs: readonly GivenNeed[];
  readonly clients: readonly GivenClient[];
  readonly args: string;
}

/**
 * The environment as bytes.
 * @throws RangeError when it does not fit on a page
 */
export function writeEnvironment(environment: Environment): Uint8Array {
  const { incarnation, firstFree, endFree, cnodeBits, replies, needs, clients, args } = environment;
  const text = new TextEncoder().encode(args);
  const words = [
    VERSION,
    incarnation,
    firstFree,
    endFree,
    cnodeBits,
    replies,
    needs.length,
    clients.length,
    text.length,
  ];
  for (const { slot, address, bytes, extra } of needs) words.push(slot, address, bytes, extra);
  for (const { badge, offer, address, bytes } of clients) words.push(badge, offer, address, bytes);
  const length = words.length * 8 + text.length;
  if (length > PAGE_BYTES) {
    throw new RangeError(
      `an environment of ${clients.length} clients and ${text.length} bytes of arguments is ${length} bytes, a page has ${PAGE_BYTES}`,
    );
  }
  const page = new Uint8Array(length);
  const view = new DataView(page.buffer);
  for (const [i, word] of words.entries()) {
    view.setUint32(i * 8, word >>> 0, true);
    view.setUint32(i * 8 + 4, Math.floor(word / 2 ** 32), true);
  }
  page.set(text, words.length * 8);
  return page;
}

/**
 * Read the environment at `address`.
 * @throws Error when there is none: the program was started by somebody who gave it no environment
 */
export function* readEnvironment(address: number): Thread<Environment> {
  const page = new Uint8Array(PAGE_BYTES);
  if (address !== 0) yield* copyIn(address, page);
  const view = new DataView(page.buffer);
  const word = (i: number) => view.getUint32(i * 8, true) + view.getUint32(i * 8 + 4, true) * 2 ** 32;
  if (word(0) !== VERSION)
    throw new Error("this component was started without an environment: a personality gives it one");
  const needs: GivenNeed[] = [];
  const clients: GivenClient[] = [];
  let at = HEADER_WORDS;
  for (let i = 0; i < word(6); i++, at += ENTRY_WORDS) {
    needs.push({ slot: word(at), address: word(at + 1), bytes: word(at + 2), extra: word(at + 3) });
  }
  for (let i = 0; i < word(7); i++, at += ENTRY_WORDS) {
    clients.push({ badge: word(at), offer: word(at + 1), address: word(at + 2), bytes: word(at + 3) });
  }
  const args = new TextDecoder().decode(page.subarray(at * 8, at * 8 + word(8)));
  const [incarnation, firstFree, endFree, cnodeBits, replies] = [word(1), word(2), word(3), word(4), word(5)];
  return { incarnation, firstFree, endFree, cnodeBits, replies, needs, clients, args };
}
