/** `fault`: reads where it has no memory. It ends, and nobody else. */
import { load } from "@tessera/hal-sim/isa";
import { Heap, type SosProgram } from "@tessera/servers/sos";
import { Stdio } from "./stdio.js";

/** Above everything that a process has. */
const NOWHERE = 0x7000_0000;

/** The program. */
export const fault: SosProgram = {
  name: "fault",
  *main(sos) {
    const stdio = yield* Stdio.open(sos, new Heap(sos));
    if (stdio === null) return;
    yield* stdio.print(`fault: reads at 0x${NOWHERE.toString(16)}, where nothing is\n`);
    const found = yield* load(NOWHERE);
    yield* stdio.print(`fault: there is ${found}, which cannot be\n`);
  },
};
