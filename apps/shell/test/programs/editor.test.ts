import { Screen } from "@tessera/app-host/testing";
import { describe, expect, it } from "vitest";
import { Editor, type Pressed } from "../../src/programs/shell/editor.js";
import { History } from "../../src/programs/shell/history.js";
import { type Key, Keys } from "../../src/programs/shell/keys.js";
import { inColumns } from "../../src/programs/shell/screen.js";

const CTRL = (letter: string) => String.fromCharCode(letter.charCodeAt(0) & 0x1f);
const LEFT = "\x1b[D";
const UP = "\x1b[A";
const DOWN = "\x1b[B";

/** Somebody at a terminal with an editor. */
function atTerminal({ columns = 80, history = [] as string[], prompt = "$ " } = {}) {
  const terminal = new Screen(columns);
  const kept = new History();
  for (const line of history) kept.add(line);
  const editor = new Editor(kept);
  const keys = new Keys();
  const press = (key: Key): Pressed => {
    const pressed = editor.press(key);
    terminal.write(editor.takeOutput());
    return pressed;
  };
  const type = (text: string): Pressed[] => keys.take(new TextEncoder().encode(text)).map(press);
  if (columns !== 80) type(`\x1b[48;24;${columns}t`);
  editor.begin(prompt);
  terminal.write(editor.takeOutput());
  const complete: Editor["complete"] = (completion) => {
    editor.complete(completion);
    terminal.write(editor.takeOutput());
  };
  return { terminal, editor, type, press, complete };
}

/** The line that Enter gives after this was typed. */
function entered(text: string, options = {}): string {
  const pressed = atTerminal(options).type(`${text}\r`).at(-1);
  if (typeof pressed !== "object" || pressed === null) throw new Error(`Enter gave ${String(pressed)}`);
  return pressed.line;
}

describe("keys", () => {
  const named = (text: string) => new Keys().take(new TextEncoder().encode(text)).map(({ key }) => key);

  it("are the same in one piece and byte by byte", () => {
    const text = `aä€😀${LEFT}\x1b[1;5C\x1bb\x1b[3~\x7f\r\n\n\x1b[48;24;100;0;0t\x1b[99~x`;
    const keys = new Keys();
    const bytes = new TextEncoder().encode(text);
    const one = new Keys().take(bytes);
    expect([...bytes].flatMap((byte) => keys.take(Uint8Array.of(byte)))).toEqual(one);
    expect(one.map((key) => ("text" in key ? key.text : "columns" in key ? key.columns : key.key))).toEqual([
      ...["a", "ä", "€", "😀", "left", "word-right", "word-left", "delete", "backspace"],
      ...["enter", "enter", 100, "x"],
    ]);
  });

  it("that are unknown are swallowed whole, and what is no UTF-8 is replaced", () => {
    expect(named("\x1b[31;1mx\x1b[?25hy\x00\x1c")).toEqual(["character", "character"]);
    const keys = new Keys().take(Uint8Array.of(0xff, 0x41, 0xe2, 0x82, 0x42, 0x80));
    expect(keys.map((key) => "text" in key && key.text)).toEqual(["\ufffd", "A", "\ufffd", "B", "\ufffd"]);
  });

  it("an escape sequence without end does not swallow all that follows", () => {
    expect(named(`\x1b[${"1".repeat(40)}`)).toContain("character");
  });
});

describe("editing", () => {
  it.each([
    ["typed text", "echo hello", "echo hello"],
    ["in the middle", `helo${LEFT}l`, "hello"],
    ["at the beginning", `world${CTRL("A")}hello ${CTRL("E")}!`, "hello world!"],
    ["Home, End, Delete", "bc\x1b[Hxa\x1b[D\x1b[D\x1b[3~\x1b[Fd", "abcd"],
    ["backspace takes a whole character", "äöü\x7f€\x7f", "äö"],
    ["backspace takes a mark with its letter", "ee\u0301\x7f", "e"],
    ["ctrl-U", `lost${CTRL("U")}kept`, "kept"],
    ["ctrl-K", `kept lost${"\x1b[D".repeat(5)}${CTRL("K")}`, "kept"],
    ["ctrl-W", `one two  ${CTRL("W")}three`, "one three"],
    ["ctrl-Y", `a b${CTRL("W")}c ${CTRL("Y")}`, "a c b"],
    ["ctrl-T", `ehco${LEFT}${LEFT}${CTRL("T")}`, "echo"],
    ["ctrl-T at the end", `eco${CTRL("T")}`, "eoc"],
    ["word by word", `one-two three\x1bb\x1bb${CTRL("K")}four`, "one-four"],
    ["alt-D and ctrl-right", `one two${CTRL("A")}\x1bd\x1b[1;5C!`, " two!"],
    ["ctrl-D inside a line", `ab${CTRL("A")}${CTRL("D")}`, "b"],
  ])("%s", (_, keys, line) => {
    expect(entered(keys)).toBe(line);
  });

  it("ctrl-C gives the line up, ctrl-D ends an empty one", () => {
    expect(
      atTerminal()
        .type(`abc${CTRL("C")}`)
        .at(-1),
    ).toBe("interrupt");
    expect(atTerminal().type(CTRL("D"))).toEqual(["end"]);
  });

  it("a line has an end: more is refused with a bell", () => {
    const { type, terminal } = atTerminal();
    type("x".repeat(4097));
    expect(terminal.bells).toBe(1);
  });
});

