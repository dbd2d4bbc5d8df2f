/**
 * Loading an executable into the address space of a process: a library for parents, who decide what runs and by what.
 *
 *     const { entry } = must(yield* loadImage({ file, spaces, space }, { stack: { top, bytes: 4096, limit: 2 ** 20 } }));
 *
 * Only headers are read, and the few pages that are not the file's as they are (image-layout.ts): all others come out of
 * the file when they are touched, those that are written as copies. So the file has to stay open as long as the process
 * lives, and who can write it decides what the process does.
 *
 * Nothing in the file is believed. A file that is no program, cut off or absurd is refused with a sentence. What had been
 * put into the space by then stays there: its process has no use, and is to be ended.
 *
 * Sources: Genode Foundations, "Child management"; the course's milestones M3 and M8; the ELF-64 object file format.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { elf_readHeader, elf_readProgramHeaders, PROCESS_IPC_BUFFER } from "@tessera/ut-alloc";
import type { Client } from "../common/client.js";
import type { Space, Spaces } from "../memory/interface.js";
import type { File } from "../vfs/interface.js";
import { CHUNK } from "../vfs/limits.js";
import { type FilePages, type ImageLayout, layOut, MOST_SEGMENTS, type Patch, type ZeroPages } from "./image-layout.js";

/** Whom loading asks. Their methods may make a handler wait, where they are those of `self.parking`. */
export interface ImageClients {
  /** The executable. It is not closed. */
  readonly file: Client<typeof File>;
  /** The memory server, by whichever client of it pays for nothing: what a file gives is not counted. */
  readonly spaces: Client<typeof Spaces>;
  /** The space of the process. */
  readonly space: Client<typeof Space>;
}

/** What is decided about a process beside its executable. */
export interface ImageOptions {
  /** A stack of `bytes` below `top`, which grows to `limit` bytes; none if left out. */
  readonly stack?: { readonly top: number; readonly bytes: number; readonly limit: number };
  /** Segments have to lie below this address: the IPC buffer's, if left out. */
  readonly below?: number;
}

/**
 * Why nothing was loaded.
 *
 * - `BadImage`: the file is no executable that can be loaded; or it is to lie where something else does.
 * - `IO`: the file cannot be read, or whoever serves it has died.
 * - `Full`: the space may not have so many pages as are made at once, or as many regions.
 * - `Gone`: the space or the memory server is.
 */
export type ImageError = "BadImage" | "IO" | "Full" | "Gone";

/** What is known of a process that was loaded. `end`: the first address behind its segments, a multiple of a page. */
export type LoadedImage =
  | { readonly error: null; readonly entry: number; readonly end: number }
  | { readonly error: ImageError; readonly why: string };

/** Bytes of an ELF header. */
const HEADER_BYTES = 64;
/** Bytes of a program header, in a file that is not absurd. */
const MOST_ENTRY_BYTES = 256;

/** Thrown inside of this file alone. */
class NotLoaded extends Error {
  readonly error: ImageError;

  constructor(error: ImageError, why: string) {
    super(why);
    this.error = error;
  }
}

/**
 * Put an executable, and a stack, into a space in which nothing lies where they go. Can block: as long as the file and the
 * memory server do. Takes a session of the memory server for a moment, one at a time.
 */
export function* loadImage(clients: ImageClients, options: ImageOptions = {}): Thread<LoadedImage> {
  const { stack, below = PROCESS_IPC_BUFFER } = options;
  try {
    const { entry, layout } = yield* readLayout(clients.file, below);
    for (const pages of layout.files) yield* mapFile(clients, pages);
    for (const pages of layout.zeroes) yield* makeZeroes(clients.space, pages);
    for (const patch of layout.patches) yield* writePatch(clients, patch);
    for (const pages of layout.zeroes) yield* protect(clients.space, pages);
    if (stack !== undefined) placed(yield* clients.space.stack(stack), "its stack");
    return { error: null, entry, end: layout.end };
  } catch (error) {
    if (error instanceof NotLoaded) return { error: error.error, why: error.message };
    throw error;
  }
}

