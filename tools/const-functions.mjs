/**
 * Makes constants of a bundle's functions. A function declaration can be assigned to, so the engine looks at each call
 * whether it still is the function that was put in its place; of a constant it knows. Round trips of IPC are full of
 * small functions: it is worth a sixteenth of them.
 *
 * A declaration may be called above the place where it stands, and a constant may not. Inside of functions that makes no
 * difference: they are called when the module has been loaded. What top-level code may call while it is being loaded
 * stays a declaration, found by names: all that such code mentions and, if it calls anything, what that mentions.
 */
import { parse } from "acorn";
import MagicString from "magic-string";

/** The same code with constants for functions where that changes nothing. Lines stay where they were. */
export function constFunctions(code) {
  const { body } = parse(code, { ecmaVersion: "latest", sourceType: "module", allowReturnOutsideFunction: true });
  const statements = body.map((node) => ({ node, ...mentions(node) }));
  const early = calledEarly(statements);
  const changed = new MagicString(code);
  for (const { type, id, start, end } of body) {
    if (type !== "FunctionDeclaration" || early.has(id.name)) continue;
    changed.appendLeft(start, `const ${id.name} = `).appendRight(end, ";");
  }
  return changed.toString();
}

/** Names of the functions that statements above them may call when the module is loaded. */
function calledEarly(statements) {
  const bodies = new Map();
  statements.forEach(({ node, names }, place) => {
    const name = nameOfLater(node);
    if (name !== null) bodies.set(name, { place, names });
  });
  const early = new Set();
  const reached = new Set();
  statements.forEach(({ node, names: mentioned, calls }, place) => {
    if (nameOfLater(node) !== null || isLinkage(node)) return;
    const names = new Set(mentioned);
    for (const name of names) {
      const body = bodies.get(name);
      if (body === undefined || reached.has(name)) continue;
      if (body.place > place) early.add(name);
      if (!calls) continue;
      // What a statement further down reaches through this one stands above that statement all the more.
      reached.add(name);
      for (const further of body.names) names.add(further);
    }
  });
  return early;
}

/** The name of a function, or of a class that does nothing when it is declared; null for what runs at once. */
function nameOfLater(node) {
  if (node.type === "FunctionDeclaration") return node.id.name;
  const [only, ...others] = node.type === "VariableDeclaration" ? node.declarations : [];
  const made = node.type === "ClassDeclaration" ? node : only?.init;
  if (others.length > 0 || !/^Class/.test(made?.type ?? "") || runsWhenDeclared(made)) return null;
  return (node.id ?? only.id).name;
}

function runsWhenDeclared({ superClass, body }) {
  const computes = ({ type, computed, static: isStatic, value }) =>
    type === "StaticBlock" || computed || (isStatic && type === "PropertyDefinition" && value !== null);
  return (superClass !== null && superClass.type !== "Identifier") || body.body.some(computes);
}

function isLinkage({ type, declaration }) {
  return /^Import/.test(type) || (/^Export/.test(type) && (declaration ?? null) === null);
}

/** Whatever may be a variable in a statement, and whether something in it is called. */
function mentions(statement) {
  const names = new Set();
  let calls = false;
  const visit = (node) => {
    if (node.type === "Identifier") names.add(node.name);
    calls ||= /^(Call|New|TaggedTemplate)Expression$/.test(node.type);
    for (const [key, value] of Object.entries(node)) {
      // The name behind a dot, and the one before a colon, are none of a variable.
      if ((key === "property" || key === "key") && !node.computed && !node.shorthand) continue;
      for (const child of Array.isArray(value) ? value : [value]) {
        if (typeof child?.type === "string") visit(child);
      }
    }
  };
  visit(statement);
  return { names, calls };
}
