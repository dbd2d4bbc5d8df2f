/**
 * Making a process: its file is found, a process is made by the process server, the image is put into its address space,
 * and it is given its one capability. Whatever goes wrong on the way, or if nobody wants it any more, all of it is undone.
 */
import { cspace_alloc_slot, cspace_mint } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import { type seL4_CPtr, throwOnError } from "@tessera/libsel4";
import { PROCESS_IPC_BUFFER } from "@tessera/ut-alloc";
import { Failure, fail } from "../common/answer.js";
import type { Client } from "../common/client.js";
import type { Handlers } from "../common/handles.js";
import { ENDPOINT_SLOT } from "../common/layout.js";
import { rightsOf } from "../common/minting.js";
import { PAGE_BYTES } from "../common/need.js";
import type { OpenSession } from "../common/session.js";
import type { Space } from "../memory/interface.js";
import { loadImage } from "../process/image.js";
import type { File } from "../vfs/interface.js";
import { namesOf } from "../vfs/path.js";
import { N_NAME, SOS_IPC_EP_CAP } from "./api.js";
import type { Console } from "./console.js";
import { FileTable } from "./file-table.js";
import { Folder, type OpenError } from "./folder.js";
import { Sos } from "./interface.js";
import { HEAP_START, Layout, STACK_TOP } from "./layout.js";
import { LIBRARY_BYTES } from "./library.js";
import type { OpenFile } from "./open-file.js";
import { type Job, Process } from "./process.js";
import { cutString, decodeString } from "./records.js";
import { pause, type SystemParts, sinceBoot } from "./system.js";
import { UserMemory } from "./user-memory.js";

/** Where programs are looked for that are named without a path. */
const PROGRAMS = "/bin/";
/** Pages of a stack, at most. */
const STACK_PAGES = 64;

/** Why no process can be made. */
export type LoadError = Exclude<OpenError, "TooMany"> | "BadImage";

/** How much memory each process may have, in pages. */
export interface MemoryLimits {
  /** In memory at a time. */
  readonly frames: number;
  /** Its own, in memory or in swap. */
  readonly pages: number;
}

/** Who is to be made. */
export interface NewProcess {
  readonly pid: number;
  readonly parent: Process | null;
  readonly job: Job | null;
  readonly path: string;
  /** By which it calls. */
  readonly handlers: Handlers<typeof Sos, Process>;
  /** Signalled when it has ended. */
  readonly signal: seL4_CPtr<"Notification">;
}

/** What was made, to be undone in the reverse order. */
type Undoing = (() => Thread<void>)[];

/** Makes processes. */
export class Loader {
  readonly #system: SystemParts;
  readonly #console: Console;
  readonly #limits: MemoryLimits;

  constructor(system: SystemParts, console: Console, limits: MemoryLimits) {
    this.#system = system;
    this.#console = console;
    this.#limits = limits;
  }

  /** Make a process that runs. Parks. */
  *load(wanted: NewProcess): Thread<Process | Failure<LoadError>> {
    const undoing: Undoing = [];
    let made: Process | Failure<LoadError> | null = null;
    try {
      made = yield* this.#make(wanted, undoing);
      return made;
    } finally {
      if (made === null || made instanceof Failure) {
        for (const undo of undoing.toReversed()) yield* undo();
      }
    }
  }

  *#make(wanted: NewProcess, undoing: Undoing): Thread<Process | Failure<LoadError>> {
    const { files, root, bootUs } = this.#system;
    const folder = new Folder({ lane: files, root, bootUs });
    undoing.push(() => folder.close());
    const file = yield* programIn(folder, wanted.path);
    if (file instanceof Failure) return fail(file.error === "TooMany" ? "Full" : file.error);
    undoing.push(() => file.forget());

    const command = commandOf(wanted.path);
    const loaded = yield* this.#system.processes.load({ name: command, ...this.#limits });
    if (loaded.error !== null) return fail("Full");
    const { process: life, id } = loaded;
    undoing.push(() => life.close());
    const opened = yield* life.space();
    if (opened.error !== null) return fail("IO");
    const { space } = opened;
    undoing.push(() => space.forget());

