/**
 * Raw programs: programs of the image that are no components. They have no environment, no declared needs, and nobody who
 * hears that they end: they begin with the registers that their parent gives them, and find in their slots and in their
 * memory what it has put there.
 *
 *     const sosh = rawProgram("sosh", function* ({ a0, a1 }) { ... });
 *     needs: { programs: programs([sosh]) }
 */
import type { Program, ProgramStart, Thread } from "@tessera/hal-sim/isa";
import { program } from "@tessera/libsel4";
import type { Component } from "./component.js";
import { isName } from "./name.js";

/** A program that is no component. */
export interface RawProgram {
  /** As plans write it. */
  readonly name: string;
  readonly program: Program;
}

/** What an image can hold beside its root task. */
export type ImageProgram = Component | RawProgram;

/**
 * A raw program.
 * @param name as plans write it
 * @param main what it does; its IPC buffer is where a1 says. What happens when it returns is as for every thread: it goes on
 *   at ra, which is a fault unless its parent has put something there
 * @throws RangeError for a name that will not do
 */
export function rawProgram(name: string, main: (start: ProgramStart) => Thread): RawProgram {
  if (!isName(name)) throw new RangeError(`a program is called by a word such as "sosh", not "${name}"`);
  return { name, program: program(main) };
}
