/**
 * Making explanations. Called while the failing thread's call is still on the host's stack and the state is as it was when
 * the check failed. Only what would be gone later is noted then: the host's stack, what slots and page tables held. What
 * is expensive, looking through the trace above all, waits for a reader, and never happens inside a kernel entry.
 */
import { faultName } from "@tessera/libsel4/abi";
import type { Explainer, Explanation } from "../model/explanation.js";
import type { SyscallError } from "../model/result.js";
import type { KernelState } from "../model/state.js";
import type { Fault } from "../threads/fault.js";
import type { Tcb } from "../threads/tcb.js";
import { faultParts } from "./explain-fault.js";
import { refusalParts, unanswerableParts, unresolvedParts } from "./explain-refusal.js";
import { SlotHistory } from "./history.js";
import { ObjectNames } from "./object-names.js";
import type { Parts } from "./parts.js";
import { renderExplanation } from "./render-explanation.js";

/** Explanations that are kept. */
const KEPT = 256;
/**
 * So many faults of a thread are told with their place, if somebody hears of them: a thread whose pages come when it
 * touches them faults all the time, and a stack of the host takes longer than all else that is done for a fault.
 */
const PLACED_FAULTS = 64;

/** Keeps the last explanations; an unhandled fault is also reported to people, at the end of the slice. */
export class Explanations implements Explainer {
  readonly list: Explanation[] = [];
  private readonly k: KernelState;
  private readonly names: ObjectNames;
  /** Faults of a thread of which somebody was told. */
  private readonly handled = new WeakMap<Tcb, number>();

  constructor(k: KernelState) {
    this.k = k;
    this.names = new ObjectNames(k);
  }

  refused(tcb: Tcb, lo: number, hi: number, error: SyscallError): void {
    this.add(tcb, refusalParts(this.k, this.names, tcb, lo, hi, error));
  }

  unresolved(tcb: Tcb, lo: number, hi: number, why: string): void {
    this.add(tcb, unresolvedParts(this.k, this.names, tcb, lo, hi, why));
  }

  unanswerable(tcb: Tcb): void {
    this.add(tcb, unanswerableParts(this.k, this.names, tcb));
  }

  faulted(tcb: Tcb, fault: Fault, isHandled: boolean): void {
    const fate = isHandled ? "sent to its fault handler" : "and the thread is stopped: it has no fault handler";
    const outcome = `${faultName(fault.tag)}, ${fate}`;
    const parts = { ...faultParts(this.k, this.names, tcb, fault), outcome };
    const before = this.handled.get(tcb) ?? 0;
    if (isHandled) this.handled.set(tcb, before + 1);
    const explanation = this.add(tcb, parts, !isHandled || before < PLACED_FAULTS);
    if (!isHandled) this.k.machine.report(() => renderExplanation(explanation));
  }

  private add(tcb: Tcb, { slot, path, call, outcome, why }: Parts, isPlaced = true): Explanation {
    const { k } = this;
    const history = slot === null ? null : new SlotHistory(k.trace, this.names, slot);
    const site = isPlaced ? k.cpu.callSite(tcb.context) : null;
    const explanation: Explanation = {
      tick: k.clock.ticks,
      thread: tcb.name,
      threadId: tcb.id,
      call,
      outcome,
      why,
      get place() {
        return site === null ? "" : site().place;
      },
      get within() {
        return site === null ? "" : site().within;
      },
      get path() {
        return path.map((step) => step());
      },
      get history() {
        return history === null ? "" : history.tell();
      },
    };
    this.list.push(explanation);
    if (this.list.length > KEPT) this.list.shift();
    return explanation;
  }
}
