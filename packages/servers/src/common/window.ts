/**
 * Windows: memory that a client and a server share, for what is too much for a message.
 *
 * The composition maps the same frames into both address spaces and keeps the capabilities to itself, so neither side
 * can take them away from the other. What lies in a window can change at any time: a receiver copies first and looks at
 * its copy. Reading and writing are restartable copies and can fault only as any access can.
 *
 * A window belongs to one client and one server for ever and is not zeroed when either is started anew: what is left in it
 * is of these two. It has no other way to a third one but this: a session works on the window of whom the composition has
 * given it to, whoever holds it. So who reads what is secret by a window does not hand on sessions that write from it.
 */
import { copyIn, copyOut, type Thread } from "@tessera/hal-sim/isa";

/** Memory shared by two programs, as one of them sees it. */
export class Window {
  /** Where it lies in the program's own address space. */
  readonly address: number;
  readonly bytes: number;

  constructor(address: number, bytes: number) {
    this.address = address;
    this.bytes = bytes;
  }

  /** Whether `length` bytes from `at` up lie in it. */
  holds(at: number, length: number): boolean {
    return at >= 0 && length >= 0 && at + length <= this.bytes;
  }

  /**
   * A copy of `length` bytes from `at` up.
   * @throws RangeError when they do not lie in it
   */
  *read(at: number, length: number): Thread<Uint8Array> {
    this.#check(at, length);
    const copy = new Uint8Array(length);
    yield* copyIn(this.address + at, copy);
    return copy;
  }

  /**
   * Copy `from` to `at`.
   * @throws RangeError when it does not fit there
   */
  *write(at: number, from: Uint8Array): Thread<void> {
    this.#check(at, from.length);
    yield* copyOut(this.address + at, from);
  }

  #check(at: number, length: number): void {
    if (!this.holds(at, length))
      throw new RangeError(`${length} bytes at ${at} do not lie in a window of ${this.bytes}`);
  }
}
