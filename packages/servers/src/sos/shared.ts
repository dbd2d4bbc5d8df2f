/**
 * Memory that processes share, page by page: `sos_share_vm`. A page is shared by all who have said so of the address at
 * which it lies, and each sees it at that one.
 *
 *     nobody's ──the first says so: what he has there──▸ his ──another says so──▸ theirs ──all have ended──▸ nobody's
 *
 * A process may write to it as long as all others have said that it is writable. So one that says it is not takes the
 * right away from all others, as long as it lives, and keeps its own.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { Client } from "../common/client.js";
import { PAGE_BYTES } from "../common/need.js";
import type { Dataspace, Spaces } from "../memory/interface.js";
import { CHUNK } from "../vfs/limits.js";
import type { Lane } from "./lane.js";
import type { Process } from "./process.js";

/** Pages that one process can share, */
const PAGES_OF_PROCESS = 8;
/** and that there are in all. Each is a session at the memory server. */
const PAGES = 32;

/** Who comes to a page. */
interface Entering {
  readonly isFirst: boolean;
  /** Whether he has something there. */
  readonly isThere: boolean;
}

/** A page, at one address. */
interface SharedPage {
  readonly address: number;
  readonly dataspace: Client<typeof Dataspace>;
  /** What each has said: whether it is writable. */
  readonly members: Map<Process, boolean>;
}

/** All that is shared. */
export class SharedMemory {
  readonly #spaces: Client<typeof Spaces>;
  readonly #lane: Lane;
  readonly #pages = new Map<number, SharedPage>();

  /** @param lane by which memory is read and written */
  constructor(spaces: Client<typeof Spaces>, lane: Lane) {
    this.#spaces = spaces;
    this.#lane = lane;
  }

  /** Pages that a process shares. */
  count(process: Process): number {
    return this.#of(process).length;
  }

  /** Whether a process shares a page at `address`. */
  has(process: Process, address: number): boolean {
    return this.#pages.get(address)?.members.has(process) ?? false;
  }

  /** Whether there is room for a process to share these pages, too. */
  hasRoom(process: Process, addresses: readonly number[]): boolean {
    const own = addresses.filter((address) => !this.has(process, address));
    const fresh = own.filter((address) => !this.#pages.has(address));
    return this.count(process) + own.length <= PAGES_OF_PROCESS && this.#pages.size + fresh.length <= PAGES;
  }

  /**
   * The page at `address` is shared by `process`, which waits meanwhile. Parks, to bring what the first one has there.
   * @param isThere whether it has something there; for others than the first that goes
   * @returns false: there is not so much memory
   */
  *join(process: Process, address: number, isWritable: boolean, isThere: boolean): Thread<boolean> {
    const page = this.#pages.get(address) ?? (yield* this.#create(address));
    if (page === null) return false;
    const isFirst = page.members.size === 0;
    const isMember = page.members.has(process);
    page.members.set(process, isWritable);
    if (!isMember && !(yield* this.#enter(process, page, { isFirst, isThere }))) {
      yield* this.#leave(page, process);
      return false;
    }
    yield* this.#protect(page);
    return true;
  }

  /** A process has ended, or gives these pages back. */
  *leave(process: Process, addresses: readonly number[] | null = null): Thread<void> {
    for (const page of this.#of(process)) {
      if (addresses === null || addresses.includes(page.address)) yield* this.#leave(page, process);
    }
  }

  *#leave(page: SharedPage, process: Process): Thread<void> {
    page.members.delete(process);
    if (page.members.size > 0) return yield* this.#protect(page);
    this.#pages.delete(page.address);
    yield* page.dataspace.close();
  }

  *#create(address: number): Thread<SharedPage | null> {
    const made = yield* this.#spaces.dataspace({ bytes: PAGE_BYTES });
    if (made.error !== null) return null;
    const page = { address, dataspace: made.dataspace, members: new Map<Process, boolean>() };
    this.#pages.set(address, page);
    return page;
  }

  /** The page comes to lie at its place. @returns false: it cannot, and what was there still is */
  *#enter(process: Process, page: SharedPage, { isFirst, isThere }: Entering): Thread<boolean> {
    if (isThere) {
      if (isFirst && !(yield* this.#bring(process, page))) return false;
      if (!(yield* clear(process, page.address))) return false;
    }
    return yield* this.#show(process, page);
  }

  /** What the first one has there is what all will see. */
  *#bring(process: Process, { address, dataspace }: SharedPage): Thread<boolean> {
    const to = this.#lane.client(dataspace);
    for (let offset = 0; offset < PAGE_BYTES; offset += CHUNK) {
      const data = yield* process.parts.memory.read(address + offset, Math.min(CHUNK, PAGE_BYTES - offset));
      if (data === null || (yield* to.write({ offset, data })).error !== null) return false;
    }
    return true;
  }

  /** It lies there from now on, where nothing does. */
  *#show(process: Process, page: SharedPage): Thread<boolean> {
    const { address, dataspace } = page;
    const access = mayWrite(page, process) ? "rw" : "r";
    const at = { address, bytes: PAGE_BYTES, access } as const;
    return (yield* process.parts.space.map({ ...at, dataspace, offset: 0, copy: false })).error === null;
  }

  /** All may write who may now, and no others. */
  *#protect(page: SharedPage): Thread<void> {
    for (const [process] of page.members) {
      const access = mayWrite(page, process) ? "rw" : "r";
      yield* process.parts.space.protect({ address: page.address, bytes: PAGE_BYTES, access });
    }
  }

  #of(process: Process): SharedPage[] {
    return [...this.#pages.values()].filter(({ members }) => members.has(process));
  }
}

/**
 * Nothing lies at `address` any more, and a page can be put there. A space has so many regions and no more: what lies there
 * may be the middle of one, and is cut out of it first, which is refused while it costs nothing.
 * @returns false: there are too many already, and all is as it was
 */
function* clear({ parts }: Process, address: number): Thread<boolean> {
  const page = { address, bytes: PAGE_BYTES };
  if ((yield* parts.space.protect({ ...page, access: "r" })).error !== null) return false;
  return (yield* parts.space.unmap(page)).error === null;
}

/** Whether all others have said that it is writable. */
function mayWrite({ members }: SharedPage, process: Process): boolean {
  return [...members].every(([other, isWritable]) => other === process || isWritable);
}
