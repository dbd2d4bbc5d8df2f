import { describe, expect, it } from "vitest";
import { begunWord, completionOf } from "../../src/programs/shell/completion.js";

describe("what is begun in front of the cursor", () => {
  it.each([
    ["", { isCommand: true, directory: "", name: "", quote: "" }],
    ["  ca", { isCommand: true, directory: "", name: "ca", quote: "" }],
    ["cat ", { isCommand: false, directory: "", name: "", quote: "" }],
    ["cat mo", { isCommand: false, directory: "", name: "mo", quote: "" }],
    ["cat /dev/nu", { isCommand: false, directory: "/dev/", name: "nu", quote: "" }],
    ["cat a | h", { isCommand: true, directory: "", name: "h", quote: "" }],
    ["cat a && h", { isCommand: true, directory: "", name: "h", quote: "" }],
    ["cat < i", { isCommand: false, directory: "", name: "i", quote: "" }],
    ["cat a >", { isCommand: false, directory: "", name: "", quote: "" }],
    ["cat 'my fi", { isCommand: false, directory: "", name: "my fi", quote: "'" }],
    ['cat "my fi', { isCommand: false, directory: "", name: "my fi", quote: '"' }],
    ["cat my\\ fi", { isCommand: false, directory: "", name: "my fi", quote: "" }],
    ["./pro", { isCommand: false, directory: "./", name: "pro", quote: "" }],
  ])("of %j", (before, begun) => {
    expect(begunWord(before)).toEqual(begun);
  });
});

describe("how it goes on", () => {
  const after = (before: string, ...names: string[]) => {
    const begun = begunWord(before);
    return begun === null ? null : completionOf(begun, names);
  };

  it("to the only name there is, and a blank", () => {
    expect(after("cat mo", "motd", "notes")?.text).toBe("td ");
  });

  it("into a directory, without a blank", () => {
    expect(after("cat ho", "home/")?.text).toBe("me/");
  });

  it("as far as all are the same, and shows all", () => {
    expect(after("cat n", "notes-1", "notes-2", "motd")).toEqual({ text: "otes-", candidates: ["notes-1", "notes-2"] });
    expect(after("cat notes-", "notes-1", "notes-2")?.text).toBe("");
  });

  it("quoted as it has to be where it stands", () => {
    expect(after("cat my", "my file")?.text).toBe("\\ file ");
    expect(after("cat 'my", "my file")?.text).toBe(" file' ");
    expect(after('cat "a', 'a"$b')?.text).toBe('\\"\\$b" ');
  });

  it("nowhere, where nothing begins like that", () => {
    expect(after("cat x", "motd")).toEqual({ text: "", candidates: [] });
  });
});
