/** The programs of SOS that lie in files when it starts. */
import type { SosProgram } from "@tessera/servers/sos";
import { clock } from "./clock.js";
import { fault } from "./fault.js";
import { share } from "./share.js";
import { type Manner, sosh } from "./sosh/sosh.js";
import { thrash } from "./thrash.js";

/** Those that the shell tells of. */
const PROGRAMS = [clock, fault, share, thrash];

/** All of them; `manner` is the shell's. */
export function sosPrograms(manner: Omit<Manner, "programs">): readonly SosProgram[] {
  return [sosh({ ...manner, programs: PROGRAMS.map(({ name }) => name) }), ...PROGRAMS];
}
