/**
 * Making something of several objects: all of it, or nothing.
 *
 * The steps note each object that they make. One that fails throws NotMade, which never leaves this package: whoever
 * began gives back what was noted, newest first, and returns the reason.
 */
import type { cspace_t } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import { seL4_NoError, sel4_strerror } from "@tessera/libsel4";
import { alloc_retype, type CPtrOf, free_retyped, type retyped_t } from "./alloc-retype.js";
import { MAP_FRAME_NO_MEMORY } from "./map-frame.js";

/** What a call returns that makes something of several objects: it succeeds, or has changed nothing and says why. */
export type made_t<T> =
  | { readonly error: 0; readonly made: T }
  | { readonly error: -1; readonly made: null; readonly reason: string };

/** A step has failed; the message says which. It is caught where everything is given back, and becomes `reason`. */
export class NotMade extends Error {}

/**
 * What a call returns that failed, after everything has been given back.
 * @throws what was thrown for another reason: a bad argument
 */
export function refused(thrown: unknown): { readonly error: -1; readonly made: null; readonly reason: string } {
  if (thrown instanceof NotMade) return { error: -1, made: null, reason: thrown.message };
  throw thrown;
}

/** Go on when a step succeeded. */
export function need(err: number, step: string): void {
  if (err === seL4_NoError) return;
  throw new NotMade(`${step}: ${err === MAP_FRAME_NO_MEMORY ? "no memory or slots" : sel4_strerror(err)}`);
}

/** A new object, noted in `objects`. */
export function* need_object<T extends number>(
  type: T,
  size_bits: number,
  what: string,
  objects: retyped_t[],
  cspace: cspace_t,
): Thread<CPtrOf<T>> {
  const { ut, cptr } = yield* alloc_retype(type, size_bits, cspace);
  if (ut === null) throw new NotMade(`no memory or slots for ${what}`);
  objects.push({ ut, cptr });
  return cptr;
}

/** Newest first: what was made last may use what was made before. */
export function* free_objects(objects: retyped_t[], cspace: cspace_t): Thread<void> {
  for (let object = objects.pop(); object !== undefined; object = objects.pop()) yield* free_retyped(object, cspace);
}
