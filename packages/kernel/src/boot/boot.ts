/** Booting: a kernel on a machine, with the machine's image as its root task. */
import type { Machine } from "@tessera/hal-sim";
import type { KernelOptions } from "../config.js";
import { leave } from "../entry.js";
import { KERNEL_EVENT_FIELDS, KernelEvent } from "../model/events.js";
import type { KernelState } from "../model/state.js";
import { createRootTask } from "./root-task.js";
import { createState } from "./state.js";

/** Build everything and hand the CPU to the root task. The trap vector is the caller's to install. */
export function boot(machine: Machine, options: KernelOptions): KernelState {
  const k = createState(machine, options);
  for (const [name, kind] of Object.entries(KernelEvent)) {
    k.trace.setKindName(kind, name, KERNEL_EVENT_FIELDS[kind]);
  }
  createRootTask(k);
  leave(k);
  return k;
}
