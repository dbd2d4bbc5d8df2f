/**
 * The NS16550A serial port, register-compatible with that of QEMU's `virt` machine.
 *
 * Receiving: what enters from outside waits in a backlog and moves into the FIFO (16 bytes, 1 while FIFOs are off) as
 * room appears, so none of it is ever overrun. Below the trigger level the interrupt comes after a time-out of four
 * characters. Sending takes no time: the transmitter is always empty again, which is why enabling its interrupt
 * requests one at once. Modem lines are those of a connected terminal and never change; MCR's loopback turns both around,
 * and only there the receiver can be overrun.
 *
 * IIR tells one interrupt at a time: line status before time-out before received data before transmitter. Reading LSR
 * takes the first, reading RBR the second and third, reading IIR or sending the last.
 */
import type { Observable } from "rxjs";
import type { Alarm, Clock } from "../clock.js";
import type { DeviceDescription } from "../description.js";
import { MachineEvent, type Trace } from "../trace.js";
import type { InputDevice } from "./device.js";
import type { Outbox } from "./outbox.js";
import type { Plic } from "./plic.js";

/** Register offsets; with DLAB set, the first two are the divisor latch. */
export const UartRegister = { RbrThr: 0, Ier: 1, IirFcr: 2, Lcr: 3, Mcr: 4, Lsr: 5, Msr: 6, Scr: 7 } as const;

const Ier = { Receive: 1, Transmit: 2, LineStatus: 4, Mask: 0x0f } as const;
const Iir = { None: 0x01, Transmit: 0x02, Receive: 0x04, LineStatus: 0x06, Timeout: 0x0c, FifosOn: 0xc0 } as const;
const Fcr = { Enable: 1, ClearReceive: 2, ClearTransmit: 4, TriggerShift: 6 } as const;
const Lcr = { Dlab: 0x80 } as const;
const Mcr = { Dtr: 1, Rts: 2, Out1: 4, Out2: 8, Loop: 0x10, Mask: 0x1f } as const;
const Lsr = { DataReady: 0x01, Overrun: 0x02, TransmitterEmpty: 0x60 } as const;
const Msr = { Cts: 0x10, Dsr: 0x20, Ri: 0x40, Dcd: 0x80 } as const;

const FIFO_BYTES = 16;
const TRIGGER_LEVELS = [1, 4, 8, 14] as const;
/** Four characters of ten bits at 115,200 baud, in cycles of the 1 GHz core. */
const TIMEOUT_CYCLES = 347_222;

/** The NS16550A serial port: what drivers send comes out of `output`, what `Machine.input` gives it they receive. */
export class Uart implements InputDevice {
  readonly name: string;
  readonly base: number;
  readonly bytes: number;
  readonly widths = 1;
  readonly irq: number;
  readonly #clock: Clock;
  readonly #trace: Trace;
  readonly #plic: Plic;
  readonly #outbox: Outbox;
  readonly #timeout: Alarm;

  #fifo: number[] = [];
  /** What came in from outside and has not got into the FIFO, and how many bytes of the first chunk have. */
  #backlog: Uint8Array[] = [];
  #begun = 0;
  #timedOut = false;
  #overrun = false;
  #transmitPending = false;
  #ier = 0;
  #fcr = 0;
  #lcr = 0;
  #mcr: number = Mcr.Out2;
  #scratch = 0;
  #divisor = 1;

