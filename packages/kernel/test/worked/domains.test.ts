/** What the sheet says of 16 domains and of one: the limits of each call, and the domain of new threads. */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_CapDomain,
  seL4_CapInitThreadTCB,
  seL4_DomainSet_ScheduleConfigure,
  seL4_DomainSet_ScheduleSetStart,
  seL4_DomainSet_Set,
  type seL4_Error,
  seL4_GetMR,
  seL4_IllegalOperation,
  seL4_InvalidArgument,
  seL4_NoError,
  seL4_RangeError,
  seL4_TCB_Suspend,
  seL4_TCBObject,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import type { TcbCap } from "../../src/caps/cap.js";
import { capAt } from "../support/kernel-view.js";
import type { Kit } from "../support/kit.js";
import { bootScene, scene } from "../support/scene.js";

/** Longer than a machine lives. */
const DURATION = 2 ** 50;
const MAX_DURATION = 2n ** 56n - 1n;

/** Error and what came with it. */
function* outcome(call: Iterable<void, seL4_Error, void>): Thread<readonly number[]> {
  const error = yield* call;
  if (error === seL4_NoError) return [error];
  return error === seL4_RangeError ? [error, seL4_GetMR(0), seL4_GetMR(1)] : [error, seL4_GetMR(0)];
}

function inDomains<R>(domains: number, main: (kit: Kit) => Thread<R>): R {
  return scene(main, {}, { kernel: { domains } }).value;
}

const configure = (index: number | bigint, domain: number, duration: number | bigint) =>
  outcome(seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, index, domain, duration));
const setStart = (index: number | bigint) => outcome(seL4_DomainSet_ScheduleSetStart(seL4_CapDomain, index));
const set = (domain: number, tcb: number) => outcome(seL4_DomainSet_Set(seL4_CapDomain, domain, tcb));

describe("With 16 domains", () => {
  it("ScheduleConfigure takes index 0 to 98, domain 0 to 15 and 56 bits of duration", () => {
    const seen = inDomains(16, function* () {
      const answers: unknown[] = [];
      for (const index of [98, 99, 2n ** 64n - 1n]) answers.push(yield* configure(index, 15, DURATION));
      answers.push(yield* configure(1, 16, DURATION));
      answers.push(yield* configure(1, 15, MAX_DURATION), yield* configure(1, 15, MAX_DURATION + 1n));
      return answers;
    });
    expect(seen).toEqual([
      [seL4_NoError],
      [seL4_RangeError, 0, 98],
      [seL4_RangeError, 0, 98],
      [seL4_RangeError, 0, 15],
      [seL4_NoError],
      [seL4_InvalidArgument, 2],
    ]);
  });

  it("an end marker has domain 0 and is not where the schedule starts", () => {
    const seen = inDomains(16, function* () {
      return [yield* configure(1, 3, 0), yield* configure(0, 0, 0), yield* configure(1, 0, 0)];
    });
    expect(seen).toEqual([[seL4_InvalidArgument, 1], [seL4_InvalidArgument, 2], [seL4_NoError]]);
  });

  it("SetStart takes 0 to 99, but no end marker", () => {
    const seen = inDomains(16, function* () {
      yield* configure(98, 0, DURATION);
      const answers: unknown[] = [];
      for (const index of [98, 0, 99, 1, 100]) answers.push(yield* setStart(index));
      return answers;
    });
    expect(seen).toEqual([
      [seL4_NoError],
      [seL4_NoError],
      [seL4_InvalidArgument, 0],
      [seL4_InvalidArgument, 0],
      [seL4_RangeError, 0, 99],
    ]);
  });

  it("Set takes domain 0 to 15 and a TCB", () => {
    const seen = inDomains(16, function* (kit) {
      const tcb = yield* kit.make(seL4_TCBObject);
      return [yield* set(15, tcb), yield* set(16, tcb), yield* set(16, kit.cnode), yield* set(0, kit.cnode)];
    });
    expect(seen).toEqual([
      [seL4_NoError],
      [seL4_InvalidArgument, 0],
      [seL4_InvalidArgument, 0],
      [seL4_InvalidArgument, 1],
    ]);
  });

  it("other labels on the domain capability are IllegalOperation", () => {
    expect(
      inDomains(16, function* () {
        return yield* seL4_TCB_Suspend(seL4_CapDomain);
      }),
    ).toBe(seL4_IllegalOperation);
  });

  it("a new TCB has the domain that is current when it is made", () => {
    const slots: number[] = [];
    const { kernel } = scene(
      function* (kit) {
        slots.push(yield* kit.make(seL4_TCBObject));
        yield* configure(0, 0, 10_000);
        yield* configure(1, 5, DURATION);
        yield* setStart(0);
        yield* set(5, seL4_CapInitThreadTCB);
        slots.push(yield* kit.make(seL4_TCBObject));
      },
      {},
      { kernel: { domains: 16 } },
    );
    expect(slots.map((slot) => (capAt(kernel, slot) as TcbCap).object.domain)).toEqual([0, 5]);
    expect([kernel.state.domains.current, kernel.state.domains.start, kernel.state.domains.index]).toEqual([5, 0, 1]);
  });

  it("boot leaves one entry, of domain 0 and 2^56 - 1 ticks", () => {
    const { kernel } = bootScene(function* () {}, {}, { kernel: { domains: 16 } });
    const { domains } = kernel.state;
    expect([domains.length, domains.start, domains.index, domains.current]).toEqual([100, 0, 0, 0]);
    // 2^56 - 1 is no double: it counts as 2^56.
    expect(domains.timeLeft).toBe(2 ** 56);
    expect(Array.from({ length: 100 }, (_, i) => i).filter((i) => !domains.isEndMarker(i))).toEqual([0]);
  });
});

describe("With one domain", () => {
  it("ScheduleConfigure takes index 0 and domain 0, SetStart index 0", () => {
    const seen = inDomains(1, function* () {
      return [
        yield* configure(0, 0, DURATION),
        yield* configure(1, 0, DURATION),
        yield* configure(0, 1, DURATION),
        yield* setStart(0),
        yield* setStart(1),
        yield* setStart(2),
        yield* set(0, seL4_CapInitThreadTCB),
        yield* set(1, seL4_CapInitThreadTCB),
      ];
    });
    expect(seen).toEqual([
      [seL4_NoError],
      [seL4_RangeError, 0, 0],
      [seL4_RangeError, 0, 0],
      [seL4_NoError],
      [seL4_InvalidArgument, 0],
      [seL4_RangeError, 0, 1],
      [seL4_NoError],
      [seL4_InvalidArgument, 0],
    ]);
  });

  it("domain time never ends by itself, however short the entry", () => {
    const { kernel } = scene(function* () {
      yield* configure(0, 0, 1);
      yield* setStart(0);
      for (let i = 0; i < 20; i++) yield* set(0, seL4_CapInitThreadTCB);
    });
    expect([kernel.state.domains.index, kernel.state.domains.timeLeft]).toEqual([0, 1]);
  });
});
