/** Executables: loaded out of files, run by several processes, and refused when there is anything wrong with them. */
import { Prng } from "@tessera/hal-sim";
import { compute, load, store, type Thread } from "@tessera/hal-sim/isa";
import { seL4_Call, seL4_MessageInfo_new, seL4_SetMR } from "@tessera/libsel4";
import { type elf_segment, elf_write, PF_R, PF_W, PROCESS_IPC_BUFFER, program_segment } from "@tessera/ut-alloc";
import { describe, expect, it } from "vitest";
import {
  type Client,
  calls,
  component,
  Directory,
  define,
  type File,
  FileWriter,
  type LoadedImage,
  loadImage,
  must,
  op,
  rawProgram,
  sessionOf,
  u32,
} from "../../src/index.js";
import {
  bootNursery,
  type NurseryOptions,
  nursery,
  PAGE,
  type Parent,
  parentOf,
  programNumbers,
  STACK_TOP,
  TEXT,
} from "./nursery.js";

const EP = 1;
const DATA = 0x2_0000;
const STACK = { top: STACK_TOP, bytes: PAGE, limit: 4 * PAGE };

const Post = define("post", { tell: op({ word: u32 }, {}) });
const Posts = define("posts", { open: op({}, { post: sessionOf(Post) }) });

/** Adds one to the words of its data, and tells what was there. */
const counting = rawProgram("counting", function* ({ a0, a2 }) {
  yield* store(a0 - 8, 1);
  for (let at = DATA; at < DATA + a2 * PAGE; at += PAGE) {
    const word = yield* load(at);
    yield* store(at, word + 1);
    seL4_SetMR(0, word);
    yield* seL4_Call(EP, seL4_MessageInfo_new(1, 0, 0, 1));
  }
  for (;;) yield* compute(1000);
});

type Files = Parent & { readonly files: Client<typeof Directory>; readonly posts: Client<typeof Posts> };

/** What the tests have of a parent. */
interface Loader extends Files {
  /** A file of these bytes, which is open. */
  write(bytes: Uint8Array): Thread<Client<typeof File>>;
  /** An executable of the program, with these segments beside its text. */
  executable(segments?: readonly elf_segment[], text?: number): Uint8Array;
  /** A process of that file, and how loading it went. */
  load(file: Client<typeof File>, pages?: number): Thread<LoadedImage & { readonly process: Loading["process"] }>;
  start(process: Loading["process"], entry: number, a2: number): Thread<void>;
}
type Loading = { readonly process: Parameters<Parent["run"]>[0] };

/** Run `main` in a parent, until everybody waits. @returns what was told at the post, and the world */
function run(main: (loader: Loader) => Thread<void>, options: NurseryOptions = {}) {
  const told: number[] = [];
  const office = component("posts", {
    offers: { posts: Posts },
    *main({ posts }) {
      yield* posts.serve(() => null, {
        open: () => ({ post: posts.session(Post, null, { tell: (_, { word }) => void told.push(word) }) }),
      });
    },
  });
  const parent = parentOf([counting], { files: calls(Directory), posts: calls(Posts) }, function* (parent: Files) {
    let written = 0;
    yield* main({
      ...parent,
      *write(bytes) {
        const { file } = must(yield* parent.files.open({ name: `file${written++}`, create: true, write: true }));
        must(yield* new FileWriter(file).write(bytes));
        return file;
      },
      executable(segments = [], text = TEXT) {
        const page = program_segment(numbers.get("counting") as number, text);
        return elf_write(text, [page, ...segments]);
      },
      *load(file, pages = 16) {
        const { process } = must(yield* parent.processes.load({ name: "counting", frames: 8, pages }));
        const { space } = must(yield* process.space());
        const loaded = yield* loadImage({ file, spaces: parent.spaces, space }, { stack: STACK });
        yield* space.forget();
        return { ...loaded, process };
      },
      *start(process, entry, a2) {
        const { post } = must(yield* parent.posts.open());
        must(yield* process.install({ slot: EP, capability: post.cptr }));
        must(yield* process.run({ entry, sp: STACK_TOP, a0: STACK_TOP, a1: PROCESS_IPC_BUFFER, a2, a3: 0 }));
        yield* post.forget();
      },
    });
  });
  const others = [{ component: office, priority: 205 }];
  const numbers = programNumbers(nursery(parent, { ...options, others }));
  const world = bootNursery(parent, { ...options, others });
  expect(world.machine.run({ events: 4_000_000 }).reason).toBe("idle");
  expect(world.output).toBe("parent has ended\n");
  expect(world.kernel.checkInvariants()).toEqual([]);
  return { told, world };
}

const words = (...values: number[]) => Uint8Array.from(values.flatMap((value) => [value, 0, 0, 0, 0, 0, 0, 0]));

