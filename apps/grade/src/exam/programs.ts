/** The programs of a check, linked with the library of a solution, and the files that they lie in. */
import { compute, type Program, type Thread } from "@tessera/hal-sim/isa";
import { executable, type SosApi, type SosLibrary, type SosProgram } from "@tessera/servers/sos";
import { elf_write, program_segment } from "@tessera/ut-alloc";
import type { Solution } from "../solution.js";
import type { Check, Main } from "./check.js";
import { Room } from "./room.js";
import { Failed, type Witness } from "./witness.js";

/** The program that runs from the beginning on. */
export const FIRST = "first";
/** Where a program lies in the memory of its process. */
const TEXT = 0x1_0000;
const LONG_US = 1_000_000_000;
const LONG_CYCLES = 1_000_000;

/** A program of the image, and the name of its file. */
interface Linked {
  readonly name: string;
  readonly program: Program;
}

/** The programs of a check. What goes wrong in them is told the witness, which ends the check. */
export function linkedPrograms({ programs }: Check, { sosapi }: Solution, witness: Witness): Linked[] {
  return Object.entries(programs).map(([name, main]) => ({ name, program: linked(name, main, sosapi, witness) }));
}

/** The file that has program number `number` of the image run. */
export function executableFile(number: number): Uint8Array {
  return elf_write(TEXT, [program_segment(number, TEXT)]);
}

function linked(name: string, main: Main, library: SosLibrary, witness: Witness): Program {
  return (start) => {
    const program: SosProgram = {
      name,
      *main(sos) {
        try {
          yield* main({ sos, witness, start, room: new Room(sos, witness) });
        } catch (error) {
          if (!(error instanceof Failed)) witness.note(crashOf(name, error));
          // The check is over. Who died of it would be told as a fault of the system, and be its to mend.
          yield* stop();
        }
        if (name === FIRST) yield* rest(sos, witness);
      },
    };
    return executable(program, library).program(start);
  };
}

/** The first program has come to its end. Its process stays, since a system may start another first one. */
function* rest(sos: SosApi, witness: Witness): Thread<never> {
  witness.tell("end");
  for (;;) {
    yield* sos.sos_usleep(LONG_US);
    // Where nobody sleeps, time passes all the same.
    yield* compute(LONG_CYCLES);
  }
}

function* stop(): Thread<never> {
  for (;;) yield* compute(LONG_CYCLES);
}

function crashOf(name: string, error: unknown): string {
  return `in program ${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
