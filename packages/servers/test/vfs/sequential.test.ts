/** Files from the beginning to the end: by lines, by pieces, and however little comes at a time. */
import type { Thread } from "@tessera/hal-sim/isa";
import { expect, it } from "vitest";
import {
  CHUNK,
  type Client,
  calls,
  component,
  File,
  FileReader,
  FileWriter,
  fail,
  must,
  PLAIN_FILE,
  plainAttributes,
  READ_LINE_BYTES,
} from "../../src/index.js";
import { rigged } from "../common/rig.js";

/** A file of some bytes, of which a read gives `most`; what is written is put behind them. */
function fileOf(content: Uint8Array, most = CHUNK, room = Infinity) {
  const bytes = [...content];
  const writes: number[] = [];
  const server = component("file", {
    offers: { file: File },
    *main({ file }) {
      yield* file.serve(() => null, {
        ...PLAIN_FILE,
        read: (_, { offset, length }) => ({
          data: Uint8Array.from(bytes.slice(offset, offset + Math.min(length, most))),
        }),
        write(_, { offset, data }) {
          if (offset + data.length > room) return fail("Full");
          bytes.splice(offset, data.length, ...data);
          writes.push(data.length);
          return { written: data.length };
        },
        truncate: () => fail("Denied"),
        stat: () => plainAttributes("file", { size: bytes.length }),
      });
    },
  });
  return { server, bytes, writes };
}

function using({ server }: ReturnType<typeof fileOf>, main: (file: Client<typeof File>) => Thread): void {
  const user = component("user", {
    needs: { file: calls(File) },
    *main({ file }) {
      yield* main(file);
    },
  });
  rigged({ server, user }, function* (_, start) {
    const { ep } = yield* start("server", { priority: 120, clients: [{ badge: 0x101, offer: 1 }] });
    yield* start("user", { priority: 100, needs: { file: { ep, badge: 0x101 } } });
  });
}

function* linesOf(file: Client<typeof File>): Thread<string[]> {
  const lines: string[] = [];
  const reader = new FileReader(file);
  let next = yield* reader.line();
  for (; next.error === null; next = yield* reader.line()) lines.push(next.line);
  expect(next.error).toBe("End");
  return lines;
}

const encode = (text: string) => new TextEncoder().encode(text);

it.each([1, 2, 7, CHUNK])("lines are the same when a read gives %i bytes at most", (most) => {
  using(fileOf(encode("żółw\n\nlast one\n\n"), most), function* (file) {
    expect(yield* linesOf(file)).toEqual(["żółw", "", "last one", ""]);
  });
  using(fileOf(encode("a\nno end"), most), function* (file) {
    expect(yield* linesOf(file)).toEqual(["a", "no end"]);
  });
  using(fileOf(new Uint8Array(0), most), function* (file) {
    expect(yield* linesOf(file)).toEqual([]);
  });
});

it("a line without end comes in pieces, cut between characters", () => {
  const long = "亀".repeat(READ_LINE_BYTES / 2);
  using(fileOf(encode(`${long}\nshort\n`)), function* (file) {
    const lines = yield* linesOf(file);
    expect(lines.at(-1)).toBe("short");
    expect(lines.slice(0, -1).join("")).toBe(long);
    expect(lines).toHaveLength(3);
  });
});

it("lines and pieces and the rest can be asked for in turn, and nothing is given twice", () => {
  using(fileOf(encode("one\ntwo\nthree\nfour"), 6), function* (file) {
    const reader = new FileReader(file);
    expect(must(yield* reader.line()).line).toBe("one");
    expect(must(yield* reader.bytes()).bytes).toEqual(encode("tw"));
    expect(must(yield* reader.line()).line).toBe("o");
    expect(must(yield* reader.text()).text).toBe("three\nfour");
    expect(must(yield* reader.text()).text).toBe("");
    expect(must(yield* new FileReader(file, 8).line()).line).toBe("three");
  });
});

it("a long text is written where it belongs, in pieces that end where lines end", () => {
  const old = encode("before\n");
  const text = Array.from({ length: 60 }, (_, i) => `line ${i} ${"ż".repeat(i)}\n`).join("");
  const file = fileOf(old);
  using(file, function* (it) {
    must(yield* new FileWriter(it, must(yield* it.stat()).size).print(text));
  });
  expect(new TextDecoder().decode(Uint8Array.from(file.bytes))).toBe(`before\n${text}`);
  let at = old.length;
  for (const length of file.writes) {
    at += length;
    expect(file.bytes[at - 1]).toBe(0x0a);
  }
});

it("the first refusal is the answer, and nothing behind it is written", () => {
  const file = fileOf(new Uint8Array(0), CHUNK, 1000);
  using(file, function* (it) {
    expect((yield* new FileWriter(it).write(new Uint8Array(3000))).error).toBe("Full");
  });
  expect(file.writes).toEqual([CHUNK]);
});
