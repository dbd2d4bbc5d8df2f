/**
 * `share`: counts, in memory that it shares with all others that run it, how many have come. Two at a time see one
 * another: `exec share &` twice, and the second counts on from the first.
 */
import { load, store } from "@tessera/hal-sim/isa";
import { Heap, type SosProgram } from "@tessera/servers/sos";
import { Stdio } from "./stdio.js";

const PAGE_BYTES = 4096;
/** Where memory can be shared, and nothing is mapped unless there is much of it. */
const SHARED = 0x2000_0000;
const STAY_US = 3_000_000;
const FAILED = 1;

/** The program. */
export const share: SosProgram = {
  name: "share",
  *main(sos) {
    const stdio = yield* Stdio.open(sos, new Heap(sos));
    if (stdio === null) return FAILED;
    if ((yield* sos.sos_share_vm(SHARED, PAGE_BYTES, 1)) < 0) {
      yield* stdio.print("share: the page cannot be shared\n");
      return FAILED;
    }
    const count = (yield* load(SHARED)) + 1;
    yield* store(SHARED, count);
    yield* stdio.print(`share: number ${count} of those that see this page\n`);
    yield* sos.sos_usleep(STAY_US);
    yield* stdio.print(`share: ${yield* load(SHARED)} have come while number ${count} was here\n`);
    return 0;
  },
};
