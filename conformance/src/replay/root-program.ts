/**
 * The root task of a replay: builds the sandbox at priority 255, starts the threads, and drops to priority 1, so that
 * it runs again when none of them can. Then it waits until timers have settled, and looks at every slot.
 *
 * The root task's CSpace resolves all 64 bits in one CNode, so to name the sandbox's slots it makes the sandbox its
 * own CSpace. That is its last act.
 */
import { compute, type Program, type Thread } from "@tessera/hal-sim/isa";
import {
  rootTask,
  type seL4_BootInfo,
  seL4_DebugCapIdentify,
  seL4_TCB_Resume,
  seL4_TCB_SetPriority,
  seL4_TCB_SetSpace,
} from "@tessera/libsel4";
import { seL4_CapInitThreadTCB, seL4_CapInitThreadVSpace, seL4_CapNull } from "@tessera/libsel4/abi";
import type { Scenario } from "../recording/scenario.js";
import { capName, NO_CAP } from "./cap-names.js";
import type { Journal } from "./journal.js";
import { buildSandbox, GUARD, granted, handOver, RADIX, type Sandbox } from "./sandbox.js";

const OBSERVER_PRIORITY = 1;
const CYCLES_PER_US = 1000;

export function rootProgram(scenario: Scenario, entries: readonly number[], journal: Journal): Program {
  return rootTask(function* (bootinfo) {
    try {
      yield* observe(yield* start(bootinfo, scenario, entries), scenario, journal);
    } catch (error) {
      journal.failure = error instanceof Error ? error.message : String(error);
    }
    journal.closed = true;
  });
}

/** Ends when no thread of the scenario can run. */
function* start(bootinfo: seL4_BootInfo, scenario: Scenario, entries: readonly number[]): Thread<Sandbox> {
  const sandbox = yield* buildSandbox(bootinfo, scenario, entries);
  for (let t = sandbox.tcbs.length - 1; t >= 0; t--) {
    // A thread without ops stays inactive.
    if (scenario.ops[t]?.length) granted(yield* seL4_TCB_Resume(sandbox.tcbs[t] ?? 0), `TCB_Resume of T${t}`);
  }
  yield* handOver(sandbox);
  granted(
    yield* seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, OBSERVER_PRIORITY),
    "TCB_SetPriority of the observer",
  );
  return sandbox;
}

function* observe(sandbox: Sandbox, scenario: Scenario, journal: Journal): Thread {
  yield* compute(scenario.settleUs * CYCLES_PER_US);
  granted(
    yield* seL4_TCB_SetSpace(seL4_CapInitThreadTCB, seL4_CapNull, sandbox.cnode, GUARD, seL4_CapInitThreadVSpace, 0),
    "TCB_SetSpace of the observer",
  );
  for (let slot = 0; slot < 2 ** RADIX; slot++) {
    const name = capName(yield* seL4_DebugCapIdentify(slot));
    if (name !== NO_CAP) journal.final[slot] = name;
  }
}
