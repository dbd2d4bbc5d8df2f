/**
 * Bugs that are planted into a kernel before it runs. Each changes what the kernel does in one rare case, in the way in
 * which a kernel is wrong: something is not queued, not counted, not forgotten, or depends on what it must not.
 */
import type { Kernel, KernelState } from "@tessera/kernel";
import type { FindingKind } from "../src/run/finding.js";

export interface PlantedBug {
  readonly name: string;
  /** How it shows. */
  readonly kind: FindingKind;
  /** The fuzzer must come upon it within so many operations. */
  readonly within: number;
  /** Operations that are left of the program at most. */
  readonly shrunkTo: number;
  readonly plant: (kernel: Kernel) => void;
}

export const PLANTED_BUGS: readonly PlantedBug[] = [
  {
    name: "a thread of priority 110 or more is forgotten when it is preempted",
    ...{ kind: "invariant", within: 4000, shrunkTo: 3 },
    plant: ({ state: { readyQueues } }) => {
      const prepend = readyQueues.prepend.bind(readyQueues);
      readyQueues.prepend = (tcb) => {
        if (tcb.priority < 110 || tcb.priority === 255) prepend(tcb);
      };
    },
  },
  {
    name: "the time of a deleted scheduling context is counted one tick too long",
    ...{ kind: "invariant", within: 4000, shrunkTo: 3 },
    plant: (kernel) => {
      let known = 0;
      afterEntry(kernel, (k) => {
        if (k.schedContexts.size < known) k.endedTime++;
        known = k.schedContexts.size;
      });
    },
  },
  {
    name: "the kernel goes on knowing threads that were deleted",
    ...{ kind: "invariant", within: 4000, shrunkTo: 3 },
    plant: ({ state: { threads } }) => {
      threads.delete = () => true;
    },
  },
  {
    name: "an interrupt stays active when its last handler goes",
    ...{ kind: "invariant", within: 8000, shrunkTo: 4 },
    plant: ({ state: { irqs } }) => {
      const setState = irqs.setState.bind(irqs);
      irqs.setState = (irq, state) => {
        if (state !== 0) setState(irq, state);
      };
    },
  },
  {
    name: "a thread with a bound notification is not expected to be made ready",
    ...{ kind: "kernel", within: 8000, shrunkTo: 10 },
    plant: ({ state: { readyQueues } }) => {
      const append = readyQueues.append.bind(readyQueues);
      readyQueues.append = (tcb) => {
        if (tcb.boundNotification !== null) throw new Error("a bound thread was made ready");
        append(tcb);
      };
    },
  },
  {
    name: "why a slot must be revoked first cannot be explained",
    ...{ kind: "explainer", within: 4000, shrunkTo: 6 },
    plant: (kernel) => {
      const explanations = kernel.explanations.bind(kernel);
      kernel.explanations = (thread) => {
        const all = explanations(thread);
        if (all.some(({ outcome }) => outcome.startsWith("RevokeFirst"))) throw new Error("no words for it");
        return all;
      };
    },
  },
  {
    name: "what a Yield leaves in the trace depends on the kernels before it",
    ...{ kind: "nondeterminism", within: 4000, shrunkTo: 2 },
    plant: (kernel) => {
      const me = ++kernelsBefore;
      const { readyQueues, trace } = kernel.state;
      const append = readyQueues.append.bind(readyQueues);
      readyQueues.append = (tcb) => {
        append(tcb);
        if (tcb === kernel.state.current && kernel.state.threads.size > 1) trace.emit(1, me, 0, 0, 0, 0, 0);
      };
    },
  },
  {
    name: "the fast path leaves a record too many",
    ...{ kind: "fast path", within: 20_000, shrunkTo: 10 },
    plant: (kernel) => {
      let taken = 0;
      afterEntry(kernel, (k) => {
        if (k.shortcuts !== taken) k.trace.emit(1, 0, 0, 0, 0, 0, 0);
        taken = k.shortcuts;
      });
    },
  },
];

/** Kernels that one of the bugs was planted into; that it lasts from one to the next is the bug. */
let kernelsBefore = 0;

function afterEntry({ machine: { cpu }, state }: Kernel, damage: (k: KernelState) => void): void {
  const enter = cpu.onTrap;
  cpu.onTrap = (cause) => {
    enter(cause);
    damage(state);
  };
}