describe("the screen shows the line and the cursor,", () => {
  it.each([
    ["typed", "abc", ["$ abc"], [0, 5]],
    ["moved", `abc${LEFT}${LEFT}`, ["$ abc"], [0, 3]],
    ["wider than the terminal", "abcdefghijk", ["$ abcdefgh", "ijk"], [1, 3]],
    ["exactly as wide", "abcdefgh", ["$ abcdefgh"], [1, 0]],
    ["edited in the row above", `abcdefghijk${CTRL("A")}X`, ["$ Xabcdefg", "hijk"], [0, 3]],
    ["shortened from three rows to one", `${"x".repeat(20)}${CTRL("U")}y`, ["$ y"], [0, 3]],
    ["with wide characters at the edge", "abcdefg漢字", ["$ abcdefg", "漢字"], [1, 4]],
  ])("%s", (_, keys, shown, cursor) => {
    const { type, terminal } = atTerminal({ columns: 10 });
    type(keys);
    expect(terminal.shown).toEqual(shown);
    expect(terminal.cursor).toEqual(cursor);
  });

  it("and what follows Enter begins below it, wherever the cursor was", () => {
    const { type, terminal } = atTerminal({ columns: 10 });
    type(`abcdefghijk${CTRL("A")}\r`);
    terminal.write("output");
    expect(terminal.shown).toEqual(["$ abcdefgh", "ijk", "output"]);
  });

  it("without an empty row below a line that is exactly as wide", () => {
    const { type, terminal } = atTerminal({ columns: 10 });
    type("abcdefgh\r");
    terminal.write("output");
    expect(terminal.shown).toEqual(["$ abcdefgh", "output"]);
  });

  it("in another width when the terminal says so", () => {
    const { type, terminal } = atTerminal({ columns: 10 });
    type("abcdefghijk");
    const wide = new Screen(20);
    wide.write("$ abcdefghijk"); // as a terminal folds it anew
    const { editor, press } = atTerminal({ columns: 10 });
    for (const character of "abcdefghijk") press({ key: "character", text: character });
    editor.press({ key: "size", columns: 20 });
    wide.write(editor.takeOutput());
    expect(wide.shown).toEqual(["$ abcdefghijk"]);
    expect(terminal.shown).toHaveLength(2);
  });

  it("alone after ctrl-L", () => {
    const { type, terminal } = atTerminal();
    type(`abc${LEFT}${CTRL("L")}`);
    expect(terminal.shown).toEqual(["$ abc"]);
    expect(terminal.cursor).toEqual([0, 4]);
  });
});

describe("the history", () => {
  const history = ["ls /", "cat motd", "cat motd", " secret", "", "echo 1"];

  it.each([
    ["the last line", UP, "echo 1"],
    ["not twice the same, none that begins with a blank", `${UP}${UP}${UP}`, "ls /"],
    ["to its beginning and no further", UP.repeat(9), "ls /"],
    ["back to the line that was begun", `begun${UP}${UP}${DOWN}${DOWN}`, "begun"],
    ["to be changed", `${UP}${UP}x`, "cat motdx"],
    ["by ctrl-P and ctrl-N", `${CTRL("P")}${CTRL("P")}${CTRL("N")}`, "echo 1"],
    ["found by ctrl-R", `${CTRL("R")}mot`, "cat motd"],
    ["found further up by ctrl-R again", `${CTRL("R")}c${CTRL("R")}`, "cat motd"],
    ["found and edited", `${CTRL("R")}ls${CTRL("E")}dev`, "ls /dev"],
    ["searched in vain", `begun${CTRL("R")}xyz`, "begun"],
    ["given up by ctrl-G", `begun${CTRL("R")}ls${CTRL("G")}`, "begun"],
  ])("%s", (_, keys, line) => {
    expect(entered(keys, { history })).toBe(line);
  });

  it("shows what is searched", () => {
    const { type, terminal } = atTerminal({ history });
    type(`x${CTRL("R")}l`);
    expect(terminal.shown).toEqual(["search `l': ls /"]);
  });

  it("keeps 500 lines, and their numbers", () => {
    const kept = new History();
    for (let i = 1; i <= 510; i++) kept.add(`line ${i}`);
    expect(kept.lines).toHaveLength(500);
    expect(kept.lines[0]).toEqual({ number: 11, text: "line 11" });
  });
});

describe("completion", () => {
  it("Tab asks, and what is the same in all cases is put in", () => {
    const { type, complete, terminal } = atTerminal();
    expect(type("ca\t").at(-1)).toBe("complete");
    complete({ text: "t ", candidates: ["cat"] });
    expect(terminal.shown).toEqual(["$ cat"]);
    expect(terminal.cursor).toEqual([0, 6]);
  });

  it("the second Tab lists what there is, and the line goes on below", () => {
    const { type, complete, terminal } = atTerminal({ columns: 20 });
    const candidates = ["cat", "caps", "cd"];
    type("c\t");
    complete({ text: "", candidates });
    expect([terminal.shown, terminal.bells]).toEqual([["$ c"], 1]);
    type("\t");
    complete({ text: "", candidates });
    expect(terminal.shown).toEqual(["$ c", "cat   caps  cd", "$ c"]);
    expect(terminal.cursor).toEqual([2, 3]);
  });

  it("another key in between, and it does not list", () => {
    const { type, complete, terminal } = atTerminal();
    for (let i = 0; i < 2; i++) {
      type("c\t");
      complete({ text: "", candidates: ["cat", "caps"] });
    }
    expect(terminal.shown).toEqual(["$ cc"]);
  });

  it("columns go from top to bottom, as many as fit", () => {
    expect(inColumns(["a", "bb", "ccc", "d", "e"], 12)).toBe("a    d\nbb   e\nccc\n");
    expect(inColumns(["a-very-long-name"], 5)).toBe("a-very-long-name\n");
    expect(inColumns([], 5)).toBe("");
  });
});
