/**
 * What a stranger's compiler must accept and refuse: were a declaration missing or `any`, the refused lines would pass,
 * and the compiler says so.
 */
import { cspace_alloc_slot } from "@tessera/cspace-lib";
import { createImage, Machine, type Stop } from "@tessera/hal-sim";
import type { Program, Thread } from "@tessera/hal-sim/isa";
import { bootKernel, type Kernel } from "@tessera/kernel";
import { program, type seL4_CPtr, seL4_Signal } from "@tessera/libsel4";
import { seL4_EndpointBits } from "@tessera/libsel4/abi";
import { Personality } from "@tessera/personality";
import { calls, component, define, op, u32 } from "@tessera/servers";
import { world } from "@tessera/testing";
import { ut_alloc } from "@tessera/ut-alloc";

const root: Program = program(function* ({ a0 }) {
  yield* seL4_Signal(a0);
  // @ts-expect-error: a capability pointer is a number
  yield* seL4_Signal("a0");
});

export function accepted(): Stop {
  const machine = new Machine({ image: createImage({ root }), seed: 1 });
  // @ts-expect-error: a seed is a number
  new Machine({ image: createImage({ root }), seed: "1" });
  const kernel: Kernel = bootKernel(machine, { checkInvariants: true });
  // @ts-expect-error: there is no such option
  bootKernel(machine, { checkInvariant: true });
  // @ts-expect-error: a program is no kernel
  const other: Kernel = root;
  return kernel === other ? machine.run({ events: 1 }) : machine.run();
}

export const { value } = world({
  *root(bootinfo, cspace): Thread<seL4_CPtr> {
    const ut = yield* ut_alloc(seL4_EndpointBits, cspace);
    // @ts-expect-error: an allocator is called with a CSpace, not with BootInfo
    yield* ut_alloc(seL4_EndpointBits, bootinfo);
    return ut.cap + (yield* cspace_alloc_slot(cspace));
  },
});
// @ts-expect-error: `value` is what the root task returned, a number
value.length;

const Clock = define("clock", { wait: op({ ticks: u32 }, { now: u32 }, ["TooLong"]) });

export const waits = component("waits", {
  needs: { clock: calls(Clock) },
  *main({ clock }) {
    const answer = yield* clock.wait({ ticks: 1 });
    // @ts-expect-error: there is a time only where there is no error
    answer.now;
    // @ts-expect-error: ticks are a number
    yield* clock.wait({ ticks: "1" });
  },
});

// @ts-expect-error: what is added needs a priority
new Personality("idle").add(waits, { budget: "1ms/10ms" });
