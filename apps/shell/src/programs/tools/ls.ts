/** `ls [-l] [PATH…]`: names in directories; with -l kind, permission bits, names, size and time of the last change. `dir` is the same. */
import { calls, Directory } from "@tessera/servers";
import { dateText } from "../date.js";
import { modeText } from "../mode.js";
import { type Entry, Paths } from "../paths.js";
import { type Tool, tool } from "../tool.js";

const NEEDS = { look: calls(Directory), devices: calls(Directory) };

export const ls = lister("ls");
export const dir = lister("dir");

function lister(name: string) {
  return tool(
    name,
    {
      takes: "[-l] [PATH...]",
      does: "names in directories; -l: with mode, number of names, size and time",
      options: ["-l"],
    },
    NEEDS,
    function* (own, { look, devices }) {
      const paths = new Paths(look, devices, own.directory);
      const isLong = own.options.has("-l");
      const named = own.words;
      let status = 0;
      for (const path of named.length === 0 ? ["."] : named) {
        const listed = yield* listing(paths, path);
        if (listed.error !== null) status = yield* own.failed(path, listed.error);
        else yield* show(own, named.length > 1 ? path : null, listed.entries, isLong);
      }
      return status;
    },
  );
}

/** What is in a directory, or what a file is. */
function* listing(paths: Paths, path: string) {
  const listed = yield* paths.list(path);
  if (listed.error !== "NotDirectory") return listed;
  const stat = yield* paths.stat(path);
  return stat.error === null ? { error: null, entries: [{ ...stat, name: path }] } : stat;
}

function* show({ print }: Tool, head: string | null, entries: readonly Entry[], isLong: boolean) {
  const widthOf = (numbers: readonly number[]): number => Math.max(...numbers.map((number) => String(number).length));
  const widths = { links: widthOf(entries.map(({ links }) => links)), size: widthOf(entries.map(({ size }) => size)) };
  const lines = entries.map((entry) => {
    const { name, kind, target } = entry;
    const shown = kind === "directory" ? `${name}/` : name;
    if (!isLong) return `${shown}\n`;
    const links = String(entry.links).padStart(widths.links);
    const size = String(entry.size).padStart(widths.size);
    const leads = kind === "link" ? ` -> ${target}` : "";
    return `${modeText(entry)} ${links} ${size} ${dateText(entry.modifiedUs)} ${shown}${leads}\n`;
  });
  yield* print((head === null ? "" : `${head}:\n`) + lines.join(""));
}
