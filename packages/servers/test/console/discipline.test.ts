/** What becomes of typed bytes, without a machine. */
import fc from "fast-check";
import { expect, it } from "vitest";
import { Discipline, type Typed } from "../../src/console/discipline.js";

/** Type `text`; what can be read then, and what was echoed. */
function typed(text: string, discipline?: Discipline): { read: unknown[]; echo: string } {
  const echo: number[] = [];
  const it = discipline ?? new Discipline((bytes) => echo.push(...bytes));
  for (const byte of new TextEncoder().encode(text)) it.type(byte);
  return { read: all(it), echo: new TextDecoder().decode(Uint8Array.from(echo)) };
}

function all(discipline: Discipline): unknown[] {
  const read: unknown[] = [];
  for (let it: Typed | undefined = discipline.takeTyped(); it !== undefined; it = discipline.takeTyped()) {
    read.push(typeof it === "string" ? { is: it } : new TextDecoder().decode(it.line));
  }
  return read;
}

const RUB = "\b \b";

it.each([
  { what: "lines, by LF", type: "a\nbc\n", read: ["a", "bc"], echo: "a\nbc\n" },
  { what: "lines, by CR", type: "a\rbc\r", read: ["a", "bc"], echo: "a\nbc\n" },
  { what: "lines, by CR LF, which is one end", type: "a\r\nb\r\n", read: ["a", "b"], echo: "a\nb\n" },
  { what: "empty lines", type: "\n\r\r\n\n", read: ["", "", "", ""], echo: "\n\n\n\n" },
  { what: "nothing before the line has ended", type: "abc", read: [], echo: "abc" },
  { what: "backspace", type: "abx\b\x7fc\n", read: ["ac"], echo: `abx${RUB}${RUB}c\n` },
  { what: "backspace at the beginning", type: "\b\x7f\b\n", read: [""], echo: "\n" },
  { what: "backspace over characters of several bytes", type: "ż亀\b\bx\n", read: ["x"], echo: `ż亀${RUB}${RUB}x\n` },
  { what: "ctrl-U", type: "abc\x15d\n", read: ["d"], echo: `abc${RUB}${RUB}${RUB}d\n` },
  { what: "ctrl-W", type: "ab cd  \x17e\n", read: ["ab e"], echo: `ab cd  ${RUB.repeat(4)}e\n` },
  { what: "ctrl-W of the only word", type: "ab\x17\x17\n", read: [""], echo: `ab${RUB.repeat(2)}\n` },
  { what: "ctrl-D at the beginning", type: "\x04", read: [{ is: "end" }], echo: "" },
  { what: "ctrl-D behind something", type: "ab\x04c\n", read: ["ab", "c"], echo: "abc\n" },
  {
    what: "ctrl-C, which forgets what was typed",
    type: "a\nb\x03c\n",
    read: [{ is: "interrupt" }, "c"],
    echo: "a\nb^C\nc\n",
  },
  { what: "other control characters, shown", type: "a\x01\x1bb\n", read: ["a\x01\x1bb"], echo: "a^A^[b\n" },
  { what: "their erasing, both cells", type: "\x01\b\n", read: [""], echo: `^A${RUB}${RUB}\n` },
  { what: "a tab, shown as a blank", type: "a\tb\b\bc\n", read: ["ac"], echo: `a b${RUB}${RUB}c\n` },
])("$what", ({ type, read, echo }) => {
  expect(typed(type)).toEqual({ read, echo });
});

it("a line has 255 bytes: further ones ring the bell, and it can still be ended or erased", () => {
  const { read, echo } = typed(`${"x".repeat(300)}\n`);
  expect(read).toEqual(["x".repeat(255)]);
  expect(echo).toBe(`${"x".repeat(255)}${"\x07".repeat(45)}\n`);
  expect(typed(`${"x".repeat(300)}\b\by\n`).read).toEqual([`${"x".repeat(253)}y`]);
});

it("changing the mode loses nothing: what is typed in line mode and read raw is what was typed, edited", () => {
  const discipline = new Discipline(() => {});
  typed("", discipline);
  for (const byte of new TextEncoder().encode("one\ntwx\bo")) discipline.type(byte);
  discipline.setRaw(true);
  expect(new TextDecoder().decode(discipline.takeBytes(3))).toBe("one");
  discipline.setRaw(false);
  discipline.type(0x0a);
  expect(all(discipline)).toEqual(["", "two"]);
});

it("what ctrl-D has ended is still so after raw mode, and as a text has no end of line", () => {
  const discipline = new Discipline(() => {});
  for (const byte of new TextEncoder().encode("ab\x04c\n\x04")) discipline.type(byte);
  discipline.setRaw(true);
  discipline.setRaw(false);
  const texts: unknown[] = [];
  for (let it = discipline.takeText(9); it !== undefined; it = discipline.takeText(9)) {
    texts.push(typeof it === "string" ? { is: it } : new TextDecoder().decode(it));
  }
  expect(texts).toEqual(["ab", "c\n", { is: "end" }]);
});

it("what is fed has an end that stays: the line in front of it can be read, and nothing behind it, in either mode", () => {
  const discipline = new Discipline(null);
  const readAll = () => {
    const texts: unknown[] = [];
    for (let i = 0; i < 4; i++) {
      const it = discipline.takeText(9);
      texts.push(it instanceof Uint8Array ? new TextDecoder().decode(it) : it);
    }
    return texts;
  };
  typed("", discipline);
  for (const byte of new TextEncoder().encode("one\ntwo\x04three\n\x04")) discipline.type(byte);
  discipline.setRaw(true);
  discipline.setRaw(false);
  expect(readAll()).toEqual(["one\n", "two", "end", "end"]);
  expect(readAll()).toEqual(["end", "end", "end", "end"]);
});

it("whatever is typed, no line is longer than 255 bytes, and what is kept is bounded as long as it is asked", () => {
  const key = fc.oneof(
    { weight: 6, arbitrary: fc.integer({ min: 0x20, max: 0xff }) },
    { weight: 3, arbitrary: fc.constantFrom(0x0a, 0x0d, 0x08, 0x15, 0x17, 0x04, 0x7f) },
    { weight: 1, arbitrary: fc.constantFrom(0x03, 0x00, 0x1b) },
  );
  fc.assert(
    fc.property(fc.array(fc.record({ key, times: fc.integer({ min: 1, max: 400 }) }), { maxLength: 40 }), (keys) => {
      const discipline = new Discipline(() => {});
      let kept = 0;
      for (const { key, times } of keys) {
        for (let i = 0; i < times && discipline.hasRoom; i++) discipline.type(key);
      }
      for (let it = discipline.takeTyped(); it !== undefined; it = discipline.takeTyped()) {
        if (typeof it === "string") continue;
        expect(it.line.length).toBeLessThanOrEqual(255);
        kept += it.line.length;
      }
      expect(kept).toBeLessThanOrEqual(1024 + 255);
    }),
  );
});
