/** What is asked of a dataspace: to read and write it, by pieces that may lie on two pages. */
import { copyIn, copyOut, type Thread } from "@tessera/hal-sim/isa";
import { Failure, fail } from "../common/answer.js";
import type { Handlers } from "../common/handles.js";
import { PAGE_BYTES } from "../common/need.js";
import { CHUNK } from "../vfs/limits.js";
import { type Dataspace as Content, Page, type Trouble } from "./content.js";
import type { Dataspace } from "./interface.js";
import type { Pager } from "./pager.js";

/** Makes a page be there, for this server to use before it parks again. */
export type Touch = (at: number) => Thread<Page | Trouble>;

/** Handlers of dataspaces. */
export function dataspaceHandlers(pager: Pager): Handlers<typeof Dataspace, Content> {
  const lies = ({ length }: Content, offset: number, bytes: number) => offset + bytes <= length * PAGE_BYTES;
  return {
    *read(content, { offset, length }) {
      if (!lies(content, offset, length)) return fail("BadAddress");
      return yield* readPages(offset, length, (at) => pager.touchIn(content, Math.floor(at / PAGE_BYTES), "r"));
    },
    *write(content, { offset, data }) {
      if (content.isReadOnly) return fail("Denied");
      if (!lies(content, offset, data.length)) return fail("BadAddress");
      return yield* writePages(offset, data, (at) => pager.touchIn(content, Math.floor(at / PAGE_BYTES), "w"));
    },
    stat: (content) => ({ bytes: content.length * PAGE_BYTES, ...content.stat() }),
  };
}

/** Up to CHUNK bytes from `start` on. Parks. */
export function* readPages(start: number, length: number, touch: Touch) {
  const data = new Uint8Array(Math.min(length, CHUNK));
  for (const { at, from, to } of piecesOf(start, data.length)) {
    const address = yield* addressOf(at, touch);
    if (address instanceof Failure) return address;
    yield* copyIn(address, data.subarray(from, to));
  }
  return { data };
}

/** Write `data` from `start` on; when it fails, what lies on a page before may be written. Parks. */
export function* writePages(start: number, data: Uint8Array, touch: Touch) {
  for (const { at, from, to } of piecesOf(start, data.length)) {
    const address = yield* addressOf(at, touch);
    if (address instanceof Failure) return address;
    yield* copyOut(address, data.subarray(from, to));
  }
  return;
}

/** Where this server sees what lies at `at`. */
function* addressOf(at: number, touch: Touch): Thread<number | Failure<"BadAddress" | "IO" | "Busy">> {
  const page = yield* touch(at);
  if (page instanceof Page) return (page.frame?.address ?? 0) + (at % PAGE_BYTES);
  return fail(page.kind === "address" ? "BadAddress" : page.kind === "io" ? "IO" : "Busy");
}

/** The pieces of some bytes that lie on a page each. */
function piecesOf(start: number, length: number): { at: number; from: number; to: number }[] {
  const pieces: { at: number; from: number; to: number }[] = [];
  for (let from = 0; from < length; ) {
    const at = start + from;
    const to = Math.min(length, from + PAGE_BYTES - (at % PAGE_BYTES));
    pieces.push({ at, from, to });
    from = to;
  }
  return pieces;
}
