/**
 * `alloc_retype`: memory, a slot and an object in one call, which is what most callers want.
 *
 * `free_retyped` is the way back, which C leaves to its callers.
 *
 * Source of names and behaviour: `sos/src/utils.h` of the course's system.
 */
import {
  cspace_alloc_slot,
  cspace_delete,
  cspace_free_slot,
  type cspace_t,
  cspace_untyped_retype,
} from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_CapNull,
  seL4_CapTableObject,
  type seL4_CPtr,
  type seL4_EndpointObject,
  seL4_NoError,
  type seL4_NotificationObject,
  type seL4_ReplyObject,
  type seL4_RISCV_4K_Page,
  type seL4_RISCV_PageTableObject,
  type seL4_SchedContextObject,
  seL4_SlotBits,
  type seL4_TCBObject,
  type seL4_UntypedObject,
} from "@tessera/libsel4";
import type { ut_t } from "./table.js";
import { ut_alloc, ut_free } from "./ut.js";

/** What a capability of each object type can be for: the kinds of those that fit into 4 KiB. */
interface KindOfType {
  readonly [seL4_UntypedObject]: "Untyped";
  readonly [seL4_TCBObject]: "TCB";
  readonly [seL4_EndpointObject]: "Endpoint";
  readonly [seL4_NotificationObject]: "Notification";
  readonly [seL4_CapTableObject]: "CNode";
  readonly [seL4_SchedContextObject]: "SchedContext";
  readonly [seL4_ReplyObject]: "Reply";
  readonly [seL4_RISCV_4K_Page]: "Page";
  readonly [seL4_RISCV_PageTableObject]: "PageTable";
}

/** The capability that an object of type `T` is made with; a plain one when the type is known only at run time. */
export type CPtrOf<T extends number> = T extends keyof KindOfType ? seL4_CPtr<KindOfType[T]> : seL4_CPtr;

/** `cptr` is C's out-parameter; when `ut` is null nothing was made and `cptr` is seL4_CapNull, else it is a `retyped_t`. */
export type alloc_retype_result<T extends number> =
  | { readonly ut: ut_t; readonly cptr: CPtrOf<T> }
  | { readonly ut: null; readonly cptr: CPtrOf<T> };

/**
 * Allocate memory and a slot, and make one object. Cannot block. The memory is cut as `ut_alloc` cuts it.
 * @param type object type
 * @param size_bits log2 of the object's bytes (`seL4_TCBBits`, ...), for a CNode of its slots
 * @param cspace the CSpace that the caller runs on; C's one is global
 * @param name what people call the object (`seL4_Untyped_Retype`); not part of C's function
 * @returns `ut` null when memory or slots have run out, or the kernel refuses such an object; then all is as before
 * @throws RangeError when `type` or `size_bits` is no whole number
 * @example
 * ```ts root
 * const ep = yield* alloc_retype(seL4_EndpointObject, seL4_EndpointBits, cspace);
 * if (ep.ut === null) throw new Error("nothing was made");
 * yield* free_retyped(ep, cspace);
 * ```
 */
export function* alloc_retype<T extends number>(
  type: T,
  size_bits: number,
  cspace: cspace_t,
  name?: string,
): Thread<alloc_retype_result<T>> {
  if (!(Number.isSafeInteger(type) && type >= 0)) throw new RangeError(`alloc_retype: ${type} is no object type`);
  const bytes_bits = type === seL4_CapTableObject ? size_bits + seL4_SlotBits : size_bits;
  const ut: ut_t | null = yield* ut_alloc(bytes_bits, cspace);
  if (ut === null) return { ut, cptr: seL4_CapNull as CPtrOf<T> };
  return yield* alloc_retype_from(ut, type, size_bits, cspace, name);
}

/** The same with untyped memory that is there already, which is freed when it fails; `name` as there. */
export function* alloc_retype_from<T extends number>(
  ut: ut_t,
  type: T,
  size_bits: number,
  cspace: cspace_t,
  name?: string,
): Thread<alloc_retype_result<T>> {
  const cptr = yield* cspace_alloc_slot(cspace);
  const err = cptr === seL4_CapNull ? null : yield* cspace_untyped_retype(cspace, ut.cap, cptr, type, size_bits, name);
  if (err === seL4_NoError) return { ut, cptr: cptr as CPtrOf<T> };

  yield* cspace_free_slot(cspace, cptr);
  ut_free(ut);
  return { ut: null, cptr: seL4_CapNull as CPtrOf<T> };
}

/** An object and the memory that it is made of. */
export interface retyped_t {
  readonly ut: ut_t;
  readonly cptr: seL4_CPtr;
}

/**
 * What `alloc_retype` made goes back: the capability is deleted, slot and memory are free. Cannot block. Copies of the
 * capability must be gone, or the memory cannot be used again.
 */
export function* free_retyped({ ut, cptr }: retyped_t, cspace: cspace_t): Thread<void> {
  yield* cspace_delete(cspace, cptr);
  yield* cspace_free_slot(cspace, cptr);
  ut_free(ut);
}
