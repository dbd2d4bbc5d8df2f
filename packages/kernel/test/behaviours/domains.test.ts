/** Setting the domain of a thread. */
import {
  seL4_CapDomain,
  seL4_DomainSet_Set,
  seL4_IllegalOperation,
  seL4_InvalidArgument,
  seL4_NoError,
  seL4_Yield,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { behaviour } from "./test-thread.js";

const TWO_DOMAINS = { kernel: { domains: 2 }, limit: { events: 400 } };

describe("DomainSet_Set", () => {
  it("DOMAINS0001: puts T into the last domain and into domain 0, of which there is one", () => {
    const { value } = behaviour(function* ({ tcb }) {
      return [yield* seL4_DomainSet_Set(seL4_CapDomain, 0, tcb), yield* seL4_DomainSet_Set(seL4_CapDomain, 0, tcb)];
    });
    expect(value).toEqual([seL4_NoError, seL4_NoError]);
  });

  it("DOMAINS0001: a thread runs while it is in the domain whose turn it is, and in no other", () => {
    const at = { steps: 0 };
    const { value } = behaviour(
      function* (t) {
        const { tcb } = yield* t.start("stepper", { priority: 254 });
        const seen: number[] = [];
        for (const domain of [0, 1, 0]) {
          seen.push(yield* seL4_DomainSet_Set(seL4_CapDomain, domain, tcb));
          for (let i = 0; i < 3; i++) yield* seL4_Yield();
          seen.push(at.steps);
        }
        return seen;
      },
      {
        *stepper() {
          for (;;) {
            at.steps++;
            yield* seL4_Yield();
          }
        },
      },
      TWO_DOMAINS,
    );
    expect(value).toEqual([seL4_NoError, 3, seL4_NoError, 3, seL4_NoError, 6]);
  });

  it("DOMAINS0002: refuses a domain that does not exist (InvalidArgument), the first of them too", () => {
    const { value } = behaviour(function* ({ tcb }) {
      return [yield* seL4_DomainSet_Set(seL4_CapDomain, 11, tcb), yield* seL4_DomainSet_Set(seL4_CapDomain, 1, tcb)];
    });
    expect(value).toEqual([seL4_InvalidArgument, seL4_InvalidArgument]);
  });

  it("DOMAINS0003: is an operation that a TCB does not know (IllegalOperation)", () => {
    const { value } = behaviour(
      ({ tcb }) => seL4_DomainSet_Set(tcb, 0, tcb)[Symbol.iterator]() as Generator<void, number, void>,
    );
    expect(value).toBe(seL4_IllegalOperation);
  });
});
