/**
 * What the bus knows of a device: a range of physical addresses with registers behind it.
 *
 * A device changes its state only in a register access, in an alarm of the clock, or when input enters; so it is part
 * of the pure function that the machine is. It raises its interrupt at the PLIC and puts what leaves the machine into
 * an outbox, which the machine empties at the end of a slice.
 */
export interface Device {
  readonly name: string;
  readonly base: number;
  readonly bytes: number;
  /** Sum of the access widths in bytes that its registers take: 1, 2, 4. */
  readonly widths: number;
  /** Read the register at `offset`, in `width` bytes: an unsigned number below 2^32, of which the bus takes so many. */
  load(offset: number, width: number): number;
  /** Write the register at `offset`, in `width` bytes. */
  store(offset: number, value: number, width: number): void;
}

/** A device that bytes can enter from outside, by way of the input log. */
export interface InputDevice extends Device {
  receive(bytes: Uint8Array): void;
}
