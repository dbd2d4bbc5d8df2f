/**
 * Gives a bundle its constants back. The engine folds a `const` into the code that names it and calls a function that
 * it knows without looking; what it cannot be sure of it loads and checks, wherever a hot path names it. Two things
 * keep it from being sure, and both are undone here:
 *
 * - esbuild writes every top-level `const` and class of a bundle as `var`, which may change at any time.
 * - What a module exports or imports lies in a cell that the modules share, and is loaded from there even by the module
 *   that it comes from. So exports are given a second name, and imports are copied once into constants of our own.
 *
 * A round trip of IPC takes a third less with the first, and a fourteenth less again with the second. Lines stay where
 * they were, for the source maps.
 */
import { transform } from "esbuild";
import { constFunctions } from "./const-functions.mjs";

/** A top-level binding that is assigned again has to be declared without a value; `checkedConstBindings` finds out. */
export function constBindings(code) {
  return code.replace(/^var (\w+) = /gm, "const $1 = ");
}

const IMPORT = /^import \{([^{}]*)\} from ("[^"]+");/gm;
const OWN_EXPORT = /^export \{([^{}]*)\};/gm;
const NAME = /([\w$]+)(?: as ([\w$]+))?/g;
const DECLARATION = /^(?:const|class|(?:async )?function\*?) ([\w$]+)/gm;

/** Imports that are constants of this module. What is imported must not change, and no modules import each other. */
export function localImports(code) {
  return code.replace(IMPORT, (_statement, names, from) => {
    const copies = [];
    const renamed = names.replace(NAME, (_name, there, here = there) => {
      copies.push(`${here} = ${here}$cell`);
      return `${there} as ${here}$cell`;
    });
    return `import {${renamed}} from ${from};${copies.length === 0 ? "" : ` const ${copies.join(", ")};`}`;
  });
}

/** Exports whose own module does not name the cell that is exported. What is assigned again is left as it is. */
export function aliasedExports(code) {
  const constant = new Set(Array.from(code.matchAll(DECLARATION), ([, name]) => name));
  return code.replace(OWN_EXPORT, (_statement, names) => {
    const copies = [];
    const renamed = names.replace(NAME, (_name, here, there = here) => {
      if (!constant.has(here)) return `${here} as ${there}`;
      copies.push(`${here}$export = ${here}`);
      return `${here}$export as ${there}`;
    });
    return `${copies.length === 0 ? "" : `const ${copies.join(", ")}; `}export {${renamed}};`;
  });
}

/**
 * All of it, and functions that are constants (const-functions.mjs). Rejects when a constant is assigned: esbuild says
 * which and where.
 */
export async function checkedConstBindings(code) {
  const constant = constFunctions(localImports(aliasedExports(constBindings(code))));
  const { warnings } = await transform(constant, {
    logLevel: "silent",
    logOverride: { "assign-to-constant": "error" },
  });
  if (warnings.length > 0) throw new Error(warnings[0].text);
  return constant;
}
