/** Bugs planted into the book-keeping: each must be named by the check that the other tests rely on. */
import type { Thread } from "@tessera/hal-sim/isa";
import { seL4_AllRights, seL4_CapInitThreadTCB } from "@tessera/libsel4";
import { findLeaks, world } from "@tessera/testing";
import { expect, it } from "vitest";
import {
  cspace_alloc_slot,
  cspace_copy,
  cspace_create_two_level,
  cspace_delete,
  cspace_destroy,
  cspace_free_slot,
} from "../src/index.js";
import { lostSlots } from "./support/occupancy.js";
import { cutPages } from "./support/pages.js";
import { WINDOW, withWindow } from "./support/window.js";

it("a lost slot is named: taken and never given back, or given back with its capability in it", () => {
  world({
    *root(_, root, { kernel }) {
      const cspace = withWindow(root);
      const c = (yield* cspace_create_two_level(cspace, cspace.alloc)).target!;
      const slots = [];
      for (let i = 0; i < 200; i++) {
        const slot = yield* cspace_alloc_slot(c);
        slots.push(slot);
        yield* cspace_copy(c, slot, cspace, seL4_CapInitThreadTCB, seL4_AllRights);
      }
      expect(yield* lostSlots(c, kernel)).toEqual([]);
      for (const slot of slots) {
        if (slot !== 77) yield* cspace_delete(c, slot);
        if (slot !== 150) yield* cspace_free_slot(c, slot);
      }
      expect(yield* lostSlots(c, kernel)).toEqual([
        "slot 150 is taken and holds nothing",
        "slot 77 is free and holds a capability: thread",
      ]);
    },
  });
});

it("a lost capability is named: who destroys a CSpace forgets the slot of a copy", () => {
  world({
    *root(_, cspace, { kernel }) {
      const before = kernel.snapshot();
      const slot = yield* cspace_alloc_slot(cspace);
      yield* cspace_copy(cspace, slot, cspace, seL4_CapInitThreadTCB, seL4_AllRights);
      yield* cspace_free_slot(cspace, slot);
      const { text, slots } = findLeaks(kernel, before);
      expect(slots).toBe(1);
      expect(text).toContain(`slot 0x${slot.toString(16)} of CNode`);
    },
  });
});

it("a lost frame is named: a destroy that forgets the page of book-keeping", () => {
  world({
    *root(_, root, { kernel }) {
      const cspace = withWindow(root);
      // Another one keeps the page tables standing.
      yield* cspace_create_two_level(cspace, cspace.alloc);
      yield* cutPages(cspace, 4);
      const before = kernel.snapshot();
      const c = (yield* cspace_create_two_level(cspace, cspace.alloc)).target!;
      const [page] = c.bot_lvl_nodes;
      c.bot_lvl_nodes[0] = { ...page!, untyped: null };
      yield* cspace_destroy(c);
      const { text, leaks, bytes } = findLeaks(kernel, before);
      expect(leaks.map(({ kind }) => kind)).toEqual(["frame"]);
      expect(bytes).toBe(4096);
      expect(text).toMatch(/frame \d+: 4096 bytes of untyped \d+/);
      expect(text).toContain(`mapped at 0x${(WINDOW + 4096).toString(16)}`);
    },
  });
});

it("lost memory is named: a destroy that forgets CNodes of the second level, and pages that are cut in their place", () => {
  world({
    *root(_, root, { kernel }) {
      const cspace = withWindow(root);
      const work = function* (forgotten: number): Thread {
        const c = (yield* cspace_create_two_level(cspace, cspace.alloc)).target!;
        while ((yield* cspace_alloc_slot(c)) < 300);
        c.bot_lvl_untypeds.length -= forgotten;
        yield* cspace_destroy(c);
      };
      yield* work(0);
      const before = kernel.snapshot();
      yield* work(0);
      expect(findLeaks(kernel, before).leaks).toEqual([]);
      yield* work(2);
      yield* work(0);
      const { leaks, bytes } = findLeaks(kernel, before);
      expect(leaks.map(({ kind }) => kind)).toEqual(["cnode", "cnode", "untyped", "untyped"]);
      expect(bytes).toBe(4 * 4096);
    },
  });
});