  constructor(place: DeviceDescription, parts: { clock: Clock; trace: Trace; plic: Plic; outbox: Outbox }) {
    this.name = place.name;
    this.base = place.base;
    this.bytes = place.bytes;
    this.irq = place.irq;
    this.#clock = parts.clock;
    this.#trace = parts.trace;
    this.#plic = parts.plic;
    this.#outbox = parts.outbox;
    this.#timeout = parts.clock.createAlarm(() => {
      this.#timedOut = true;
      this.#request();
    });
  }

  /** What the machine sends, in chunks at the ends of slices. */
  get output(): Observable<Uint8Array> {
    return this.#outbox.stream;
  }

  /** Bytes from outside, on their way to the driver. A host uses `Machine.input`, which keeps the log. */
  receive(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#backlog.push(bytes);
    this.#fill();
    this.#request();
  }

  load(offset: number): number {
    const latch = (this.#lcr & Lcr.Dlab) !== 0;
    switch (offset) {
      case UartRegister.RbrThr:
        return latch ? this.#divisor & 0xff : this.#takeReceived();
      case UartRegister.Ier:
        return latch ? this.#divisor >>> 8 : this.#ier;
      case UartRegister.IirFcr:
        return this.#identify();
      case UartRegister.Lcr:
        return this.#lcr;
      case UartRegister.Mcr:
        return this.#mcr;
      case UartRegister.Lsr:
        return this.#lineStatus();
      case UartRegister.Msr:
        return this.#modemStatus();
      case UartRegister.Scr:
        return this.#scratch;
      default:
        return 0;
    }
  }

  store(offset: number, value: number): void {
    const latch = (this.#lcr & Lcr.Dlab) !== 0;
    switch (offset) {
      case UartRegister.RbrThr:
        if (latch) this.#divisor = (this.#divisor & 0xff00) | value;
        else this.#send(value);
        break;
      case UartRegister.Ier:
        if (latch) this.#divisor = (this.#divisor & 0xff) | (value << 8);
        else this.#storeIer(value);
        break;
      case UartRegister.IirFcr:
        this.#storeFcr(value);
        break;
      case UartRegister.Lcr:
        this.#lcr = value;
        break;
      case UartRegister.Mcr:
        this.#mcr = value & Mcr.Mask;
        break;
      case UartRegister.Scr:
        this.#scratch = value;
        break;
    }
  }

  #takeReceived(): number {
    const byte = this.#fifo.shift() ?? 0;
    this.#timedOut = false;
    this.#fill();
    this.#request();
    return byte;
  }

  #send(byte: number): void {
    if ((this.#mcr & Mcr.Loop) !== 0) {
      this.#receiveLooped(byte);
    } else {
      this.#trace.emit(MachineEvent.Output, this.irq, byte, 0, 0, 0, 0);
      this.#outbox.put(byte);
    }
    this.#transmitPending = true;
    this.#request();
  }

  #storeIer(value: number): void {
    if (((value ^ this.#ier) & Ier.Transmit) !== 0) this.#transmitPending = (value & Ier.Transmit) !== 0;
    this.#ier = value & Ier.Mask;
    this.#request();
  }

  #storeFcr(value: number): void {
    const switched = (value ^ this.#fcr) & Fcr.Enable;
    if (switched !== 0 || (value & Fcr.ClearReceive) !== 0) {
      this.#fifo = [];
      this.#timedOut = false;
    }
    if (switched !== 0 || (value & Fcr.ClearTransmit) !== 0) this.#transmitPending = true;
    this.#fcr = value & (Fcr.Enable | (3 << Fcr.TriggerShift));
    this.#fill();
    this.#request();
  }

  /** Reading IIR takes a transmitter interrupt that it reports. */
  #identify(): number {
    const source = this.#source();
    if (source === Iir.Transmit) this.#transmitPending = false;
    return source | (this.#fifosOn() ? Iir.FifosOn : 0);
  }

  /** The interrupt of the highest priority that is enabled and due. */
  #source(): number {
    if ((this.#ier & Ier.LineStatus) !== 0 && this.#overrun) return Iir.LineStatus;
    if ((this.#ier & Ier.Receive) !== 0) {
      if (this.#timedOut && this.#fifo.length > 0) return Iir.Timeout;
      if (this.#fifo.length >= this.#trigger()) return Iir.Receive;
    }
    return (this.#ier & Ier.Transmit) !== 0 && this.#transmitPending ? Iir.Transmit : Iir.None;
  }

  #request(): void {
    if (this.#source() !== Iir.None) this.#plic.raise(this.irq);
  }

  #fifosOn(): boolean {
    return (this.#fcr & Fcr.Enable) !== 0;
  }

  #trigger(): number {
    return this.#fifosOn() ? TRIGGER_LEVELS[(this.#fcr >>> Fcr.TriggerShift) as 0 | 1 | 2 | 3] : 1;
  }

  /** Move what fits from the backlog into the FIFO, and start the time-out of what stays below the trigger level. */
  #fill(): void {
    while (this.#backlog.length > 0 && this.#fifo.length < this.#room()) this.#fifo.push(this.#takeWaiting());
    const waits = this.#fifo.length > 0 && this.#fifo.length < this.#trigger();
    this.#clock.set(this.#timeout, waits ? this.#clock.cycles + TIMEOUT_CYCLES : Infinity);
  }

  /** In loopback nothing waits outside: what the FIFO has no room for is lost, and what is in it stays. */
  #receiveLooped(byte: number): void {
    if (this.#fifo.length < this.#room()) {
      this.#fifo.push(byte);
      this.#fill();
    } else {
      this.#overrun = true;
    }
  }

  #room(): number {
    return this.#fifosOn() ? FIFO_BYTES : 1;
  }

  /** Reading LSR takes the overrun that it reports. */
  #lineStatus(): number {
    const status =
      Lsr.TransmitterEmpty | (this.#fifo.length > 0 ? Lsr.DataReady : 0) | (this.#overrun ? Lsr.Overrun : 0);
    this.#overrun = false;
    return status;
  }

  /** The next byte from outside; there is one. */
  #takeWaiting(): number {
    const chunk = this.#backlog[0]!;
    const byte = chunk[this.#begun++]!;
    if (this.#begun === chunk.length) {
      this.#backlog.shift();
      this.#begun = 0;
    }
    return byte;
  }

  #modemStatus(): number {
    if ((this.#mcr & Mcr.Loop) === 0) return Msr.Cts | Msr.Dsr | Msr.Dcd;
    const looped = (from: number, to: number) => ((this.#mcr & from) !== 0 ? to : 0);
    return looped(Mcr.Rts, Msr.Cts) | looped(Mcr.Dtr, Msr.Dsr) | looped(Mcr.Out1, Msr.Ri) | looped(Mcr.Out2, Msr.Dcd);
  }
}
