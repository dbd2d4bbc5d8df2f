/**
 * Priorities of threads, their scheduling context, and who handles their faults. seL4 manual, "Threads and Execution"
 * and "Mixed-Criticality Scheduling".
 *
 * A priority is given on the authority of some TCB: it may be at most that thread's maximum controlled priority (MCP).
 * Authority errors: InvalidCapability 1: `authority` is no TCB; RangeError 0..its MCP: the value is above that.
 */
import { port, type Syscall } from "@tessera/hal-sim/isa";
import { TCBSetMCPriority, TCBSetPriority, TCBSetSchedParams, TCBSetTimeoutEndpoint } from "../abi/index.js";
import type { seL4_CPtr, seL4_Error, seL4_SchedContext, seL4_TCB, WordLike } from "../types.js";
import { invoke, setArgument, setCapability } from "./call.js";

/**
 * Set a thread's priority. It may be above the thread's own MCP.
 * Cannot block, but another thread may run next. Allocates nothing. Errors: authority errors.
 * @param authority TCB whose MCP allows it
 * @param priority 0 to 255, greater is more urgent
 */
export function seL4_TCB_SetPriority(_service: seL4_TCB, authority: seL4_TCB, priority: WordLike): Syscall<seL4_Error> {
  const cpu = port();
  setCapability(cpu, 0, "authority", authority);
  setArgument(cpu, 0, "priority", priority);
  return invoke(cpu, _service, TCBSetPriority, 1, 1);
}

/**
 * Set a thread's MCP: the highest priority that it may be named as authority for.
 * Cannot block, allocates nothing. Errors: authority errors.
 * @param authority TCB whose MCP allows it
 * @param mcp 0 to 255
 */
export function seL4_TCB_SetMCPriority(_service: seL4_TCB, authority: seL4_TCB, mcp: WordLike): Syscall<seL4_Error> {
  const cpu = port();
  setCapability(cpu, 0, "authority", authority);
  setArgument(cpu, 0, "mcp", mcp);
  return invoke(cpu, _service, TCBSetMCPriority, 1, 1);
}

/**
 * Set a thread's MCP, priority, scheduling context and fault handler in one step.
 * Cannot block, but another thread may run next. Allocates nothing.
 * Errors: authority errors, for `mcp` and then for `priority`; IllegalOperation: thread or scheduling context are bound
 * otherwise, the thread is blocked and the scheduling context has no budget now, or the calling thread would be left
 * without one; InvalidCapability 2: `sched_context` is neither that nor an empty slot; InvalidCapability 3: `fault_ep`
 * is neither an empty slot nor an endpoint with Write and Grant or GrantReply.
 * @param authority TCB whose MCP allows it
 * @param mcp 0 to 255
 * @param priority 0 to 255, greater is more urgent
 * @param sched_context what the thread runs on; an empty slot takes it away
 * @param fault_ep endpoint in the caller's CSpace, to which faults of the thread are sent; an empty slot = none
 */
export function seL4_TCB_SetSchedParams(
  _service: seL4_TCB,
  authority: seL4_TCB,
  mcp: WordLike,
  priority: WordLike,
  sched_context: seL4_SchedContext,
  fault_ep: seL4_CPtr<"Endpoint">,
): Syscall<seL4_Error> {
  const cpu = port();
  setCapability(cpu, 0, "authority", authority);
  setCapability(cpu, 1, "sched_context", sched_context);
  setCapability(cpu, 2, "fault_ep", fault_ep);
  setArgument(cpu, 0, "mcp", mcp);
  setArgument(cpu, 1, "priority", priority);
  return invoke(cpu, _service, TCBSetSchedParams, 3, 2);
}

/**
 * Set who is told when a thread has used up its budget. A handler needs a scheduling context of its own.
 * Cannot block, allocates nothing.
 * Errors: InvalidCapability 1: neither an empty slot nor an endpoint with Write and Grant or GrantReply.
 * @param timeout_fault_ep endpoint in the caller's CSpace; an empty slot = nobody, the thread just waits
 */
export function seL4_TCB_SetTimeoutEndpoint(
  _service: seL4_TCB,
  timeout_fault_ep: seL4_CPtr<"Endpoint">,
): Syscall<seL4_Error> {
  const cpu = port();
  setCapability(cpu, 0, "timeout_fault_ep", timeout_fault_ep);
  return invoke(cpu, _service, TCBSetTimeoutEndpoint, 1, 0);
}
