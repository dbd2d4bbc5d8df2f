/** Why something was refused: SOS answers -1, as C does, so the shell looks at what there is. */
import type { Thread } from "@tessera/hal-sim/isa";
import { ST_SPECIAL } from "@tessera/servers/sos";
import type { Sosh } from "./sosh.js";

/** Why a file cannot be opened to be written, as far as SOS tells: in words. Can block. */
export function* whyNotWritten(shell: Sosh, name: string): Thread<string> {
  const stat = yield* shell.stat(name);
  if (stat === null) return "there is no room for one more, or that is no name for one";
  return stat.st_type === ST_SPECIAL ? "it is a directory" : "no room is left, or it may not be written";
}