    const entry = yield* this.#fill(file, space);
    if (entry instanceof Failure) return entry;
    const memory = new UserMemory(this.#system.memory.client(space), () => pause(this.#system));
    const process = new Process({
      ...{ pid: wanted.pid, command, id, parent: wanted.parent, job: wanted.job, life, space, memory, folder },
      startedMs: Math.floor((yield* sinceBoot(this.#system)) / 1000),
      layout: new Layout(this.#limits.pages - stackPages(this.#limits)),
      files: this.#output(),
      end: this.#system.self.condition(),
    });
    const session = this.#system.offer.session(Sos, process, wanted.handlers, undefined, { detached: true });
    undoing.push(() => this.#system.offer.end(session));
    process.session = session;
    const isRunning = yield* this.#start(process, session, entry, wanted.signal);
    if (!isRunning) return fail("IO");
    // It needs the file as long as it lives, and not the capability: its pages come from there.
    yield* file.forget();
    return process;
  }

  /** Put the program into its address space, and a stack. @returns where it begins */
  *#fill(file: Client<typeof File>, space: Client<typeof Space>): Thread<number | Failure<LoadError>> {
    const { spaces, memory } = this.#system;
    const limit = stackPages(this.#limits) * PAGE_BYTES;
    const options = { stack: { top: STACK_TOP, bytes: PAGE_BYTES, limit }, below: HEAP_START };
    const image = yield* loadImage({ file, spaces, space: memory.client(space) }, options);
    if (image.error === null) return image.entry;
    return fail(image.error === "Gone" ? "IO" : image.error);
  }

  /** Give it what it has, and let it run. */
  *#start({ parts }: Process, session: OpenSession<typeof Sos>, entry: number, signal: seL4_CPtr<"Notification">) {
    const { life } = parts;
    const capability = yield* this.#mint(session);
    if (capability === null) return false;
    const installed = yield* life.install({ slot: SOS_IPC_EP_CAP, capability });
    yield* this.#system.self.drop(capability);
    if (installed.error !== null || (yield* life.onEnd({ signal })).error !== null) return false;
    const registers = { sp: STACK_TOP - LIBRARY_BYTES, a0: STACK_TOP, a1: PROCESS_IPC_BUFFER, a2: 0, a3: 0 };
    return (yield* life.run({ entry, ...registers })).error === null;
  }

  /** A capability by which this session is called; null: no slot is left. */
  *#mint({ badge }: OpenSession<typeof Sos>): Thread<seL4_CPtr<"Endpoint"> | null> {
    const { cspace } = this.#system.self;
    const slot = yield* cspace_alloc_slot(cspace);
    if (slot === 0) return null;
    throwOnError(yield* cspace_mint(cspace, slot, cspace, ENDPOINT_SLOT, rightsOf(Sos), badge), "a capability to SOS");
    return slot;
  }

  #output(): FileTable<OpenFile> {
    const output = this.#console.open({ reads: false, writes: true });
    if (output === null) throw new Error("the console is not open for writing to whoever wants to");
    return new FileTable(output);
  }
}

/** Pages that a stack may have. */
function stackPages({ pages }: MemoryLimits): number {
  return Math.min(STACK_PAGES, Math.floor(pages / 4));
}

/** The file of a program: what the path says, or for a mere name what lies among the programs. */
function* programIn(folder: Folder, path: string): Thread<Client<typeof File> | Failure<OpenError>> {
  const opening = { create: false, writes: false, truncate: false };
  const file = yield* folder.open(path, opening);
  const isName = namesOf(path).length === 1;
  if (!(file instanceof Failure) || file.error !== "NotFound" || !isName) return file;
  return yield* folder.open(PROGRAMS + path, opening);
}

/** The last name of a path, as long as a command may be. */
function commandOf(path: string): string {
  const name = namesOf(path).at(-1) ?? "";
  return decodeString(cutString(new TextEncoder().encode(name), N_NAME));
}
