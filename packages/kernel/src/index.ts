/**
 * `@tessera/kernel`: a microkernel modelled on seL4 (MCS, RISC-V 64).
 * @packageDocumentation
 */
export type { KernelOptions } from "./config.js";
export { renderExplanation } from "./debug/render-explanation.js";
export type {
  AsidPoolSnapshot,
  CapabilityKind,
  CapabilitySnapshot,
  CNodeSnapshot,
  EndpointSnapshot,
  FrameSnapshot,
  KernelSnapshot,
  MappingSnapshot,
  NotificationSnapshot,
  ObjectKind,
  ObjectSnapshot,
  PageTableSnapshot,
  ReplySnapshot,
  SchedContextSnapshot,
  SlotAddress,
  ThreadSnapshot,
  UntypedSnapshot,
} from "./debug/snapshot.js";
export { bootKernel, Kernel } from "./kernel.js";
export { KernelAssertion } from "./model/assert.js";
export { KernelEvent, MessageKind } from "./model/events.js";
export type { Explanation } from "./model/explanation.js";
export type { KernelState } from "./model/state.js";
export { ThreadState } from "./threads/tcb.js";
