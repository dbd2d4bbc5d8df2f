/**
 * What a file system is by what can be asked of it, as simply as it can be said: paths, and what is there. It is held
 * against the one that is kept in memory, and shares nothing with it.
 */

/** What is at a path. */
export type Thing = { readonly kind: "directory"; us: number } | { readonly kind: "file"; us: number; bytes: number[] };

/** Files and directories by path; the root is "". */
export type Model = Map<string, Thing>;

/** An operation, with paths such as "d/a". */
export type Operation =
  | { readonly what: "file"; readonly path: string }
  | { readonly what: "directory"; readonly path: string }
  | { readonly what: "remove"; readonly path: string }
  | { readonly what: "write"; readonly path: string; readonly at: number; readonly bytes: readonly number[] }
  | { readonly what: "truncate"; readonly path: string; readonly size: number }
  | { readonly what: "rename"; readonly path: string; readonly to: string };

/** The file system before anything was done. */
export function emptyModel(us: number): Model {
  return new Map([["", { kind: "directory", us }]]);
}

/** A copy that changes by itself. */
export function copyOf(model: Model): Model {
  return structuredClone(model);
}

/** Do it, if it can be done. @returns whether anything was */
export function carryOut(model: Model, operation: Operation, us: number): boolean {
  const { what, path } = operation;
  const there = model.get(path);
  const parent = model.get(parentOf(path));
  if (what === "file" || what === "directory") {
    if (there !== undefined || parent?.kind !== "directory") return false;
    model.set(path, what === "file" ? { kind: "file", us, bytes: [] } : { kind: "directory", us });
    parent.us = us;
    return true;
  }
  if (there === undefined || parent === undefined) return false;
  if (what === "remove") return removeFrom(model, path, parent, us);
  if (what === "rename") return renameIn(model, path, operation.to, us);
  if (there.kind !== "file") return false;
  there.us = us;
  if (what === "truncate") there.bytes = resized(there.bytes, operation.size);
  else {
    there.bytes = resized(there.bytes, Math.max(there.bytes.length, operation.at + operation.bytes.length));
    there.bytes.splice(operation.at, operation.bytes.length, ...operation.bytes);
  }
  return true;
}

/** A line for each thing. */
export function textOf(model: Model): string {
  const line = (path: string, thing: Thing) => {
    const { kind, us } = thing;
    return `${path} ${kind} ${us}${thing.kind === "file" ? ` ${shown(thing.bytes)}` : ""}`;
  };
  return [...model]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, thing]) => line(path, thing))
    .join("\n");
}

/** Bytes, short and exact where they are few. */
export function shown(bytes: Iterable<number>): string {
  const all = [...bytes];
  return all.length < 40
    ? `[${all}]`
    : `${all.length}: ${all.reduce((sum, byte, i) => (sum * 31 + byte * 7 + i) | 0, 0)}`;
}

/** The directory that a path lies in. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** The last name of a path. */
export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function removeFrom(model: Model, path: string, parent: Thing, us: number): boolean {
  if (path === "" || [...model.keys()].some((other) => other !== "" && parentOf(other) === path)) return false;
  model.delete(path);
  parent.us = us;
  return true;
}

function renameIn(model: Model, path: string, to: string, us: number): boolean {
  const [thing, there] = [model.get(path), model.get(to)];
  const [from, target] = [model.get(parentOf(path)), model.get(parentOf(to))];
  if (thing === undefined || from === undefined || target?.kind !== "directory") return false;
  if (path === to || (there !== undefined && (there.kind === "directory" || thing.kind === "directory"))) return false;
  if (`${to}/`.startsWith(`${path}/`)) return false;
  for (const [old, moved] of [...model]) {
    if (old !== path && !old.startsWith(`${path}/`)) continue;
    model.delete(old);
    model.set(`${to}${old.slice(path.length)}`, moved);
  }
  from.us = us;
  target.us = us;
  return true;
}

function resized(bytes: readonly number[], size: number): number[] {
  return Array.from({ length: size }, (_, i) => bytes[i] ?? 0);
}
