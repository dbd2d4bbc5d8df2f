import {
  CSPACE_NOERROR,
  cspace_alloc_slot,
  cspace_create_one_level,
  cspace_create_two_level,
  cspace_destroy,
  cspace_free_slot,
  type cspace_t,
} from "@tessera/cspace-lib";
import { load, store, type Thread } from "@tessera/hal-sim/isa";
import {
  type seL4_BootInfo,
  seL4_CapInitThreadCNode,
  seL4_CapInitThreadVSpace,
  seL4_CapNull,
  seL4_DebugCapIdentify,
  seL4_EndpointBits,
  seL4_EndpointObject,
  seL4_RISCV_4K_Page,
  seL4_RISCV_Page_GetAddress,
} from "@tessera/libsel4";
import { CapTag } from "@tessera/libsel4/abi";
import { expectNoLeaks, type WorldHost, type WorldOptions, world } from "@tessera/testing";
import { describe, expect, it } from "vitest";
import {
  alloc_frame,
  alloc_retype,
  frame_data,
  frame_table_init,
  free_retyped,
  NULL_FRAME,
  SOS_UT_TABLE,
  sos_bootstrap,
  type sos_bootstrap_options,
  type sos_bootstrapped,
  sos_dma_malloc,
  untyped_in_range,
  ut_alloc,
  ut_alloc_4k_device,
  ut_alloc_4k_untyped,
  ut_free,
  ut_size,
  type ut_t,
} from "../src/index.js";

const MIB = 1024 * 1024;
const PAGE = 4096;

/** A machine of 8 MiB, whose root task bootstraps and then runs `main`. */
function booted(
  main: (sos: sos_bootstrapped, bootinfo: seL4_BootInfo, host: WorldHost) => Thread<void>,
  options: sos_bootstrap_options = {},
  world_options: Partial<WorldOptions<void>> = {},
): void {
  world({
    onReport: () => {},
    machine: { ramBytes: 8 * MIB },
    kernel: { rootCNodeBits: 9, checkInvariants: false },
    ...world_options,
    *root(bootinfo, _, host) {
      const sos = yield* sos_bootstrap(bootinfo, { root_cnode_size_bits: 14, ...options });
      yield* main(sos, bootinfo, host);
    },
  });
}

/** Every page that there is. */
function* allPages(cspace: cspace_t): Thread<ut_t[]> {
  const all: ut_t[] = [];
  for (let ut = yield* ut_alloc_4k_untyped(cspace); ut !== null; ut = yield* ut_alloc_4k_untyped(cspace)) all.push(ut);
  return all;
}

