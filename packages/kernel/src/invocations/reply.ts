/** Giving the caller the results of a method. */
import { seL4_NoError } from "@tessera/libsel4/abi";
import type { KernelState } from "../model/state.js";
import { replyFromKernel } from "../threads/message.js";
import { ThreadState } from "../threads/tcb.js";
import { setState } from "../time/request.js";

/** Results go to who waits for them; the caller then goes on behind its call. */
export function reply(k: KernelState, pairs: readonly number[]): void {
  const { current } = k;
  if (!k.args.isCall || current === null) return;
  replyFromKernel(k, current, seL4_NoError, pairs);
  setState(k, current, ThreadState.Running);
}
