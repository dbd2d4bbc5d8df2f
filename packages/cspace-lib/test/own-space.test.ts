import {
  seL4_AllRights,
  seL4_CapInitThreadTCB,
  seL4_CapNull,
  seL4_DebugCapIdentify,
  seL4_NoError,
} from "@tessera/libsel4";
import { CapTag } from "@tessera/libsel4/abi";
import { expectNoLeaks, type RootMain, world } from "@tessera/testing";
import { describe, expect, it } from "vitest";
import {
  BOT_LVL_PER_NODE,
  cspace_adopt_two_level,
  cspace_alloc_slot,
  cspace_copy,
  cspace_create_one_level,
  cspace_create_two_level,
  cspace_destroy,
  cspace_free_slot,
  type cspace_t,
} from "../src/index.js";
import { messageOf } from "./support/message-of.js";
import { moveIntoOwnSpace } from "./support/own-space.js";

/** The first slot that needs a second page of book-keeping. */
const BEYOND = BOT_LVL_PER_NODE * 128;

function longWorld(root: RootMain<void>): void {
  world({ root, kernel: { checkInvariants: false }, limit: { events: 1_000_000 } });
}

/** Slots one after the other, until `last` is out. */
function* allocateTo(c: cspace_t, last: number) {
  let slot = 0;
  while (slot < last) slot = yield* cspace_alloc_slot(c);
}

