/**
 * Names: of components, interfaces, operations, fields and handles. Plans write them and programs use them as
 * properties, so there is one rule for all: a word that no object of JavaScript has already.
 */

const NAME = /^[a-z][A-Za-z0-9_]*$/;

/** Whether something can be called so: a word such as `ramfs` or `file2`. */
export function isName(name: unknown): name is string {
  return typeof name === "string" && NAME.test(name) && !(name in Object.prototype);
}
