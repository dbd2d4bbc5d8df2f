/** `ls`: entries of the directory, or files by name, a line each. */
import type { Thread } from "@tessera/hal-sim/isa";
import { decodeString, FM_EXEC, FM_READ, FM_WRITE, readBytes, ST_FILE, type sos_stat_t } from "@tessera/servers/sos";
import type { Sosh } from "./sosh.js";

/** Bytes of a name that are shown. */
const NAME_BYTES = 256;

/** List the files of these names, all if there are none. Can block. */
export function* list(shell: Sosh, names: readonly string[]): Thread<void> {
  for (const name of names) yield* listOne(shell, name);
  if (names.length > 0) return;
  for (let position = 0; ; position++) {
    const count = yield* shell.sos.sos_getdirent(position, shell.scratch, NAME_BYTES);
    if (count < 0) yield* shell.say(`ls: entry ${position} of the directory cannot be read\n`);
    if (count <= 0) return;
    yield* listOne(shell, decodeString(yield* readBytes(shell.scratch, Math.min(count, NAME_BYTES))));
  }
}

function* listOne(shell: Sosh, name: string): Thread<void> {
  const stat = yield* shell.stat(name);
  yield* shell.say(stat === null ? `ls: there is no file ${name}\n` : `${described(stat)}  ${name}\n`);
}

/** Kind, what may be done, bytes, and when, in milliseconds. */
function described({ st_type, st_fmode, st_size, st_ctime }: sos_stat_t): string {
  const may = [
    [FM_READ, "r"],
    [FM_WRITE, "w"],
    [FM_EXEC, "x"],
  ] as const;
  const mode = may.map(([bit, letter]) => ((st_fmode & bit) === 0 ? "-" : letter)).join("");
  const kind = st_type === ST_FILE ? "file   " : "special";
  return `${kind}  ${mode}  ${String(st_size).padStart(8)} bytes  ${String(st_ctime).padStart(10)} ms`;
}
