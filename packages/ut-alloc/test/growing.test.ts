/**
 * Running out while the CSpace itself has to grow: its slots are all taken, and there are so many pages left, from none
 * at all until the work succeeds.
 */
import { cspace_alloc_slot, type cspace_t } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_CapInitThreadASIDPool,
  seL4_CapInitThreadVSpace,
  seL4_CapIRQControl,
  seL4_CapNull,
  seL4_NoError,
  seL4_NotificationBits,
  seL4_NotificationObject,
  seL4_PageBits,
  seL4_ReadWrite,
  seL4_RISCV_4K_Page,
  seL4_RISCV_ASIDPool_Assign,
  seL4_RISCV_ExecuteNever,
  seL4_RISCV_PageTableObject,
  seL4_TCBBits,
  seL4_TCBObject,
  seL4_VSpaceBits,
} from "@tessera/libsel4";
import { expectNoLeaks, world } from "@tessera/testing";
import { expect, it } from "vitest";
import {
  alloc_frame,
  alloc_retype,
  ENOMEM,
  elf_load,
  elf_newFile,
  elf_write,
  frame_table_init,
  free_frame,
  IRQ_EP_BADGE,
  MAP_FRAME_NO_MEMORY,
  map_frame,
  NULL_FRAME,
  PF_R,
  sos_bootstrap,
  sos_init_irq_dispatch,
  sos_register_irq_handler,
  ut_alloc_4k_untyped,
  ut_free,
  type ut_t,
} from "../src/index.js";

const VSPACE = seL4_CapInitThreadVSpace;
const FAR = 0x10_0000_0000;
/** More than any work here needs. */
const MAX_PAGES = 20;

/** Prepared with plenty of everything; what is returned is done with too little, and tells whether it has succeeded. */
const WORKS: Record<string, (cspace: cspace_t) => Thread<() => Thread<boolean>>> = {
  // biome-ignore lint/correctness/useYield: there is nothing to prepare
  *alloc_retype(cspace) {
    return function* () {
      return (yield* alloc_retype(seL4_TCBObject, seL4_TCBBits, cspace)).ut !== null;
    };
  },
  *map_frame(cspace) {
    const { cptr } = yield* alloc_retype(seL4_RISCV_4K_Page, seL4_PageBits, cspace);
    return function* () {
      const err = yield* map_frame(cspace, cptr, VSPACE, FAR, seL4_ReadWrite, seL4_RISCV_ExecuteNever);
      if (err !== seL4_NoError) expect(err).toBe(MAP_FRAME_NO_MEMORY);
      return err === seL4_NoError;
    };
  },
  // biome-ignore lint/correctness/useYield: there is nothing to prepare
  *alloc_frame(cspace) {
    const frames = frame_table_init(cspace, VSPACE);
    return function* () {
      return (yield* alloc_frame(frames)) !== NULL_FRAME;
    };
  },
  *elf_load(cspace) {
    const frames = frame_table_init(cspace, VSPACE);
    free_frame(yield* alloc_frame(frames), frames);
    const { cptr } = yield* alloc_retype(seL4_RISCV_PageTableObject, seL4_VSpaceBits, cspace);
    yield* seL4_RISCV_ASIDPool_Assign(seL4_CapInitThreadASIDPool, cptr);
    const bytes = elf_write(FAR, [{ vaddr: FAR, bytes: Uint8Array.of(1), flags: PF_R }]);
    return function* () {
      return (yield* elf_load(cspace, cptr, elf_newFile(bytes).elf!, frames)).error === 0;
    };
  },
  *sos_register_irq_handler(cspace) {
    const { cptr } = yield* alloc_retype(seL4_NotificationObject, seL4_NotificationBits, cspace);
    const irqs = sos_init_irq_dispatch(cspace, seL4_CapIRQControl, cptr, IRQ_EP_BADGE, 1);
    // biome-ignore lint/correctness/useYield: it is never called
    const callback = function* () {
      return 0;
    };
    return function* () {
      const { error } = yield* sos_register_irq_handler(10, true, callback, null, irqs);
      if (error !== 0) expect(error).toBe(ENOMEM);
      return error === 0;
    };
  },
};

it.each(Object.entries(WORKS))(
  "%s fails cleanly, however few pages are left for it and for the CSpace to grow",
  (_, work) => {
    world({
      machine: { ramBytes: 8 * 1024 * 1024 },
      kernel: { rootCNodeBits: 9, checkInvariants: false },
      *root(bootinfo, _cspace, { kernel }) {
        const { cspace } = yield* sos_bootstrap(bootinfo, { root_cnode_size_bits: 14, dma: false });
        const run = yield* work(cspace);
        let held: ut_t[] = [];
        for (let pages = 0; pages < MAX_PAGES; pages++) {
          held.push(...(yield* allPages(cspace)));
          while ((yield* cspace_alloc_slot(cspace)) !== seL4_CapNull);
          for (const ut of held.slice(0, pages)) ut_free(ut);
          held = held.slice(pages);
          const before = kernel.snapshot();
          if (yield* run()) {
            expect(pages).toBeGreaterThan(0);
            return;
          }
          // A CNode by which the CSpace has grown stays.
          expectNoLeaks(kernel, before, { allow: ["untyped", "cnode"] });
        }
        throw new Error(`it does not succeed with ${MAX_PAGES} pages either`);
      },
    });
  },
);

function* allPages(cspace: cspace_t): Thread<ut_t[]> {
  const all: ut_t[] = [];
  for (let ut = yield* ut_alloc_4k_untyped(cspace); ut !== null; ut = yield* ut_alloc_4k_untyped(cspace)) all.push(ut);
  return all;
}