function* readLayout(file: Client<typeof File>, below: number): Thread<{ entry: number; layout: ImageLayout }> {
  const stat = yield* file.stat();
  if (stat.error !== null) throw new NotLoaded("IO", `the file cannot be looked at: ${stat.error}`);
  const { size } = stat;
  const head = elf_readHeader(yield* read(file, 0, Math.min(size, HEADER_BYTES)), size);
  if (head.error !== 0) throw new NotLoaded("BadImage", head.reason);
  const { header } = head;
  if (header.count > MOST_SEGMENTS || header.entry_size > MOST_ENTRY_BYTES) {
    throw new NotLoaded("BadImage", `it has ${header.count} segments with headers of ${header.entry_size} bytes`);
  }
  const table = yield* read(file, header.place, header.count * header.entry_size);
  const segments = elf_readProgramHeaders(table, header, size);
  if (segments.error !== 0) throw new NotLoaded("BadImage", segments.reason);
  const layout = layOut(segments.program_headers, header.entry, below);
  if (typeof layout === "string") throw new NotLoaded("BadImage", layout);
  return { entry: header.entry, layout };
}

/** So many bytes of a file, which has them. */
function* read(file: Client<typeof File>, offset: number, length: number): Thread<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    const piece = yield* file.read({ offset: offset + at, length: Math.min(length - at, CHUNK) });
    if (piece.error !== null) throw new NotLoaded("IO", `the file cannot be read: ${piece.error}`);
    const { data } = piece;
    if (data.length === 0 || data.length > length - at) throw new NotLoaded("BadImage", "it is cut off");
    bytes.set(data, at);
    at += data.length;
  }
  return bytes;
}

function* mapFile({ file, spaces, space }: ImageClients, pages: FilePages): Thread<void> {
  const { address, bytes, offset, access } = pages;
  const made = yield* spaces.file({ file, offset, bytes });
  if (made.error !== null) throw new NotLoaded(made.error === "Busy" ? "Full" : "Gone", `no dataspace: ${made.error}`);
  const { dataspace } = made;
  try {
    const copy = access.includes("w");
    placed(yield* space.map({ address, bytes, access, dataspace, offset: 0, copy }), segmentAt(address));
  } finally {
    // It lives on as long as it is mapped.
    yield* dataspace.close();
  }
}

function* makeZeroes(space: Client<typeof Space>, { address, bytes }: ZeroPages): Thread<void> {
  placed(yield* space.anonymous({ address, bytes, access: "rw" }), segmentAt(address));
}

function* writePatch({ file, space }: ImageClients, { address, offset, bytes }: Patch): Thread<void> {
  const data = yield* read(file, offset, bytes);
  for (let at = 0; at < bytes; at += CHUNK) {
    const written = yield* space.write({ address: address + at, data: data.subarray(at, at + CHUNK) });
    // It may be written there: what is missing is a page of the space's own.
    if (written.error === "BadAddress") throw new NotLoaded("Full", "its space may not have so many pages");
    placed(written, segmentAt(address));
  }
}

/** What was made to be written may now do what its segments may. */
function* protect(space: Client<typeof Space>, { address, bytes, access }: ZeroPages): Thread<void> {
  if (access !== "rw") placed(yield* space.protect({ address, bytes, access }), segmentAt(address));
}

/** @throws NotLoaded when something could not be put there */
function placed({ error }: { readonly error: string | null }, what: string): void {
  if (error === null) return;
  if (error === "Overlap") throw new NotLoaded("BadImage", `${what} is to lie where something else does`);
  if (error === "BadAddress") throw new NotLoaded("BadImage", `${what} cannot lie there`);
  if (error === "Full" || error === "Busy") throw new NotLoaded("Full", `there is no room for ${what}`);
  throw new NotLoaded(error === "IO" ? "IO" : "Gone", `${what}: ${error}`);
}

function segmentAt(address: number): string {
  return `the segment at 0x${address.toString(16)}`;
}
