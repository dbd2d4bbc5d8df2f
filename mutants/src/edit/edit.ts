/**
 * A written edit: a source that is there, with one change, made while it is bundled. The files on disk stay as they are.
 *
 * The edit replaces a text that occurs once in its file. It is kept short, so that it outlives changes around it; one
 * that no longer fits is an error that names the edit, never one edit less.
 */
import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Plugin } from "esbuild";

/** A change to one file. */
export interface Edit {
  readonly name: string;
  /** Below the folder of sources that is edited. */
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}

/** An edit does not fit the sources. The message is one sentence. */
export class Stale extends Error {
  override readonly name = "Stale";
}

/** The file that the edit changes, changed. @throws Stale */
export function editedFile(folder: string, edit: Edit): string {
  return edited(edit, readFileSync(join(folder, edit.file), "utf8"));
}

/** What has a bundle take the edited text in place of the file. @throws Stale */
export function editing(folder: string, edit: Edit): Plugin {
  const path = resolve(folder, edit.file);
  const contents = editedFile(folder, edit);
  return {
    name: "editing",
    setup: (loading) => {
      loading.onLoad({ filter: /\.ts$/ }, (file) => (resolve(file.path) === path ? { contents, loader: "ts" } : null));
    },
  };
}

/**
 * `source` with the edit.
 * @throws Stale when the text that is replaced is not there, or there more than once, or not changed
 */
function edited({ name, file, find, replace }: Edit, source: string): string {
  const times = source.split(find).length - 1;
  if (times !== 1) throw new Stale(`${name}: its text occurs ${times} times in ${file}, and must occur once.`);
  if (find === replace) throw new Stale(`${name}: its edit changes nothing.`);
  return source.replace(find, () => replace);
}
