/** `alloc_retype` for programs that cannot go on without the object. */
import type { cspace_t } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import { alloc_retype, type CPtrOf } from "@tessera/ut-alloc";

/**
 * The capability to a new object of this type.
 * @throws Error when memory or slots have run out
 */
export function* make<T extends number>(type: T, size_bits: number, cspace: cspace_t): Thread<CPtrOf<T>> {
  const { ut, cptr } = yield* alloc_retype(type, size_bits, cspace);
  if (ut === null) throw new Error(`no memory for an object of type ${type} and 2^${size_bits} bytes`);
  return cptr;
}
