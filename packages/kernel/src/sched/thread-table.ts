/** All threads in a table, for seL4_DebugDumpScheduler and for the dump of a machine that halted. */
import { Register } from "@tessera/hal-sim/isa";
import type { KernelState } from "../model/state.js";
import { type Tcb, ThreadState } from "../threads/tcb.js";
import { registerWord } from "../threads/user-registers.js";

const STATE_NAMES: readonly string[] = Object.keys(ThreadState);

/** A line a thread: id, name, state, priority, where it is, whose time it has, what it waits for. */
export function threadTable(k: KernelState): string {
  const head = "  id  thread                state                  prio  FaultIP     time  waits for";
  return [head, ...[...k.threads].map((tcb) => threadLine(k, tcb))].join("\n");
}

function threadLine(k: KernelState, tcb: Tcb): string {
  const mark = tcb === k.current ? ">" : " ";
  const cells = [
    `${mark}${String(tcb.id).padStart(3)}`,
    tcb.name.padEnd(20),
    (STATE_NAMES[tcb.state] ?? "").padEnd(21),
    String(tcb.priority).padStart(4),
    `0x${registerWord(k, tcb, Register.FaultIP).toString(16)}`.padEnd(10),
    String(tcb.sc?.id ?? "-").padStart(4),
    waitsFor(k, tcb),
  ];
  return cells.join("  ").trimEnd();
}

function waitsFor(k: KernelState, tcb: Tcb): string {
  if (tcb.blockedOn !== null) return `object ${tcb.blockedOn.id} ${k.trace.nameOf(tcb.blockedOn.id)}`.trimEnd();
  if (tcb.state === ThreadState.BlockedOnReply) return `reply ${tcb.reply?.id ?? "-"}`;
  return tcb.inReleaseQueue ? "its time" : "";
}
