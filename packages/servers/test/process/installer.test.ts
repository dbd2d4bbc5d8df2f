/** Programs of the image that are put into files when a system starts. */
import { programWords, type Thread } from "@tessera/hal-sim/isa";
import { elf_newFile, PF_R, PF_W } from "@tessera/ut-alloc";
import { expect, it } from "vitest";
import {
  type Client,
  calls,
  component,
  Directory,
  type Executable,
  FileReader,
  installer,
  must,
  ramfs,
  rawProgram,
  Timer,
  timerServer,
} from "../../src/index.js";
import { bootPlan, type Entry, settle } from "../root/planned.js";

const DATA = { vaddr: 0x2_0000, bytes: Uint8Array.of(1, 2, 3), memory_size: 8192, flags: PF_R | PF_W };
const PROGRAMS: readonly Executable[] = [
  rawProgram("sosh", function* () {}),
  { ...rawProgram("clock", function* () {}), segments: [DATA] },
];
const SERVERS: readonly Entry[] = [
  { component: timerServer, priority: 200 },
  { component: ramfs, priority: 150 },
];

function looking(look: (files: Client<typeof Directory>, timer: Client<typeof Timer>) => Thread<void>): Entry {
  const user = component("user", {
    needs: { files: calls(Directory), timer: calls(Timer) },
    *main({ files, timer }) {
      yield* look(files, timer);
    },
  });
  return { component: user, priority: 50, restart: null };
}

/** All that lies in a directory. */
function* namesIn(directory: Client<typeof Directory>) {
  const names: string[] = [];
  for (let next = yield* directory.next({ after: "" }); next.error === null; ) {
    names.push(next.name);
    next = yield* directory.next({ after: next.name });
  }
  return names;
}

it("each is an executable whose text is its page, in the folder that it is told, and nothing else lies there", () => {
  const texts = new Map<string, Uint8Array>();
  const user = looking(function* (files) {
    const { directory: usr } = must(yield* files.enter({ name: "usr", create: false }));
    const { directory } = must(yield* usr.enter({ name: "bin", create: false }));
    for (const name of yield* namesIn(directory)) {
      const { file } = must(yield* directory.open({ name, create: false, write: false }));
      const bytes: number[] = [];
      const reader = new FileReader(file);
      for (let read = yield* reader.bytes(); read.error === null; read = yield* reader.bytes())
        bytes.push(...read.bytes);
      const { elf } = elf_newFile(Uint8Array.from(bytes));
      const [text, ...more] = elf?.program_headers ?? [];
      if (elf === null || text === undefined) throw new Error(`${name} is no executable`);
      expect(more).toMatchObject(name === "clock" ? [{ vaddr: DATA.vaddr, file_size: 3, memory_size: 8192 }] : []);
      expect([elf.entry, text.vaddr, text.flags]).toEqual([0x1_0000, 0x1_0000, 5]);
      texts.set(name, elf.bytes.subarray(text.offset, text.offset + text.file_size));
    }
  });
  settle(
    bootPlan([...SERVERS, { component: installer(PROGRAMS), priority: 100, args: "/usr/bin", restart: null }, user]),
  );
  expect([...texts.keys()].sort()).toEqual(["clock", "sosh"]);
  // The image numbers its programs; each text is the page of one of them, and no two are the same.
  const pages = Array.from({ length: 16 }, (_, number) => new Uint8Array(Int32Array.from(programWords(number)).buffer));
  const numbers = [...texts.values()].map((text) =>
    pages.findIndex((page) => text.every((byte, i) => page[i] === byte)),
  );
  expect(numbers).not.toContain(-1);
  expect(new Set(numbers).size).toBe(2);
});

it("dies when a file cannot be written, leaves no half program, and writes all when it is started again", () => {
  const seen: string[][] = [];
  const user = looking(function* (files, timer) {
    const { file } = must(yield* files.open({ name: "all", create: true, write: true }));
    let size = 2 ** 20;
    while ((yield* file.truncate({ size })).error !== null) size -= 4096;
    must(yield* timer.sleep({ us: 15_000 }));
    seen.push(yield* namesIn(files));
    must(yield* file.truncate({ size: 0 }));
    must(yield* timer.sleep({ us: 50_000 }));
    seen.push(yield* namesIn(files));
  });
  const restart = { firstUs: 10_000, mostUs: 10_000 };
  const world = bootPlan([...SERVERS, { component: installer(PROGRAMS), priority: 40, restart }, user]);
  settle(world);
  expect(world.output).toMatch(/^(installer died: it threw an error, restarting in 10 ms\n)+user has ended\n$/);
  expect(seen).toEqual([
    ["all", "sosh.new"],
    ["all", "clock", "sosh"],
  ]);
});

it("there are no programs to be installed, or two of a name: refused", () => {
  expect(() => installer([])).toThrow(RangeError);
  expect(() => installer([...PROGRAMS, ...PROGRAMS])).toThrow('two programs "sosh"');
});
