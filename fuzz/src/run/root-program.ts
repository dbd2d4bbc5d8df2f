/**
 * The root task of a run: builds the sandbox, starts the threads, drops to priority 1, and lets time pass until nothing
 * more happens, and rouses them as often as the program says. Then it revokes the memory that everything was made of, in mid-call if need be.
 */
import { buildSandbox, granted, handOver, type Sandbox } from "@tessera/conformance/replay";
import { compute, type Program, type Thread } from "@tessera/hal-sim/isa";
import {
  rootTask,
  type seL4_BootInfo,
  seL4_CNode_Revoke,
  seL4_TCB_Resume,
  seL4_TCB_SetPriority,
} from "@tessera/libsel4";
import { seL4_CapInitThreadCNode, seL4_CapInitThreadTCB, seL4_WordBits } from "@tessera/libsel4/abi";
import type { FuzzProgram } from "../program/program.js";
import { BOARD_SLOTS, clearBoard, endTurns, prepareBoard, ringClock } from "./board.js";
import type { Journal } from "./journal.js";
import { ROUSE_SLOTS, rouse } from "./rouse.js";

const OBSERVER_PRIORITY = 1;
/** So long a look lasts, in cycles: periods of programs are not much longer. */
const LOOK_CYCLES = 20_000_000;
/** Looks without a new op until nothing more is expected. */
const QUIET_LOOKS = 2;
const MAX_LOOKS = 40;

export function rootProgram(program: FuzzProgram, entries: readonly number[], journal: Journal): Program {
  let isStarted = false;
  return rootTask(function* (bootinfo) {
    // A thread that was sent to the root task's entry is not the root task.
    if (isStarted) return;
    isStarted = true;
    try {
      const sandbox = yield* start(bootinfo, program, entries);
      yield* watch(journal);
      const { rouses } = program.surroundings;
      let before = -1;
      while (journal.wantsRouse(rouses) && journal.steps.length > before) {
        before = journal.steps.length;
        journal.rouse();
        yield* ringClock(program.surroundings);
        yield* rouse(sandbox, program, entries, bootinfo.empty.end - BOARD_SLOTS - ROUSE_SLOTS);
        yield* watch(journal);
      }
      journal.closed = true;
      const { memory } = sandbox;
      granted(yield* seL4_CNode_Revoke(seL4_CapInitThreadCNode, memory, seL4_WordBits), "CNode_Revoke of everything");
      yield* clearBoard(bootinfo, program.surroundings);
      journal.isTornDown = true;
    } catch (error) {
      journal.rootError = error instanceof Error ? error.message : String(error);
    }
    journal.closed = true;
    yield* endTurns(program.surroundings);
  });
}

function* start(
  bootinfo: seL4_BootInfo,
  { scenario, starts, surroundings }: FuzzProgram,
  entries: readonly number[],
): Thread<Sandbox> {
  const sandbox = yield* buildSandbox(bootinfo, scenario, entries);
  yield* prepareBoard(bootinfo, sandbox.cnode, surroundings);
  for (let t = sandbox.tcbs.length - 1; t >= 0; t--) {
    if (starts[t] === true) granted(yield* seL4_TCB_Resume(sandbox.tcbs[t] ?? 0), `TCB_Resume of T${t}`);
  }
  yield* handOver(sandbox);
  granted(
    yield* seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, OBSERVER_PRIORITY),
    "TCB_SetPriority of the observer",
  );
  return sandbox;
}

/** Runs when no thread can: until they have done nothing for a while. */
function* watch(journal: Journal): Thread {
  let seen = -1;
  let quiet = 0;
  for (let look = 0; look < MAX_LOOKS && quiet < QUIET_LOOKS; look++) {
    yield* compute(LOOK_CYCLES);
    quiet = journal.steps.length === seen ? quiet + 1 : 0;
    seen = journal.steps.length;
  }
}
