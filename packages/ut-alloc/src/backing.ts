/**
 * What a CSpace is made of, for cspace-lib: its call-backs, over the table and the windows of the root task.
 *
 * In C each gets the CSpace as its cookie; here they are closed over it. Book-keeping is mapped from SOS_UT_TABLE
 * upward. An address is used again only when cspace-lib says that it is free; C never does.
 *
 * Source of names and behaviour: `sos/src/bootstrap.h` of the course's system.
 */
import type { backing_ut, cspace_alloc_t, cspace_mapped, cspace_t } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  type seL4_CPtr,
  seL4_NoError,
  seL4_PageBits,
  seL4_ReadWrite,
  seL4_RISCV_ExecuteNever,
  type seL4_RISCV_Page,
} from "@tessera/libsel4";
import { map_frame, map_frame_cspace } from "./map-frame.js";
import { type ut_t, ut_table_of, type ut_table_t, type ut_windows_t } from "./table.js";
import { ut_alloc_4k_untyped, ut_free } from "./ut.js";
import { SOS_FRAME_TABLE } from "./vmem-layout.js";

const PAGE_BYTES = 2 ** seL4_PageBits;

/**
 * Map a frame into the root task, readable and writable, at the next address of its window; it is never unmapped.
 * Cannot block. Takes what `map_frame` takes for page tables; on failure nothing has changed.
 * @param cspace the CSpace that the caller runs on
 * @returns the address; null when mapping fails or the window is full
 * @throws TypeError when `cspace` has no allocator of its own
 */
export function* bootstrap_map_frame(cspace: cspace_t, frame: seL4_RISCV_Page): Thread<number | null> {
  const { windows } = ut_table_of(cspace);
  const vaddr = nextAddress(windows);
  if (vaddr === null) return null;
  const err = yield* map_frame(cspace, frame, windows.vspace, vaddr, seL4_ReadWrite, seL4_RISCV_ExecuteNever);
  if (err !== seL4_NoError) return null;
  useAddress(windows, vaddr);
  return vaddr;
}

/**
 * C's `map_frame` call-back: as `bootstrap_map_frame`, with page tables in the slots that it is given.
 * @param cspace the CSpace that the caller runs on; with null, C's cookie of its tests, it fails
 * @returns `vaddr` 0 on failure, and then `used` is 0
 */
export function* bootstrap_cspace_map_frame(
  cspace: cspace_t | null,
  frame: seL4_CPtr<"Page">,
  free_slots: readonly seL4_CPtr[],
): Thread<cspace_mapped> {
  const windows = cspace === null ? null : ut_table_of(cspace).windows;
  const vaddr = windows === null ? null : nextAddress(windows);
  if (windows === null || vaddr === null) return { vaddr: 0, used: 0 };
  const access = [seL4_ReadWrite, seL4_RISCV_ExecuteNever] as const;
  const { error, used } = yield* map_frame_cspace(cspace, frame, windows.vspace, vaddr, ...access, free_slots);
  if (error !== seL4_NoError) return { vaddr: 0, used: 0 };
  useAddress(windows, vaddr);
  return { vaddr, used };
}

/** C's `alloc_4k_ut` call-back: `ut_alloc_4k_untyped`; null, where C dereferences it, when memory has run out. */
export function* bootstrap_cspace_alloc_4k_ut(cspace: cspace_t): Thread<ut_t | null> {
  return yield* ut_alloc_4k_untyped(cspace);
}

/** C's `free_4k_ut` call-back: `ut_free`. */
export function bootstrap_cspace_free_4k_ut(untyped: backing_ut): void {
  ut_free(untyped as ut_t);
}

/**
 * The call-backs of a CSpace that is yet to be made, with `table` as its allocator.
 * @param self that CSpace, asked for when a call-back is called
 */
export function backingOf(self: () => cspace_t, table: ut_table_t): cspace_alloc_t {
  return {
    map_frame: (frame, free_slots) => bootstrap_cspace_map_frame(self(), frame, free_slots),
    // biome-ignore lint/correctness/useYield: call-backs may trap, this one need not
    *unmap_frame(vaddr) {
      table.windows.bootstrap_free.push(vaddr);
    },
    alloc_4k_ut: () => bootstrap_cspace_alloc_4k_ut(self()),
    // biome-ignore lint/correctness/useYield: call-backs may trap, this one need not
    *free_4k_ut(untyped) {
      bootstrap_cspace_free_4k_ut(untyped);
    },
    cookie: table,
  };
}

function nextAddress({ bootstrap, bootstrap_free }: ut_windows_t): number | null {
  return bootstrap_free.at(-1) ?? (bootstrap < SOS_FRAME_TABLE ? bootstrap : null);
}

function useAddress(windows: ut_windows_t, vaddr: number): void {
  if (windows.bootstrap_free.at(-1) === vaddr) windows.bootstrap_free.pop();
  else windows.bootstrap = vaddr + PAGE_BYTES;
}