describe("An executable", () => {
  it("has its text and its data out of the file, zeroes behind them, and a stack; each process has its own data", () => {
    const { told } = run(function* (parent) {
      const data = new Uint8Array(2 * PAGE + 8);
      data.set(words(10));
      data.set(words(20), PAGE);
      data.set(words(30), 2 * PAGE);
      const segment = { vaddr: DATA, bytes: data, memory_size: 4 * PAGE, flags: PF_R | PF_W };
      const file = yield* parent.write(parent.executable([segment]));
      for (let i = 0; i < 2; i++) {
        const { process, ...loaded } = yield* parent.load(file);
        expect(loaded).toEqual({ error: null, entry: TEXT, end: DATA + 4 * PAGE });
        yield* parent.start(process, TEXT, 4);
        yield* compute(30_000_000);
        yield* process.close();
      }
    });
    expect(told).toEqual([10, 20, 30, 0, 10, 20, 30, 0]);
  });

  it("may have text and data on one page, and lie wherever it likes", () => {
    const { told } = run(function* (parent) {
      // On the page of the text, behind it; and unaligned, so that the data's first word lies in the middle of a page.
      const beside = { vaddr: DATA - PAGE + 0x800, bytes: words(7, 8), flags: PF_R | PF_W };
      const far = { vaddr: DATA, bytes: words(9), memory_size: 100, flags: PF_R | PF_W };
      const bytes = parent.executable([beside, far], DATA - PAGE);
      const file = yield* parent.write(bytes);
      const loaded = yield* parent.load(file);
      expect(loaded).toMatchObject({ error: null, entry: DATA - PAGE, end: DATA + PAGE });
      const { space } = must(yield* loaded.process.space());
      const { data } = must(yield* space.read({ address: DATA - PAGE + 0x7f8, length: 24 }));
      expect(data).toEqual(words(0, 7, 8));
      yield* space.forget();
      yield* parent.start(loaded.process, DATA - PAGE, 1);
      yield* compute(30_000_000);
      yield* loaded.process.close();
    });
    expect(told).toEqual([9]);
  });

  it("that cannot be had in so many pages is refused, and one that has lost its file dies of that", () => {
    run(function* (parent) {
      const odd = (vaddr: number) => ({ vaddr: vaddr + 8, bytes: words(1), memory_size: 16, flags: PF_R | PF_W });
      const file = yield* parent.write(parent.executable([0, 1, 2, 3, 4].map((i) => odd(DATA + i * PAGE))));
      const few = yield* parent.load(file, 4);
      expect(few).toMatchObject({ error: "Full", why: "its space may not have so many pages" });
      yield* few.process.close();
      const { process } = yield* parent.load(file, 8);
      yield* file.close();
      yield* parent.start(process, TEXT, 1);
      expect(must(yield* process.wait())).toMatchObject({
        end: "died",
        cause: expect.stringContaining("VMFault at 0x10000: "),
      });
      const gone = yield* parent.load(file);
      expect(gone).toMatchObject({ error: "IO", why: "the file cannot be looked at: Closed" });
      yield* gone.process.close();
    });
  });
});

describe("A file that is no executable", () => {
  it.each<[string, (bytes: DataView) => void, string]>([
    ["of another kind", (view) => view.setUint8(0, 1), "it does not begin with the ELF magic number"],
    ["for another machine", (view) => view.setUint16(18, 62, true), "it is not for RISC-V"],
    [
      "whose headers lie elsewhere",
      (view) => view.setUint32(32, 2 ** 31, true),
      "a table of headers does not lie in the file",
    ],
    ["of so many headers", (view) => view.setUint16(56, 17, true), "it has 17 segments with headers of 56 bytes"],
    ["of such large headers", (view) => view.setUint16(54, 300, true), "it has 2 segments with headers of 300 bytes"],
    ["of no headers", (view) => view.setUint16(56, 0, true), "it has nothing to load"],
    [
      "whose text lies elsewhere",
      (view) => view.setUint32(64 + 8, 2 ** 31, true),
      "a segment does not lie in the file",
    ],
    [
      "that is to lie on its stack",
      (view) => view.setUint32(64 + 56 + 16, STACK_TOP - PAGE, true),
      "its stack is to lie where something else does",
    ],
    [
      "that is to lie on its IPC buffer",
      (view) => view.setUint32(64 + 56 + 16, PROCESS_IPC_BUFFER, true),
      "a segment lies at 0xa0000000 to 0xa0000008, outside of a process",
    ],
    ["that begins nowhere", (view) => view.setUint32(24, 0, true), "it begins at 0x0, where nothing may be executed"],
  ])("%s is refused in a sentence", (_, spoil, why) => {
    run(function* (parent) {
      const bytes = parent.executable([{ vaddr: DATA, bytes: words(1), flags: PF_R | PF_W }]);
      // Room for headers that are larger.
      const file = Uint8Array.from({ length: bytes.length + 1000 }, (_, i) => bytes[i] ?? 0);
      spoil(new DataView(file.buffer));
      const loaded = yield* parent.load(yield* parent.write(file));
      expect(loaded).toMatchObject({ error: "BadImage", why });
      yield* loaded.process.close();
    });
  });

  it("because it is cut off anywhere, or any byte of its headers is another, is refused or loaded, and leaves nothing", () => {
    const seen = new Map<string, number>();
    const prng = new Prng(1);
    run(function* (parent) {
      const bytes = parent.executable([{ vaddr: DATA, bytes: words(1), memory_size: 2 * PAGE, flags: PF_R | PF_W }]);
      const { file } = must(yield* parent.files.open({ name: "spoilt", create: true, write: true }));
      const stat = must(yield* parent.spaces.stat());
      const attempt = function* (spoilt: Uint8Array) {
        must(yield* file.truncate({ size: 0 }));
        must(yield* new FileWriter(file).write(spoilt));
        const { error, process } = yield* parent.load(file);
        seen.set(error ?? "loaded", (seen.get(error ?? "loaded") ?? 0) + 1);
        yield* process.close();
        expect(must(yield* parent.spaces.stat())).toEqual(stat);
      };
      for (let length = 0; length < bytes.length; length += 1 + prng.below(12)) yield* attempt(bytes.slice(0, length));
      for (let i = 0; i < 120; i++) {
        const spoilt = bytes.slice();
        spoilt[prng.below(64 + 2 * 56)] = prng.below(256);
        yield* attempt(spoilt);
      }
    });
    expect([...seen.keys()].sort()).toEqual(["BadImage", "loaded"]);
    for (const count of seen.values()) expect(count).toBeGreaterThan(15);
  });
});
