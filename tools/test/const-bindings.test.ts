import { describe, expect, test } from "vitest";
import { checkedConstBindings, constBindings } from "../const-bindings.mjs";

describe("Bundles keep their constants", () => {
  test("what has a value where it is declared becomes constant, nothing else does", () => {
    const code = "var a = 1;\nvar b;\nb = 2;\nfunction f() {\n  var c = 3;\n}\n";
    expect(constBindings(code)).toBe(code.replace("var a", "const a"));
  });

  test("a constant that is assigned is found when packages are built", async () => {
    await expect(checkedConstBindings("var a = 1;\nfunction f() { a = 2; }\n")).rejects.toThrow(/"a" is a constant/);
    await expect(checkedConstBindings("var a = 1;\n")).resolves.toBe("const a = 1;\n");
  });
});
