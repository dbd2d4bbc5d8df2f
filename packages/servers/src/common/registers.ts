/**
 * Registers of a device that a component drives: a copy of one register is one access of its width on the bus.
 */
import { copyIn, copyOut, type Thread } from "@tessera/hal-sim/isa";

/** The registers of a device, all of one width. */
export class Registers {
  readonly #address: number;
  readonly #raw: Uint8Array;
  readonly #view: DataView;

  /**
   * @param device where they lie in the component's address space
   * @param width bytes of a register: the bus takes no access of another width
   */
  constructor(device: { readonly address: number }, width: 1 | 4) {
    this.#address = device.address;
    this.#raw = new Uint8Array(width);
    this.#view = new DataView(this.#raw.buffer);
  }

  /** What the register at `offset` holds. */
  *load(offset: number): Thread<number> {
    yield* copyIn(this.#address + offset, this.#raw);
    return this.#raw.length === 1 ? this.#view.getUint8(0) : this.#view.getUint32(0, true);
  }

  /** Write `value`, of which as many bits count as the register has. */
  *store(offset: number, value: number): Thread<void> {
    if (this.#raw.length === 1) this.#view.setUint8(0, value);
    else this.#view.setUint32(0, value, true);
    yield* copyOut(this.#address + offset, this.#raw);
  }
}
