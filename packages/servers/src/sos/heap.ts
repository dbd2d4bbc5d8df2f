/**
 * Memory for programs of SOS: what `malloc` is to one in C, without giving back. It lies behind the end of the heap, which
 * it moves, page by page.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { PAGE_BYTES } from "../common/need.js";
import type { SosApi } from "./api.js";

/** All that is handed out is a multiple of this, as a word has to be. */
const ALIGN = 16;

/** The heap of one process. */
export class Heap {
  readonly #sos: Pick<SosApi, "brk">;
  #next = 0;
  #end = 0;

  constructor(sos: Pick<SosApi, "brk">) {
    this.#sos = sos;
  }

  /** `bytes` bytes of zeroes. Can block. @returns their address; 0: there is not so much memory */
  *malloc(bytes: number): Thread<number> {
    if (this.#next === 0) this.#next = this.#end = yield* this.#sos.brk(0);
    const address = Math.ceil(this.#next / ALIGN) * ALIGN;
    const needed = Math.ceil((address + bytes) / PAGE_BYTES) * PAGE_BYTES;
    if (needed > this.#end && (yield* this.#sos.brk(needed)) < needed) return 0;
    this.#end = Math.max(this.#end, needed);
    this.#next = address + bytes;
    return address;
  }
}
