/** Systems with a disk, a file system, a vfs before it, and clients of different authority that a test writes. */
import { type DiskBackEnd, memoryDisk } from "@tessera/hal-sim";
import type { Thread } from "@tessera/hal-sim/isa";
import { expect } from "vitest";
import { ext2Server } from "../../src/ext2/index.js";
import {
  blockServer,
  type Client,
  type Component,
  calls,
  component,
  Directory,
  FileReader,
  FileWriter,
  LogReader,
  logServer,
  must,
  timerServer,
  type VfsOptions,
  vfsServer,
  type Window,
} from "../../src/index.js";
import { bootPlan } from "../root/planned.js";

const EVENTS = 8_000_000;
const WINDOW = 4;

/** Files as a client has them. What fails is a word. */
export class FilesUser {
  readonly files: Client<typeof Directory>;
  readonly window: Window;
  readonly #lines: Client<typeof LogReader> | null;

  constructor(files: Client<typeof Directory>, window: Window, lines: Client<typeof LogReader> | null) {
    this.files = files;
    this.window = window;
    this.#lines = lines;
  }

  /** The first line of the log, where there is a log; it is waited for. */
  *firstLine(): Thread<string> {
    if (this.#lines === null) throw new Error("there is no log");
    return must(yield* this.#lines.next({ from: 0 })).line;
  }

  /** Write a text to a file, which is made, in a directory. */
  *put(name: string, text: string, files = this.files): Thread<string | null> {
    const opened = yield* files.open({ name, create: true, write: true });
    if (opened.error !== null) return opened.error;
    const { error } = yield* new FileWriter(opened.file).print(text);
    yield* opened.file.close();
    return error;
  }

  /** What is in a file. */
  *get(name: string, files = this.files): Thread<string> {
    const opened = yield* files.open({ name, create: false, write: false });
    if (opened.error !== null) return opened.error;
    const read = yield* new FileReader(opened.file).text();
    yield* opened.file.close();
    return read.error ?? read.text;
  }

  /** All names of a directory. */
  *names(files = this.files): Thread<string[]> {
    const names: string[] = [];
    for (let after = ""; ; ) {
      const entry = yield* files.next({ after });
      if (entry.error === "End") return names;
      names.push(must(entry).name);
      after = must(entry).name;
    }
  }

  /** Wait until there is something of that name. */
  *until(name: string): Thread<void> {
    for (let tries = 0; (yield* this.files.stat({ name })).error !== null; tries++) {
      if (tries > 2000) throw new Error(`nobody makes ${name}`);
    }
  }

  *enter(name: string, create = false): Thread<Client<typeof Directory>> {
    return must(yield* this.files.enter({ name, create })).directory;
  }
}

/** What a client does, and by which offer. */
export interface Use {
  readonly offer: string;
  readonly do: (user: FilesUser) => Thread;
}

interface SystemOptions extends VfsOptions {
  readonly disk?: DiskBackEnd;
  /** A second disk, whose volume the vfs has by its need "data". */
  readonly data?: DiskBackEnd;
  /** What stands in for the file system. */
  readonly instead?: (of: Component) => Component;
}

/** A system in which each of these is what a client does, one after the other as far as priorities go. */
export function runVfs({ disk, data, instead = (of) => of, ...options }: SystemOptions, ...uses: Use[]): DiskBackEnd {
  const backEnd = disk ?? memoryDisk(4 * 2 ** 20);
  const thrown: unknown[] = [];
  let ended = 0;
  const clients = uses.map((use, n) =>
    component(`client${n}`, {
      needs: {
        files: calls(Directory, { window: WINDOW }),
        ...(options.log === true ? { lines: calls(LogReader) } : {}),
      },
      *main({ files, ...rest }) {
        try {
          const { lines = null } = rest as { lines?: Client<typeof LogReader> };
          yield* use.do(new FilesUser(files, files.window as Window, lines));
          ended += 1;
        } catch (error) {
          thrown.push(error);
        }
      },
    }),
  );
  const world = bootPlan(
    [
      { component: timerServer, priority: 250, budgetUs: 2000 },
      { component: blockServer(), priority: 220, budgetUs: 4000 },
      ...(options.log === true ? [{ component: logServer, priority: 230, budgetUs: 2000 }] : []),
      { component: instead(ext2Server({ formatsBlank: true })), priority: 200, budgetUs: 8000 },
      ...(data === undefined ? [] : second()),
      {
        ...{ component: vfsServer(options), priority: 180, budgetUs: 8000 },
        choose: { volume: "ext2", ...(data === undefined ? {} : { data: "ext2data" }) },
      },
      ...clients.map((client, n) => {
        const choose = { files: `vfs.${uses[n]!.offer}` };
        return { component: client, priority: 100 - n, budgetUs: 5000, restart: null, choose };
      }),
    ],
    {
      kernel: { checkInvariants: false },
      machine: { callSites: false, disks: data === undefined ? [backEnd] : [backEnd, data] },
    },
  );
  const { reason } = world.machine.run({ events: EVENTS });
  if (thrown.length > 0) throw thrown[0];
  expect([reason, ended]).toEqual(["idle", uses.length]);
  return backEnd;
}

/** A file system on the second disk. */
function second() {
  return [
    { component: blockServer({ name: "blockdata", disk: 1 }), priority: 219, budgetUs: 4000 },
    {
      ...{ component: ext2Server({ name: "ext2data", formatsBlank: true }), priority: 199, budgetUs: 8000 },
      choose: { disk: "blockdata" },
    },
  ];
}