describe("A CSpace of two levels that its holder runs on", () => {
  it("hands out what is free behind the first slots and the watermark, and grows from its own memory", () => {
    longWorld(function* (bootinfo) {
      const c = yield* moveIntoOwnSpace(bootinfo);
      expect(c).toMatchObject({ watermark: [376, 377, 378, 379], bootstrap: null });
      for (let slot = 380; slot < 600; slot++) expect(yield* cspace_alloc_slot(c)).toBe(slot);
      expect(c.bot_lvl_untypeds.length).toBe(5);
      yield* cspace_free_slot(c, 100);
      expect(yield* cspace_alloc_slot(c)).toBe(100);
    });
  });

  it("takes another page of book-keeping and its page tables into the watermark, and fills that again", () => {
    longWorld(function* (bootinfo, _, { kernel }) {
      const c = yield* moveIntoOwnSpace(bootinfo);
      yield* allocateTo(c, BEYOND - 1);
      expect(c.bot_lvl_nodes.length).toBe(1);
      expect(yield* cspace_alloc_slot(c)).toBe(BEYOND);
      expect(c.bot_lvl_nodes[1]).toMatchObject({ frame: 376 });
      const kinds = [];
      for (const slot of [376, 377, 378, 379]) kinds.push(yield* seL4_DebugCapIdentify(slot));
      // Two tables were missing where it was mapped.
      expect(kinds).toEqual([CapTag.frame, CapTag.pageTable, CapTag.pageTable, CapTag.null]);
      expect(c.watermark).toEqual([BEYOND + 1, BEYOND + 2, BEYOND + 3, 379]);
      expect(yield* cspace_alloc_slot(c)).toBe(BEYOND + 4);
      expect(kernel.checkInvariants()).toEqual([]);
    });
  });

  it("does not grow, and has lost nothing, when any request of that growth fails; then it grows", () => {
    let refuse = Number.NaN;
    let request = 0;
    const wrap: Parameters<typeof moveIntoOwnSpace>[1] = (memory) => ({
      ...memory,
      *alloc_4k_ut() {
        return ++request === refuse ? null : yield* memory.alloc_4k_ut();
      },
    });
    longWorld(function* (bootinfo, _, { kernel }) {
      const c = yield* moveIntoOwnSpace(bootinfo, wrap);
      yield* allocateTo(c, BEYOND - 1);
      const before = kernel.snapshot();
      // CNode, page of book-keeping, two page tables.
      for (let step = 1; step <= 4; step++) {
        refuse = request + step;
        expect(yield* cspace_alloc_slot(c)).toBe(seL4_CapNull);
        expect(request).toBe(refuse);
        expectNoLeaks(kernel, before);
        expect(c.watermark).toEqual([376, 377, 378, 379]);
        yield* cspace_free_slot(c, 5000);
        expect(yield* cspace_alloc_slot(c)).toBe(5000);
      }
      expect(yield* cspace_alloc_slot(c)).toBe(BEYOND);
    });
  });

  it("has no slot for a call-back that asks for one while it grows, and does not grow twice", () => {
    const asked: number[] = [];
    longWorld(function* (bootinfo) {
      const c: cspace_t = yield* moveIntoOwnSpace(bootinfo, (memory) => ({
        ...memory,
        *alloc_4k_ut() {
          asked.push(yield* cspace_alloc_slot(c));
          return yield* memory.alloc_4k_ut();
        },
      }));
      yield* allocateTo(c, 384);
      expect(c.bot_lvl_untypeds.length).toBe(4);
    });
    expect(asked).toEqual([seL4_CapNull]);
  });

  it("makes CSpaces of both kinds, whose memory and slots all come back", () => {
    longWorld(function* (bootinfo, _, { kernel }) {
      const c = yield* moveIntoOwnSpace(bootinfo);
      // Beyond the end of a CNode, so that there is room and it need not grow itself: what it grew by would stay.
      yield* allocateTo(c, 384);
      const before = kernel.snapshot();
      const next = yield* cspace_alloc_slot(c);
      yield* cspace_free_slot(c, next);
      for (let i = 0; i < 3; i++) {
        const two = (yield* cspace_create_two_level(c, c.alloc!)).target!;
        const one = (yield* cspace_create_one_level(two.bootstrap!)).target!;
        yield* allocateTo(two, 400);
        expect(yield* cspace_copy(two, 400, c, seL4_CapInitThreadTCB, seL4_AllRights)).toBe(seL4_NoError);
        expect(yield* cspace_copy(one, 1, two, 400, seL4_AllRights)).toBe(seL4_NoError);
        yield* cspace_destroy(two);
        yield* cspace_destroy(one);
        expectNoLeaks(kernel, before);
        expect(yield* cspace_alloc_slot(c)).toBe(next);
        yield* cspace_free_slot(c, next);
      }
    });
  });

  it("refuses to give up a slot that it holds back, and one that is free already", () => {
    longWorld(function* (bootinfo) {
      const c = yield* moveIntoOwnSpace(bootinfo);
      expect(() => [...cspace_free_slot(c, 377)]).toThrow(/holds this slot back/);
      for (const free of [380, 30_000]) expect(yield* messageOf(cspace_free_slot(c, free))).toMatch(/is free already/);
      expect(() => [...cspace_free_slot(c, 2 ** 15)]).toThrow(/has slots 1 to 32767/);
    });
  });
});

describe("cspace_adopt_two_level", () => {
  it("refuses parts that do not fit together, before it touches them", () => {
    const node = { vaddr: 0, frame: 0, untyped: null };
    const fits = { root_cnode: 2, slot_bits: 8, cnodes: 3, bot_lvl_nodes: [node], first_free: 100 };
    world({
      *root(_, cspace) {
        for (const [wrong, message] of [
          [{ bot_lvl_nodes: [] }, /room for 0 CNodes, not 3/],
          [{ slot_bits: 1 }, /room for 2 CNodes, not 3/],
          [{ cnodes: 170 }, /room for 169 CNodes, not 170/],
          [{ first_free: 0 }, /do not have 4 slots from 0 up/],
          [{ first_free: 381 }, /3 CNodes do not have 4 slots from 381 up/],
        ] as const) {
          const parts = { ...fits, ...wrong };
          expect(yield* messageOf(cspace_adopt_two_level(parts, cspace.alloc!))).toMatch(message);
        }
      },
    });
  });
});
