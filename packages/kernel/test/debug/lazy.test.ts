/** What explanations cost in a kernel entry, as work: how often the trace is read and the threads are gone through. */
import type { TraceRecord } from "@tessera/hal-sim";
import { load } from "@tessera/hal-sim/isa";
import { type Explanation, type Kernel, renderExplanation } from "@tessera/kernel";
import { seL4_Call, seL4_CNode_Delete, seL4_Recv, seL4_ReplyRecv } from "@tessera/libsel4";
import { expect, it } from "vitest";
import type { Tcb } from "../../src/threads/tcb.js";
import { EMPTY } from "../support/message.js";
import { bootScene } from "../support/scene.js";

/** Counts what the long work of an explanation consists of. */
function count(kernel: Kernel): { records: number; threads: number } {
  const work = { records: 0, threads: 0 };
  const { trace, threads } = kernel.state;
  const record = trace.record.bind(trace);
  trace.record = (n): TraceRecord | undefined => {
    work.records++;
    return record(n);
  };
  const iterator = threads[Symbol.iterator].bind(threads);
  threads[Symbol.iterator] = (): SetIterator<Tcb> => {
    work.threads++;
    return iterator();
  };
  return work;
}

it("a refused call and a fault look through nothing until they are read", () => {
  const scene = bootScene<void>(
    function* (kit) {
      const faults = yield* kit.endpoint();
      const reply = yield* kit.reply();
      yield* kit.start("faulter", { faultHandler: faults, priority: 110 });
      yield* seL4_CNode_Delete(kit.cnode, 3, 2);
      yield* seL4_Call(kit.slots(), EMPTY);
      yield* seL4_Recv(faults, reply);
    },
    {
      *faulter() {
        yield* load(0x5000_0000);
      },
    },
    { kernel: { checkInvariants: false } },
  );
  const { kernel } = scene;
  const work = count(kernel);
  scene.machine.run();
  const all = kernel.explanations();
  expect(all.map(({ outcome }) => outcome)).toEqual([
    "FailedLookup: the destination",
    "InvalidCapability: the invoked capability",
    "VMFault, sent to its fault handler",
  ]);
  expect(work).toEqual({ records: 0, threads: 0 });

  // Not for want of anything to look for: reading them does that work.
  const text = all.map((explanation: Explanation) => renderExplanation(explanation)).join("\n");
  expect(text).toContain("nothing was ever put into it");
  expect(work.records).toBeGreaterThan(0);
  expect(work.threads).toBeGreaterThan(0);
});

it("a thread whose faults are answered again and again captures a host stack for the first ones alone", () => {
  const FAULTS = 80;
  const scene = bootScene<void>(
    function* (kit) {
      const faults = yield* kit.endpoint();
      const reply = yield* kit.reply();
      yield* kit.start("faulter", { faultHandler: faults, priority: 110 });
      yield* seL4_Recv(faults, reply);
      // Nothing is mapped, so it faults again.
      for (let i = 1; i < FAULTS; i++) yield* seL4_ReplyRecv(faults, EMPTY, reply);
    },
    {
      *faulter() {
        yield* load(0x5000_0000);
      },
    },
    { kernel: { checkInvariants: false } },
  );
  scene.machine.run();
  const places = scene.kernel.explanations().map(({ place }) => place.replace(/.*lazy/, "lazy"));
  expect(places.length).toBe(FAULTS);
  expect(places[63]).toMatch(/^lazy.test.ts:/);
  expect(new Set(places.slice(64))).toEqual(new Set([""]));
});

it("a run without failures makes no explanation and captures no host stack for one", () => {
  const scene = bootScene<void>(function* (kit) {
    for (let i = 0; i < 10; i++) yield* kit.endpoint();
  });
  const { cpu } = scene.machine;
  let sites = 0;
  const callSite = cpu.callSite.bind(cpu);
  cpu.callSite = (context) => {
    sites++;
    return callSite(context);
  };
  scene.machine.run();
  expect([scene.kernel.explanations(), sites]).toEqual([[], 0]);
});
