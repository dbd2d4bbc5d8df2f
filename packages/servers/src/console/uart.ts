/**
 * The NS16550A serial port as its driver sees it: bytes in, bytes out, and what it interrupts for.
 *
 * Its FIFOs take 16 bytes. It interrupts when one byte has come, when it can send again, and when it has lost input;
 * reading IIR tells which, one at a time. Registers are a byte wide.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { Device } from "../common/handles.js";
import { Registers } from "../common/registers.js";

/** Where the board has it. */
export const UART = { address: 0x1000_0000, interrupt: 10 };

const Register = { Data: 0, Ier: 1, IirFcr: 2, Lcr: 3, Mcr: 4, Lsr: 5 } as const;
const Ier = { Receive: 1, Transmit: 2, LineStatus: 4 } as const;
const Iir = { None: 1, Mask: 0x0f, Transmit: 2, FifosOn: 0xc0 } as const;
/** FIFOs on, and an interrupt for every byte that comes. */
const FCR_FIFOS_ON = 0x01;
/** Eight bits, no parity, one stop bit. */
const LCR_8N1 = 0x03;
/** DTR, RTS, and OUT2, which lets the interrupt through. */
const MCR_READY = 0x0b;
const Lsr = { DataReady: 0x01, Overrun: 0x02 } as const;

/** Bytes that can be sent at an interrupt, with FIFOs and without. */
const SENT = { withFifos: 16, without: 1 };

/** The serial port. */
export class Uart {
  readonly #device: Device;
  readonly #registers: Registers;
  #enabled = 0;
  #fifosOn = false;

  constructor(device: Device) {
    this.#device = device;
    this.#registers = new Registers(device, 1);
  }

  /**
   * Set it up; it interrupts for nothing yet. Switching the FIFOs on throws away what has come, so that waits until all
   * of it has been received.
   */
  *start(): Thread<void> {
    yield* this.#registers.store(Register.Ier, 0);
    yield* this.#device.acknowledge(); // there may be one that a driver before this one has not come to
    yield* this.#registers.store(Register.Lcr, LCR_8N1);
    this.#fifosOn = ((yield* this.#registers.load(Register.IirFcr)) & Iir.FifosOn) !== 0;
    yield* this.#registers.store(Register.Mcr, MCR_READY);
  }

  /** What to interrupt for from now on: input and its loss, and being able to send. */
  *interruptFor({ input, output }: { readonly input: boolean; readonly output: boolean }): Thread<void> {
    const wanted = (input ? Ier.Receive | Ier.LineStatus : 0) | (output ? Ier.Transmit : 0);
    if (wanted === this.#enabled) return;
    this.#enabled = wanted;
    yield* this.#registers.store(Register.Ier, wanted);
  }

  /** Why it interrupts; taking the news that it can send. */
  *cause(): Thread<"nothing" | "canSend" | "input"> {
    const cause = (yield* this.#registers.load(Register.IirFcr)) & Iir.Mask;
    if ((cause & Iir.None) !== 0) return "nothing";
    return cause === Iir.Transmit ? "canSend" : "input";
  }

  /** The next byte that has come, and whether some before it were lost; null: there is none. */
  *receive(): Thread<{ readonly byte: number | null; readonly overrun: boolean }> {
    const status = yield* this.#registers.load(Register.Lsr);
    const overrun = (status & Lsr.Overrun) !== 0;
    if ((status & Lsr.DataReady) !== 0) return { byte: yield* this.#registers.load(Register.Data), overrun };
    if (!this.#fifosOn) yield* this.#registers.store(Register.IirFcr, FCR_FIFOS_ON);
    this.#fifosOn = true;
    return { byte: null, overrun };
  }

  /** How many bytes can be sent when it says that it can send. */
  get room(): number {
    return this.#fifosOn ? SENT.withFifos : SENT.without;
  }

  /** Send `bytes`, for which there is room. */
  *send(bytes: Uint8Array): Thread<void> {
    for (const byte of bytes) yield* this.#registers.store(Register.Data, byte);
  }

  /** The next interrupt may come. */
  *acknowledge(): Thread<void> {
    yield* this.#device.acknowledge();
  }
}
