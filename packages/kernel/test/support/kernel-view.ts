/** Looking into a kernel from a test: what lies in a slot, what the trace says. */
import type { TraceRecord } from "@tessera/hal-sim";
import type { Kernel } from "@tessera/kernel";
import type { Cap, SchedContextCap } from "../../src/caps/cap.js";
import type { CNode } from "../../src/caps/cnode.js";
import type { Tcb } from "../../src/threads/tcb.js";

/** The capability in slot `index` of the root CNode. */
export function capAt(kernel: Kernel, index: number): Cap {
  return rootOf(kernel).slot(index).cap;
}

/** The root task's CNode. */
function rootOf(kernel: Kernel): CNode {
  const { rootCNode } = kernel.state;
  if (rootCNode === null) throw new Error("the kernel has no root CNode");
  return rootCNode;
}

/** Every record of `kind` that the trace still holds, in order. */
export function recordsOf({ machine }: Kernel, ...kinds: readonly number[]): TraceRecord[] {
  const found: TraceRecord[] = [];
  for (let n = machine.trace.first; n < machine.trace.count; n++) {
    const record = machine.trace.record(n);
    if (record !== undefined && kinds.includes(record.kind)) found.push(record);
  }
  return found;
}

/** The thread that runs program `name`. */
export function threadOf(kernel: Kernel, name: string): Tcb {
  for (const tcb of kernel.state.threads) if (tcb.context.programName === name) return tcb;
  throw new Error(`no thread runs the program "${name}"`);
}

/** Its state, one of ThreadState. */
export function stateOf(kernel: Kernel, name: string): number {
  return threadOf(kernel, name).state;
}

/** Who runs on the scheduling context in slot `index` of the root CNode: its program, or the empty string. */
export function holderOf(kernel: Kernel, index: number): string {
  const { object } = capAt(kernel, index) as SchedContextCap;
  return object.tcb === null ? "" : object.tcb.context.programName;
}
