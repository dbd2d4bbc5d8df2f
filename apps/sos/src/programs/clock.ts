/** `clock`: says ten times, once a second, what time it is: something to run in the background. */
import { Heap, type SosProgram } from "@tessera/servers/sos";
import { Stdio } from "./stdio.js";

const TIMES = 10;
const SECOND_US = 1_000_000;

/** The program. */
export const clock: SosProgram = {
  name: "clock",
  *main(sos) {
    const stdio = yield* Stdio.open(sos, new Heap(sos));
    if (stdio === null) return 1;
    const pid = yield* sos.sos_my_id();
    for (let i = 0; i < TIMES; i++) {
      yield* sos.sos_usleep(SECOND_US);
      const seconds = Math.floor((yield* sos.sos_time_stamp()) / SECOND_US);
      yield* stdio.print(`clock ${pid}: ${seconds} s\n`);
    }
    return 0;
  },
};
