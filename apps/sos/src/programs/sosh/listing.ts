/** `ls`: entries of the directory, or files by name, a line each. */
import type { Thread } from "@tessera/hal-sim/isa";
import { decodeString, FM_EXEC, FM_READ, FM_WRITE, readBytes, ST_FILE, type sos_stat_t } from "@tessera/servers/sos";
import type { Sosh } from "./sosh.js";
import { Status } from "./status.js";

/** Bytes of a name that are shown. */
const NAME_BYTES = 256;

/** List the files of these names, all if there are none. Can block. @returns the command's status */
export function* list(shell: Sosh, names: readonly string[]): Thread<number> {
  let status: number = Status.Done;
  for (const name of names) status = (yield* listOne(shell, name)) || status;
  if (names.length > 0) return status;
  for (let position = 0; ; position++) {
    const count = yield* shell.sos.sos_getdirent(position, shell.scratch, NAME_BYTES);
    if (count < 0) return yield* shell.complain(`ls: entry ${position} of the directory cannot be read`);
    if (count === 0) return status;
    yield* listOne(shell, decodeString(yield* readBytes(shell.scratch, Math.min(count, NAME_BYTES))));
  }
}

function* listOne(shell: Sosh, name: string): Thread<number> {
  const stat = yield* shell.stat(name);
  if (stat === null) return yield* shell.complain(`ls: there is no file ${name}`);
  yield* shell.say(`${described(stat)}  ${name}\n`);
  return Status.Done;
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
