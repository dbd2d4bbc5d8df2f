/**
 * Sessions on their way into an answer. The kernel copies what a message carries, so the server mints the capability
 * into a slot of its own, sends it, and deletes what it has: only the client's is left. A passive server has no time of
 * its own once it has answered, so it answers and receives in one call, and deletes when it mints the next one.
 *
 * The rights are the least that the interface needs: Write to call, GrantReply to be answered, and Grant only if one of
 * its operations takes a capability. seL4 manual, "Capability Derivation" (badges), "Access Rights".
 */
import { cspace_delete, cspace_mint } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import { seL4_CapRights_new, type seL4_CapRights_t, type seL4_CPtr, seL4_SetCap } from "@tessera/libsel4";
import type { AnyInterface, Field } from "./define.js";
import type { Values } from "./protocol.js";
import type { Slots } from "./slots.js";

/** What a client of `of` may do with its capability. */
export function rightsOf(of: AnyInterface): seL4_CapRights_t {
  return seL4_CapRights_new(1, of.sendsCapabilities ? 1 : 0, 0, 1);
}

/** Makes capabilities for answers, one at a time. */
export class Minting {
  readonly #endpoint: seL4_CPtr<"Endpoint">;
  readonly #slots: Slots;
  /** Taken at the first session and kept. */
  #scratch: seL4_CPtr<"Endpoint"> = 0;
  #full = false;

  constructor(endpoint: seL4_CPtr<"Endpoint">, slots: Slots) {
    this.#endpoint = endpoint;
    this.#slots = slots;
  }

  /**
   * Have the capability of an answer ready, as its first one. Makes system calls, so words are staged afterwards.
   * @returns false when there is no slot for it
   * @throws TypeError when the handler returned nothing that can be sent for this field
   */
  *stage(
    { name, field }: { name: string; field: Field },
    results: Values,
    where: string,
    self: AnyInterface,
  ): Thread<boolean> {
    const value = results[name];
    if (field.carries === "capability" && typeof value === "number") {
      seL4_SetCap(0, value);
      return true;
    }
    if (field.carries === "session" && typeof value === "object" && value !== null) {
      if ("cptr" in value) {
        seL4_SetCap(0, value.cptr as seL4_CPtr);
        return true;
      }
      if ("badge" in value) return yield* this.#mint(field.of ?? self, value.badge as number);
    }
    throw new TypeError(`${where}: "${name}" must be a ${field.text}, not ${String(value)}`);
  }

  /** The answer is on its way: what was minted for it is deleted. */
  *sent(): Thread<void> {
    if (!this.#full) return;
    yield* cspace_delete(this.#slots.cspace, this.#scratch);
    this.#full = false;
  }

  *#mint(of: AnyInterface, badge: number): Thread<boolean> {
    if (this.#scratch === 0) this.#scratch = yield* this.#slots.take();
    if (this.#scratch === 0) return false;
    const { cspace } = this.#slots;
    yield* this.sent();
    const error = yield* cspace_mint(cspace, this.#scratch, cspace, this.#endpoint, rightsOf(of), badge);
    if (error !== 0) throw new Error(`a session's capability cannot be minted: error ${error}`);
    this.#full = true;
    seL4_SetCap(0, this.#scratch);
    return true;
  }
}
