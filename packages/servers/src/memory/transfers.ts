/**
 * Pages on their way: to the swap file and back, and out of files. All that is here is part of a task, so it comes to its
 * end whoever has lost interest meanwhile, and a place that it uses is not used by another before.
 *
 * The swap file is this server's own: pages go by a window, as many at a time as there are callers for. Files of clients
 * are read by messages. Whoever serves one may never answer, so of each client one page at a time is on its way, and two of
 * all together: the rest of the callers is for swap.
 */
import { copyIn, copyOut, type Thread } from "@tessera/hal-sim/isa";
import type { Condition } from "../common/activity.js";
import { must } from "../common/answer.js";
import type { Client } from "../common/client.js";
import type { Self } from "../common/handles.js";
import { PAGE_BYTES } from "../common/need.js";
import { Reopening } from "../common/retry.js";
import type { Window } from "../common/window.js";
import type { Directory, File } from "../vfs/interface.js";
import { CHUNK } from "../vfs/limits.js";
import type { FilePart, Trouble } from "./content.js";
import { SwapMap } from "./swap-map.js";

/** Threads that make calls for the server: pages that can be on their way at a time. */
export const CALLERS = 4;
/** Of these, what can be used for files of clients. */
const FILE_READS = 2;
/** What the swap file is called in its directory. */
const SWAP_FILE = "swap";

/** The swap file. */
export class Swap {
  readonly map: SwapMap;
  readonly #file: Reopening<Opened, Client<typeof File>>;
  readonly #window: Window;
  readonly #self: Self;
  /** Pages of the window that are free. */
  readonly #places: number[] = [];
  readonly #freed: Condition;

  private constructor(directory: SwapDirectory, slots: number, self: Self) {
    this.map = new SwapMap(slots);
    this.#self = self;
    this.#window = directory.window as Window;
    this.#freed = self.condition();
    this.#file = swapFile(self.parking(directory));
    for (let at = 0; at + PAGE_BYTES <= this.#window.bytes; at += PAGE_BYTES) this.#places.push(at);
  }

  /**
   * A file for so many pages. Can block.
   * @throws CallFailed when there is no room for it
   */
  static *open(directory: SwapDirectory, slots: number, self: Self): Thread<Swap> {
    const file = swapFile(directory);
    must(yield* file.ask((file) => file.truncate({ size: slots * PAGE_BYTES }), { twice: true }));
    yield* file.close();
    return new Swap(directory, slots, self);
  }

  /** Write what lies at `address` to a slot. Parks. */
  *write(slot: number, address: number): Thread<Trouble | null> {
    const at = yield* this.#take();
    const page = new Uint8Array(PAGE_BYTES);
    yield* copyIn(address, page);
    yield* this.#window.write(at, page);
    const where = { offset: slot * PAGE_BYTES, length: PAGE_BYTES, at };
    const answer = yield* this.#file.ask((file) => this.#self.parking(file).writeWindow(where), { twice: true });
    this.#release(at);
    if (answer.error !== null) return failed("written to swap", answer.error);
    return answer.written === PAGE_BYTES ? null : failed("written to swap", "as a whole");
  }

  /** Read a slot to `address`. Parks. */
  *read(slot: number, address: number): Thread<Trouble | null> {
    const at = yield* this.#take();
    const where = { offset: slot * PAGE_BYTES, length: PAGE_BYTES, at };
    const answer = yield* this.#file.ask((file) => this.#self.parking(file).readWindow(where), { twice: true });
    const isWhole = answer.error === null && answer.count === PAGE_BYTES;
    if (isWhole) yield* copyOut(address, yield* this.#window.read(at, PAGE_BYTES));
    this.#release(at);
    if (answer.error !== null) return failed("read from swap", answer.error);
    return isWhole ? null : failed("read from swap", "as a whole");
  }

  *#take(): Thread<number> {
    let at = this.#places.pop();
    while (at === undefined) {
      yield* this.#freed.wait();
      at = this.#places.pop();
    }
    return at;
  }

  #release(at: number): void {
    this.#places.push(at);
    this.#freed.wakeOne();
  }
}

/** A directory for the swap file, behind a window. */
export type SwapDirectory = Client<typeof Directory> & { readonly window: Window | null };
type Opened = ReturnType<SwapDirectory["open"]> extends Thread<infer A> ? A : never;

/** The swap file, which is opened again when whoever serves it has died. */
function swapFile(directory: Client<typeof Directory>): Reopening<Opened, Client<typeof File>> {
  return new Reopening(
    () => directory.open({ name: SWAP_FILE, create: true, write: true }),
    ({ file }) => file,
  );
}

/** Files of clients. */
export class FileReads {
  readonly #self: Self;
  /** Whose pages are on their way. */
  readonly #owners = new Set<number>();
  readonly #freed: Condition;

  constructor(self: Self) {
    this.#self = self;
    this.#freed = self.condition();
  }

  /** Read a page of a file to `address`, with zeroes behind the end. Parks. */
  *read({ file, offset }: FilePart, address: number): Thread<Trouble | null> {
    while (this.#owners.size === FILE_READS || this.#owners.has(file.owner)) yield* this.#freed.wait();
    this.#owners.add(file.owner);
    const page = new Uint8Array(PAGE_BYTES);
    let trouble: Trouble | null = null;
    for (let at = 0; at < PAGE_BYTES; ) {
      const length = Math.min(CHUNK, PAGE_BYTES - at);
      const answer = yield* this.#self.parking(file.client).read({ offset: offset + at, length });
      if (answer.error !== null) trouble = failed("read from its file", answer.error);
      if (answer.error !== null || answer.data.length === 0) break;
      page.set(answer.data.subarray(0, length), at);
      at += Math.min(length, answer.data.length);
    }
    this.#owners.delete(file.owner);
    this.#freed.wake();
    if (trouble === null) yield* copyOut(address, page);
    return trouble;
  }
}

function failed(what: string, how: string): Trouble {
  return { kind: "io", why: `the page could not be ${what}: ${how}` };
}
