/** Processes of the system under test, as a program of a check makes and sees them. */
import { copyOut, type Thread } from "@tessera/hal-sim/isa";
import { readProcesses, type sos_process_t } from "@tessera/servers/sos";
import type { Own } from "./check.js";
import { bytesAt, differsAt, pattern } from "./room.js";

const PAGE = 4096;
const MOST_LISTED = 64;
/** Microseconds between two looks. */
const LOOK_US = 1000;

/** A process of this program. @returns its pid @throws Failed when there is none */
export function* started(name: string, { sos, witness }: Own): Thread<number> {
  const pid = yield* sos.sos_process_create(name);
  witness.expect(pid > 0, `sos_process_create of "${name}" returns ${pid}`);
  return pid;
}

/** Wait for the end of a process, which may have ended already. */
export function* ended(pid: number, { sos, witness }: Own): Thread {
  const found = yield* sos.sos_process_wait(pid);
  witness.expect(found === pid || found === -1, `sos_process_wait of process ${pid} returns ${found}`);
}

/** All processes, by `sos_process_status`. */
export function* listed({ sos, room, witness }: Own): Thread<sos_process_t[]> {
  const buffer = yield* room.buffer();
  const count = yield* sos.sos_process_status(buffer, MOST_LISTED);
  witness.expect(count > 0 && count <= MOST_LISTED, `sos_process_status of up to ${MOST_LISTED} returns ${count}`);
  return yield* readProcesses(buffer, count);
}

/** Whether the system lists a process. */
export function* lives(pid: number, own: Own): Thread<boolean> {
  return (yield* listed(own)).some((process) => process.pid === pid);
}

/** Sleep until `what` was told so often. */
export function* told(what: string, times: number, { sos, witness }: Own): Thread {
  while (witness.count(what) < times) yield* sos.sos_usleep(LOOK_US);
}

/** Fill the pages from `address` on, each unlike the others. */
export function* fill(address: number, pages: number, tag: number): Thread {
  for (let i = 0; i < pages; i++) yield* copyOut(address + i * PAGE, pattern(tag + i, PAGE));
}

/** They are as `fill` has left them. @throws Failed when one is not */
export function* expectFilled(address: number, pages: number, tag: number, { witness }: Own): Thread {
  for (let i = 0; i < pages; i++) {
    const found = yield* bytesAt(address + i * PAGE, PAGE);
    const at = differsAt(found, pattern(tag + i, PAGE));
    witness.expect(
      at < 0,
      `of ${pages} pages, byte ${at} of page ${i} is ${found[at]}, and ${pattern(tag + i, PAGE)[at]} was written`,
    );
  }
}
