import { describe, expect, it } from "vitest";
import { parseLine } from "../../src/programs/shell/parse.js";
import { BadLine, expand, tokensOf } from "../../src/programs/shell/tokens.js";

/** The words of a line's only command, expanded. */
const words = (line: string, status = 0) =>
  tokensOf(line).map((token) => ("word" in token ? expand(token.word, status) : token.operator));

describe("words", () => {
  it.each([
    ["", []],
    ["   ", []],
    ["ls -l  /dev", ["ls", "-l", "/dev"]],
    ["echo 'a  b' \"c d\" e\\ f", ["echo", "a  b", "c d", "e f"]],
    ["a'b'\"c\"d", ["abcd"]],
    ["echo '' \"\"", ["echo", "", ""]],
    ['echo "say \\"hi\\" \\n"', ["echo", 'say "hi" \\n']],
    ["echo '$?' \\$? \"\\$?\"", ["echo", "$?", "$?", "$?"]],
    ["echo $ $x a$", ["echo", "$", "$x", "a$"]],
    ["echo grüße 😀 \\😀", ["echo", "grüße", "😀", "😀"]],
    ["echo a # b | c", ["echo", "a"]],
    ["echo a#b", ["echo", "a#b"]],
    ["a|b&&c||d;e&f<g>h>>i", ["a", "|", "b", "&&", "c", "||", "d", ";", "e", "&", "f", "<", "g", ">", "h", ">>", "i"]],
  ])("of %j are %j", (line, expected) => {
    expect(words(line)).toEqual(expected);
  });

  it("have the status of the last command for $?, also in double quotes", () => {
    expect(words('echo $? "<$?>" x$?y', 7)).toEqual(["echo", "7", "<7>", "x7y"]);
  });
});

describe("a line is steps of pipelines", () => {
  const shape = (line: string) =>
    parseLine(line).map(({ commands, when, background, text }) => ({
      commands: commands.map((command) => [
        ...command.words.map((word) => expand(word, 0)),
        ...command.redirects.map(({ kind, path }) => `${kind}${expand(path, 0)}`),
      ]),
      when,
      background,
      text,
    }));

  it("each with the condition on which it runs", () => {
    expect(shape("a 1 && b || c ; d")).toEqual([
      { commands: [["a", "1"]], when: "always", background: false, text: "a 1" },
      { commands: [["b"]], when: "success", background: false, text: "b" },
      { commands: [["c"]], when: "failure", background: false, text: "c" },
      { commands: [["d"]], when: "always", background: false, text: "d" },
    ]);
  });

  it("of commands with their redirections, wherever these stand", () => {
    expect(shape("< in cat | wc -l >> out")).toEqual([
      {
        commands: [
          ["cat", "<in"],
          ["wc", "-l", ">>out"],
        ],
        when: "always",
        background: false,
        text: "< in cat | wc -l >> out",
      },
    ]);
  });

  it("in the background or not", () => {
    expect(shape("a & b; c &").map(({ text, background }) => [text, background])).toEqual([
      ["a", true],
      ["b", false],
      ["c", true],
    ]);
  });
});

describe("refused, in a sentence:", () => {
  it.each([
    ["echo 'a", "a ' is not closed"],
    ['echo "a', 'a " is not closed'],
    ["echo a\\", 'the line ends in "\\", which stands in front of a character'],
    ["| a", "a command is missing beside |"],
    ["a |", "a command is missing beside |"],
    ["a | | b", "a command is missing beside |"],
    ["; a", "nothing stands before ;"],
    ["a ;; b", "nothing stands before ;"],
    ["a &&", "the line ends where a command is missing"],
    ["&", "nothing stands before &"],
    ["a && b &", "& sends one pipeline to the background, not a chain of them"],
    ["a >", "the name of a file is missing behind >"],
    ["a > | b", "the name of a file is missing behind >"],
    ["> x", "a command is missing: there are only files"],
    ["a < b < c", "a command has one input and one output"],
    ["a > b >> c", "a command has one input and one output"],
    ["a | b < c", "a command behind | reads from there, not from a file"],
    ["a > b | c", "a command in front of | writes to it, not to a file"],
  ])("%j", (line, sentence) => {
    const refused = () => parseLine(line);
    expect(refused).toThrow(BadLine);
    expect(refused).toThrow(sentence);
  });
});
