/** The console as a file: what programs are given to read from and write to. */
import { cspace_alloc_slot, cspace_mint } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import { seL4_AllRights } from "@tessera/libsel4";
import type { BootedWorld } from "@tessera/testing";
import { expect, it } from "vitest";
import {
  belongingsOf,
  type Client,
  ConsoleFiles,
  ConsoleInput,
  calls,
  client,
  component,
  consoleServer,
  Directory,
  devfs,
  File,
  FileReader,
  FileWriter,
  must,
} from "../../src/index.js";
import { awaitEnd, bootRigged, bury, letRun } from "../common/rig.js";

const INPUT = { badge: 0x201, offer: 2 };
const FILE = { badge: 0x301, offer: 3 };
const FILES = { badge: 0x401, offer: 4 };

const program = (main: (file: Client<typeof File>) => Thread) =>
  component("program", {
    needs: { file: calls(File) },
    *main({ file }) {
      yield* main(file);
    },
  });

/** The console, and a program that has it as its file. */
function onFile(main: (file: Client<typeof File>) => Thread): BootedWorld<void> {
  return bootRigged({ console: consoleServer, program: program(main) }, function* (_, start) {
    const { ep } = yield* start("console", { priority: 200, clients: [FILE] });
    yield* start("program", { priority: 100, needs: { file: { ep, badge: FILE.badge } } });
  });
}

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

it("reads what is typed, line by line with its end, and nothing at ctrl-D; writes what it is given", () => {
  const seen: string[] = [];
  const world = onFile(function* (file) {
    must(yield* new FileWriter(file).print("type: "));
    for (let data = new Uint8Array(1); data.length > 0; ) {
      data = must(yield* file.read({ offset: 99, length: 896 })).data as Uint8Array<ArrayBuffer>;
      seen.push(text(data));
    }
    must(yield* new FileWriter(file).print("bye\n"));
  });
  world.input("one\rtwo\x7fwo\n\n");
  world.input("no end\x04");
  world.input("\x04");
  expect(world.finish().output).toContain("bye\n");
  expect(seen).toEqual(["one\n", "twwo\n", "\n", "no end", ""]);
});

it("gives of a line what fits, and the rest to whoever reads next, as a file or by lines", () => {
  const seen: string[] = [];
  const reader = component("reader", {
    needs: { file: calls(File), input: calls(ConsoleInput) },
    *main({ file, input }) {
      for (let i = 0; i < 3; i++) seen.push(text(must(yield* file.read({ offset: 0, length: 2 })).data));
      seen.push(must(yield* input.readLine()).line);
      seen.push(
        text(must(yield* file.read({ offset: 0, length: 4 })).data),
        text(must(yield* file.read({ offset: 0, length: 4 })).data),
      );
    },
  });
  const world = bootRigged({ console: consoleServer, reader }, function* (_, start) {
    const { ep } = yield* start("console", { priority: 200, clients: [INPUT, FILE] });
    const needs = { file: { ep, badge: FILE.badge }, input: { ep, badge: INPUT.badge } };
    yield* start("reader", { priority: 100, needs });
  });
  world.input("abc\nlong line\ndone\n");
  world.finish();
  expect(seen).toEqual(["ab", "c\n", "lo", "ng line", "done", "\n"]);
});

it("lets who reads sleep through ctrl-C, and refuses what a file cannot: a second reader (Busy), raw mode (Denied)", () => {
  const seen: unknown[] = [];
  const reads = program(function* (file) {
    const read = yield* file.read({ offset: 0, length: 9 });
    seen.push(read.error ?? text(read.data));
  });
  const raw = component("raw", {
    needs: { input: calls(ConsoleInput) },
    *main({ input }) {
      must(yield* input.mode({ mode: "raw" }));
    },
  });
  const world = bootRigged({ console: consoleServer, reads, raw }, function* (rig, start) {
    const clients = [INPUT, FILE, { badge: 0x302, offer: 3 }];
    const { ep } = yield* start("console", { priority: 200, clients });
    yield* start("reads", { priority: 100, needs: { file: { ep, badge: 0x301 } } });
    yield* start("reads", { priority: 90, needs: { file: { ep, badge: 0x302 } } });
    yield* awaitEnd(rig); // the second one, at once; then the first one
    yield* awaitEnd(rig);
    yield* start("reads", { priority: 90, needs: { file: { ep, badge: 0x302 } } });
    yield* letRun();
    yield* start("raw", { priority: 100, needs: { input: { ep, badge: INPUT.badge } } });
    yield* awaitEnd(rig);
  });
  world.runUntil(() => seen.length === 1);
  world.input("away\x03");
  world.input("stay\n");
  world.finish();
  expect(seen).toEqual(["Busy", "stay\n", "Denied"]);
});

it("a program that was killed takes nobody's line, once whoever opened the file for it has closed it", () => {
  const seen: string[] = [];
  let reading = false;
  const reads = program(function* (file) {
    const line = must(yield* new FileReader(file).line()).line;
    seen.push(line);
  });
  const world = bootRigged({ console: consoleServer, reads }, function* (rig, start) {
    const { ep } = yield* start("console", { priority: 200, clients: [FILES] });
    const slot = yield* cspace_alloc_slot(rig.cspace);
    yield* cspace_mint(rig.cspace, slot, rig.cspace, ep, seL4_AllRights, FILES.badge);
    const files = client(ConsoleFiles, slot, belongingsOf(rig.cspace));
    const { file: first } = must(yield* files.open());
    const killed = yield* start("reads", { priority: 100, needs: { file: { ep: first.cptr } } });
    yield* letRun();
    yield* bury(rig, killed, []);
    yield* first.close();
    const { file: second } = must(yield* files.open());
    yield* start("reads", { priority: 100, needs: { file: { ep: second.cptr } } });
    reading = true;
    yield* awaitEnd(rig);
  });
  world.runUntil(() => reading);
  world.input("for the second\n");
  world.finish();
  expect(seen).toEqual(["for the second"]);
});

it("a directory of devices shows it, and hands it out", () => {
  const user = component("user", {
    needs: { dev: calls(Directory) },
    *main({ dev }) {
      const { file } = must(yield* dev.open({ name: "console", create: false, write: true }));
      const { line } = must(yield* new FileReader(file).line());
      must(yield* new FileWriter(file).print(`it was ${line}\n`));
      must(yield* file.truncate({ size: 0 })); // as `>` does
      expect(must(yield* file.stat()).kind).toBe("device");
    },
  });
  const world = bootRigged({ console: consoleServer, dev: devfs(["console"]), user }, function* (_, start) {
    const { ep: console } = yield* start("console", { priority: 200, clients: [FILE] });
    const needs = { console: { ep: console, badge: FILE.badge } };
    const { ep } = yield* start("dev", { priority: 120, clients: [{ badge: 0x101, offer: 1 }], needs });
    yield* start("user", { priority: 100, needs: { dev: { ep, badge: 0x101 } } });
  });
  world.input("rain\n");
  expect(world.finish().output).toBe("rain\nit was rain\n");
});
