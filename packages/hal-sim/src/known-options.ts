/** Refusing options that do not exist: a name that is misspelt would change nothing, and nobody would be told. */

/**
 * @param what whose options these are, such as "a machine"
 * @throws TypeError with one sentence that names the option and those that exist; also when `options` is no object
 */
export function refuseUnknownOptions(what: string, options: object, known: readonly string[]): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError(`the options of ${what} are an object, not ${String(options)}`);
  }
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(`${what} has no option "${unknown}"; those that it has: ${known.join(", ")}`);
  }
}
