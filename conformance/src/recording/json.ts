/**
 * The shapes that JSON of a recording must have, place by place. The first thing that is wrong ends the reading, with
 * a sentence that begins with its place.
 */

/** Why a line is no recording. */
export class Malformed extends Error {
  override readonly name = "Malformed";
}

export type Fields = Readonly<Record<string, unknown>>;

export function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    throw new Malformed(line.trim() === "" ? "the line is empty" : "the line is no JSON");
  }
}

/** A word that could be read. */
export function parsed<T>(value: T | undefined, where: string): T {
  if (value === undefined) throw new Malformed(`${where} is no 64-bit word`);
  return value;
}

export function fields(json: unknown, where: string): Fields {
  if (typeof json !== "object" || json === null || Array.isArray(json)) throw new Malformed(`${where} is no object`);
  return json as Fields;
}

export function array(json: unknown, where: string): readonly unknown[] {
  if (!Array.isArray(json)) throw new Malformed(`${where} is no list`);
  return json;
}

export function string(json: unknown, where: string): string {
  if (typeof json !== "string") throw new Malformed(`${where} is no string`);
  return json;
}

export function integer(json: unknown, where: string, max: number): number {
  if (typeof json !== "number" || !Number.isInteger(json) || json < 0 || json > max) {
    throw new Malformed(`${where} is no integer from 0 to ${max}`);
  }
  return json;
}
