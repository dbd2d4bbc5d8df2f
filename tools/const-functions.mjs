/**
 * Makes constants of a bundle's functions. A function declaration can be assigned to, so the engine looks at each call
 * whether it still is the function that was put in its place; of a constant it knows. Round trips of IPC are full of
 * small functions: it is worth a sixteenth of them.
 *
 * A declaration may be called above the place where it stands, and a constant may not. Inside of functions that makes no
 * difference: they are called when the module has been loaded. What top-level code may call while it is being loaded
 * stays a declaration, found by names: all that such code mentions and, if it calls anything, what that mentions.
 */

/** A top-level statement with all of its lines. */
const STATEMENT = /^[^\s}].*(?:\n(?:[ \t}].*)?$)*/gm;
const FUNCTION = /^(?:async )?function\*? ([\w$]+)/;
const CLASS = /^(?:const ([\w$]+) = class\b|class ([\w$]+))/;
const STATIC = /^ {2}static /m;
const CALL = /[\w$\])]\(|`/;
const LINKAGE = /^(?:import|export) /;

/** The same code with constants for functions where that changes nothing. Lines stay where they were. */
export function constFunctions(code) {
  const early = calledEarly(code.match(STATEMENT) ?? []);
  return code.replace(STATEMENT, (statement) => {
    const name = FUNCTION.exec(statement)?.[1];
    if (name === undefined || early.has(name)) return statement;
    return `const ${name} = ${statement.replace(/\}(\s*)$/, "};$1")}`;
  });
}

/** Names of the functions that statements above them may call when the module is loaded. */
function calledEarly(statements) {
  const bodies = new Map();
  statements.forEach((statement, place) => {
    const name = nameOfLater(statement);
    if (name !== null) bodies.set(name, { place, names: namesIn(statement) });
  });
  const early = new Set();
  const reached = new Set();
  statements.forEach((statement, place) => {
    if (nameOfLater(statement) !== null || LINKAGE.test(statement)) return;
    const calls = CALL.test(statement);
    const names = namesIn(statement);
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
function nameOfLater(statement) {
  const name = FUNCTION.exec(statement)?.[1];
  if (name !== undefined) return name;
  const found = CLASS.exec(statement);
  return found === null || STATIC.test(statement) ? null : (found[1] ?? found[2]);
}

/** What may be a variable: no comments, no words of strings, no keys, no properties. */
function namesIn(statement) {
  const code = statement
    .replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "")
    .replace(/"(?:[^"\\\n]|\\.)*"/g, "")
    .replace(/(?<=(?:^|[{,])\s*)[\w$]+(?=:)/gm, "");
  return new Set(code.match(/(?<![\w$]|[^.]\.)[A-Za-z_$][\w$]*/g));
}
