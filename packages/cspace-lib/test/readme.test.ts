import { seL4_EndpointBits, seL4_EndpointObject, seL4_NoError } from "@tessera/libsel4";
import { expectNoLeaks, world } from "@tessera/testing";
import { expect, it } from "vitest";
import { cspace_alloc_slot, cspace_untyped_retype } from "../src/index.js";
import { useTwoLevels } from "./support/readme-example.js";

it("a CSpace as the README makes it leaves nothing behind", () => {
  world({
    kernel: { checkInvariants: false },
    *root(_, cspace, { kernel }) {
      const memory = cspace.alloc!;
      const page = (yield* memory.alloc_4k_ut())!;
      const ep = yield* cspace_alloc_slot(cspace);
      const err = yield* cspace_untyped_retype(cspace, page.cap, ep, seL4_EndpointObject, seL4_EndpointBits);
      expect(err).toBe(seL4_NoError);
      // Its allocator keeps what it has cut, and the page tables of its window.
      yield* useTwoLevels(cspace, memory, ep);
      const before = kernel.snapshot();
      const entries = kernel.machine.events;
      yield* useTwoLevels(cspace, memory, ep);
      expect(kernel.machine.events - entries).toBeGreaterThan(1000);
      expectNoLeaks(kernel, before);
    },
  });
});
