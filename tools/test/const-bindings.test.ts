import { describe, expect, test } from "vitest";
import { aliasedExports, checkedConstBindings, constBindings, localImports } from "../const-bindings.mjs";

describe("Bundles keep their constants", () => {
  test("what has a value where it is declared becomes constant, nothing else does", () => {
    const code = "var a = 1;\nvar b;\nb = 2;\nfunction f() {\n  var c = 3;\n}\n";
    expect(constBindings(code)).toBe(code.replace("var a", "const a"));
  });

  test("a constant that is assigned is found when packages are built", async () => {
    await expect(checkedConstBindings("var a = 1;\nfunction f() { a = 2; }\n")).rejects.toThrow(/"a" is a constant/);
    await expect(checkedConstBindings("var a = 1;\n")).resolves.toBe("const a = 1;\n");
  });

  test("what is imported becomes a constant of the module, in the line where it was imported", () => {
    expect(localImports('import { a, b as c } from "x";\n')).toBe(
      'import { a as a$cell, b as c$cell } from "x"; const a = a$cell, c = c$cell;\n',
    );
    const lines = 'import {\n  a,\n  b\n} from "x";\na(b);\n';
    expect(localImports(lines).split("\n")).toHaveLength(lines.split("\n").length);
    expect(localImports(lines)).toContain('} from "x"; const a = a$cell, b = b$cell;\na(b);');
  });

  test("what is exported gets a second name, and what is assigned again keeps its only one", () => {
    const code = "const a = 1;\nfunction f() {}\nlet l = 1;\nexport {\n  a,\n  f as g,\n  l\n};\n";
    expect(aliasedExports(code)).toBe(
      "const a = 1;\nfunction f() {}\nlet l = 1;\n" +
        "const a$export = a, f$export = f; export {\n  a$export as a,\n  f$export as g,\n  l as l\n};\n",
    );
    expect(aliasedExports('export { a } from "x";\n')).toBe('export { a } from "x";\n');
  });
});
