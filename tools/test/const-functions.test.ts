import { describe, expect, test } from "vitest";
import { constFunctions } from "../const-functions.mjs";

/** Whether code runs as it is and as constants, and what it leaves in `out`. */
function outcome(code: string): readonly unknown[] {
  return [code, constFunctions(code)].map((each) => new Function(`const out = [];\n${each}\nreturn out;`)());
}

function declared(code: string): readonly string[] {
  return (constFunctions(code).match(/^(?:async )?function\*? \w+/gm) ?? []).map((line) => line.split(" ").at(-1)!);
}

describe("Functions of a bundle become constants", () => {
  test("those that are called later, of every kind, in the lines where they stood", () => {
    const code = "function a() {\n  return b();\n}\n\nfunction* b() {\n}\nasync function c() {\n}\n";
    expect(constFunctions(code)).toBe(
      "const a = function a() {\n  return b();\n};\n\nconst b = function* b() {\n};\nconst c = async function c() {\n};\n",
    );
  });

  test("not those that top-level code calls above them, directly or through others", () => {
    const code =
      "out.push(first());\nfunction first() {\n  return second();\n}\nfunction second() {\n  return 2;\n}\nfunction third() {\n}\n";
    expect(declared(code)).toEqual(["first", "second"]);
    expect(outcome(code)).toEqual([[2], [2]]);
  });

  test("not what a class that is made above them calls, nor its static fields", () => {
    const made =
      "const A = class {\n  value = one();\n};\nout.push(new A().value);\nfunction one() {\n  return 1;\n}\n";
    expect(declared(made)).toEqual(["one"]);
    expect(outcome(made)).toEqual([[1], [1]]);
    const fixed =
      "const A = class {\n  static value = one();\n};\nout.push(A.value);\nfunction one() {\n  return 1;\n}\n";
    expect(outcome(fixed)).toEqual([[1], [1]]);
  });

  test("not those that a table above them names; but what such a function calls", () => {
    const code =
      "const table = {\n  one: first\n};\nout.push(table.one.name);\nfunction first() {\n  return second();\n}\nfunction second() {\n}\n";
    expect(declared(code)).toEqual(["first"]);
    expect(outcome(code)).toEqual([["first"], ["first"]]);
  });

  test("words of strings, comments, keys and properties are no calls", () => {
    const code = 'out.push("one", { one: 1 }.one); // one\nfunction one() {\n}\n';
    expect(outcome(code)).toEqual([
      ["one", 1],
      ["one", 1],
    ]);
    expect(declared('const a = { one: 1, two: "one" };\n/** one */\nout.push(a.one);\nfunction one() {\n}\n')).toEqual(
      [],
    );
  });

  test("texts of several lines stay as they are, whatever their lines look like", () => {
    const code = "function a() {\n  return `x\n}\nfunction b() {\n}\n`;\n}\nout.push(a());\n";
    const [plain, constant] = outcome(code);
    expect(constant).toEqual(plain);
  });
});
