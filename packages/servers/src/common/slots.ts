/**
 * Where capabilities arrive. A thread has one receive path, and the kernel drops into its slot whatever capability a
 * message brings, wanted or not; a slot that is in use already leaves later ones behind without an error. So a program
 * that receives has one slot armed, empty, and after each message either keeps what is in it or throws it away.
 *
 * seL4 manual, "Capability Transfer".
 */
import { cspace_alloc_slot, cspace_delete, cspace_free_slot, type cspace_t } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import { type seL4_CPtr, seL4_SetCapReceivePath, seL4_WordBits } from "@tessera/libsel4";

/** The slots of a component: those that are free, and the one that is armed. */
export class Slots {
  readonly #cspace: cspace_t | null;
  #armed: seL4_CPtr = 0;

  /** @param cspace the program's own, null for one that was given no authority over it and so receives nothing */
  constructor(cspace: cspace_t | null) {
    this.#cspace = cspace;
  }

  /** The CSpace, for who cannot do without. @throws Error when the component was not given its own CNode */
  get cspace(): cspace_t {
    if (this.#cspace === null) {
      throw new Error(
        "this program has no slots of its own to use: declare how many, component(name, { slots: 16, … })",
      );
    }
    return this.#cspace;
  }

  /**
   * Have a slot ready for the next capability. Cannot block.
   * @returns false when no slot is left
   */
  *arm(): Thread<boolean> {
    if (this.#armed !== 0) return true;
    this.#armed = yield* cspace_alloc_slot(this.cspace);
    if (this.#armed === 0) return false;
    seL4_SetCapReceivePath(this.cspace.root_cnode, this.#armed, seL4_WordBits);
    return true;
  }

  /** Whether the program has slots to use at all. */
  get hasAny(): boolean {
    return this.#cspace !== null;
  }

  /** Whether a capability can arrive. */
  get isArmed(): boolean {
    return this.#armed !== 0;
  }

  /** Keep what has arrived: the slot is the caller's from now on, to be freed by `drop`. */
  keep(): seL4_CPtr {
    const slot = this.#armed;
    this.#armed = 0;
    // Until another slot is armed nothing can arrive: a slot that was freed again is nobody's door.
    seL4_SetCapReceivePath(0, 0, 0);
    return slot;
  }

  /** Throw away what has arrived; the slot stays armed. */
  *refuse(): Thread<void> {
    if (this.#armed !== 0) yield* cspace_delete(this.cspace, this.#armed);
  }

  /** A slot for a capability that the program makes itself; 0 when none is left. */
  *take(): Thread<seL4_CPtr> {
    return yield* cspace_alloc_slot(this.cspace);
  }

  /** Delete a capability that the program has no use for; its slot stays taken. */
  *clear(slot: seL4_CPtr): Thread<void> {
    yield* cspace_delete(this.cspace, slot);
  }

  /** Give back a slot that is empty. */
  *free(slot: seL4_CPtr): Thread<void> {
    yield* cspace_free_slot(this.cspace, slot);
  }

  /** Delete a capability, and free its slot. */
  *drop(slot: seL4_CPtr): Thread<void> {
    yield* this.clear(slot);
    yield* this.free(slot);
  }
}