describe("sos_bootstrap", () => {
  it("leaves every capability at its address, in a CSpace of two levels", () => {
    world({
      machine: { ramBytes: 8 * MIB },
      kernel: { rootCNodeBits: 9 },
      *root(bootinfo) {
        const identify = function* (): Thread<number[]> {
          const tags: number[] = [];
          for (let slot = 0; slot < bootinfo.empty.start; slot++) tags.push(yield* seL4_DebugCapIdentify(slot));
          return tags;
        };
        const before = yield* identify();
        const { cspace } = yield* sos_bootstrap(bootinfo);
        expect(yield* identify()).toEqual(before);
        expect(before.filter((tag) => tag !== CapTag.null).length).toBeGreaterThan(20);
        expect(cspace).toMatchObject({ two_level: true, root_cnode: seL4_CapInitThreadCNode, top_lvl_size_bits: 18 });
      },
    });
  });

  it("hands out every page of memory once, at the address that its record says, without taking a slot", () => {
    booted(function* ({ cspace }, bootinfo) {
      const slot = yield* cspace_alloc_slot(cspace);
      yield* cspace_free_slot(cspace, slot);
      const pages = yield* allPages(cspace);
      expect(yield* cspace_alloc_slot(cspace)).toBe(slot);

      const addresses = pages.map(({ paddr }) => paddr).sort((a, b) => a - b);
      expect(addresses.every((paddr, i) => i === 0 || paddr >= addresses[i - 1]! + PAGE)).toBe(true);
      const listed = bootinfo.untypedList.filter(({ isDevice }) => !isDevice);
      expect(
        addresses.every((at) => listed.some((ut) => at >= ut.paddr && at + PAGE <= ut.paddr + 2 ** ut.sizeBits)),
      ).toBe(true);
      // What is not handed out: less than a page each, the DMA page, and what the CSpace is made of.
      const bytes = listed.reduce((sum, { sizeBits }) => sum + 2 ** sizeBits, 0);
      const cnodes = cspace.bot_lvl_untypeds.length + cspace.bot_lvl_nodes.length + 2 + 4;
      const small = ut_size(cspace) - pages.length * PAGE;
      expect(bytes - small - pages.length * PAGE).toBe(2 * MIB + cnodes * PAGE);

      for (const ut of [pages[0]!, pages.at(-1)!, pages[700]!]) {
        ut_free(ut);
        const { cptr } = yield* alloc_retype(seL4_RISCV_4K_Page, 12, cspace);
        expect((yield* seL4_RISCV_Page_GetAddress(cptr)).paddr).toBe(ut.paddr);
      }
    });
  });

  it("gives a DMA page that can be written, and devices by their address", () => {
    booted(function* ({ cspace, dma }) {
      const { vaddr, paddr } = sos_dma_malloc(64, 64, dma!);
      yield* store(vaddr, 3);
      expect(yield* load(vaddr)).toBe(3);
      expect(paddr % (2 * MIB)).toBe(0);
      expect((yield* ut_alloc_4k_device(0x1000_0000, cspace))!.paddr).toBe(0x1000_0000);
    });
  });

  it("keeps the book-keeping in simulated memory: a slot that is taken is a bit that is set there", () => {
    booted(function* ({ cspace }) {
      const slot = yield* cspace_alloc_slot(cspace);
      const word = SOS_UT_TABLE + Math.floor(slot / 128) * 24 + Math.floor((slot % 128) / 64) * 8;
      const before = yield* load(word);
      yield* cspace_free_slot(cspace, slot);
      expect(before - (yield* load(word))).toBe(2 ** (slot % 64));
    });
  });

  it("the CSpace grows as the root task goes on: three thousand slots, freed and used again", () => {
    booted(function* ({ cspace }, _, { kernel }) {
      const take = function* (): Thread<number[]> {
        const slots: number[] = [];
        while (slots.length < 3000) slots.push(yield* cspace_alloc_slot(cspace));
        return slots;
      };
      const slots = yield* take();
      expect(new Set(slots).size).toBe(3000);
      expect(slots).not.toContain(seL4_CapNull);
      for (const slot of slots) yield* cspace_free_slot(cspace, slot);
      const before = kernel.snapshot();
      expect(yield* take()).toEqual(slots);
      expectNoLeaks(kernel, before);
    });
  });

  it("when all memory is gone, the CSpace says 0 instead of growing, and goes on when some is back", () => {
    booted(function* ({ cspace }, _, { kernel }) {
      const pages = yield* allPages(cspace);
      while ((yield* cspace_alloc_slot(cspace)) !== seL4_CapNull);
      const before = kernel.snapshot();
      expect(yield* alloc_retype(seL4_EndpointObject, seL4_EndpointBits, cspace)).toEqual({ ut: null, cptr: 0 });
      expect(yield* cspace_alloc_slot(cspace)).toBe(seL4_CapNull);
      expectNoLeaks(kernel, before, { allow: ["untyped"] });
      ut_free(pages[0]!);
      expect(yield* cspace_alloc_slot(cspace)).not.toBe(seL4_CapNull);
    });
  });

  it("CSpaces of both kinds are made from it and destroyed, and nothing is left of them", () => {
    booted(function* ({ cspace }, _, { kernel }) {
      const once = function* (): Thread<void> {
        const one = yield* cspace_create_one_level(cspace);
        const two = yield* cspace_create_two_level(cspace, cspace.alloc!);
        expect([one.error, two.error]).toEqual([CSPACE_NOERROR, CSPACE_NOERROR]);
        expect(yield* cspace_alloc_slot(one.target!)).toBe(1);
        expect(yield* cspace_alloc_slot(two.target!)).toBe(6);
        yield* cspace_destroy(two.target!);
        yield* cspace_destroy(one.target!);
      };
      yield* once();
      const before = kernel.snapshot();
      const { windows } = cspace.alloc!.cookie as { windows: { bootstrap: number } };
      const end = windows.bootstrap;
      for (let i = 0; i < 20; i++) yield* once();
      expectNoLeaks(kernel, before);
      expect(windows.bootstrap).toBe(end);
    });
  });

  it("everything else works on it: small objects, the frame table, until nothing is left", () => {
    booted(function* ({ cspace }, _, { kernel }) {
      const frames = frame_table_init(cspace, seL4_CapInitThreadVSpace);
      const made = yield* alloc_retype(seL4_EndpointObject, seL4_EndpointBits, cspace);
      yield* free_retyped({ ut: made.ut!, cptr: made.cptr }, cspace);
      let count = 0;
      let ref = yield* alloc_frame(frames);
      for (; ref !== NULL_FRAME; ref = yield* alloc_frame(frames)) {
        yield* store(frame_data(ref, frames), ++count);
      }
      expect(count).toBeGreaterThan(800);
      expect(yield* load(frame_data(count, frames))).toBe(count);
      const before = kernel.snapshot();
      expect(yield* alloc_frame(frames)).toBe(NULL_FRAME);
      expectNoLeaks(kernel, before);
    });
  });

  it("another CSpace than the caller's own has no allocator", () => {
    booted(function* ({ cspace }) {
      const { target } = yield* cspace_create_two_level(cspace, cspace.alloc!);
      let message = "";
      try {
        yield* ut_alloc(4, target!);
      } catch (error) {
        message = (error as Error).message;
      }
      expect(message).toMatch(/pass the CSpace that you run on/);
    });
  });

  it.each([
    ["a root CNode that is too small for memory", {}, { root_cnode_size_bits: 7 }, /cannot hold a slot for each/],
    ["no 2 MiB for DMA", { machine: { ramBytes: 4 * MIB } }, {}, /no untyped of the kernel's has 2\^21 bytes left/],
  ])("cannot go on with %s, and says so", (_, machine, options, message) => {
    expect(() => booted(function* () {}, options, machine)).toThrow(message);
  });

  it("works without DMA where there is little memory", () => {
    booted(
      function* ({ cspace, dma }) {
        expect(dma).toBe(null);
        expect(yield* ut_alloc_4k_untyped(cspace)).not.toBe(null);
      },
      { dma: false },
      { machine: { ramBytes: 4 * MIB } },
    );
  });
});

it("untyped_in_range is memory and devices below 4 GiB, of 4 GiB at most", () => {
  const desc = (paddr: number, sizeBits: number) => ({ paddr, sizeBits, isDevice: false });
  expect(untyped_in_range(desc(0xffff_f000, 12))).toBe(true);
  expect(untyped_in_range(desc(0x1_0000_0000, 12))).toBe(false);
  expect(untyped_in_range(desc(0, 33))).toBe(false);
});
