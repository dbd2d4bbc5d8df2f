/**
 * The Goldfish real-time clock, register-compatible with that of QEMU's `virt` machine: nanoseconds, and one alarm.
 *
 * Time is the machine's clock (a cycle is a nanosecond) from the epoch that the options give, so it is part of the
 * run. Reading TIME_LOW latches the high half for TIME_HIGH; writing ALARM_LOW arms the alarm with what ALARM_HIGH
 * holds. An alarm in the past rings at once. The interrupt stays requested until CLEAR_INTERRUPT: enabling it while it is
 * requests it again. ALARM_STATUS is whether an alarm is to come; setting the time leaves the alarm where it is.
 */
import type { Alarm, Clock } from "../clock.js";
import type { DeviceDescription } from "../description.js";
import type { Device } from "./device.js";
import type { Plic } from "./plic.js";

/** Offsets of its registers, 32 bits each; times are nanoseconds. */
export const RtcRegister = {
  TimeLow: 0x00,
  TimeHigh: 0x04,
  AlarmLow: 0x08,
  AlarmHigh: 0x0c,
  IrqEnabled: 0x10,
  ClearAlarm: 0x14,
  AlarmStatus: 0x18,
  ClearInterrupt: 0x1c,
} as const;

const NANOSECONDS_PER_MS = 1_000_000n;
const LOW_HALF = 0xffff_ffffn;

/** The Goldfish real-time clock. Its time is the machine's: no host clock is read. */
export class Rtc implements Device {
  readonly name: string;
  readonly base: number;
  readonly bytes: number;
  readonly widths = 4;
  readonly irq: number;
  readonly #clock: Clock;
  readonly #plic: Plic;
  readonly #alarm: Alarm;
  /** Nanoseconds since 1970 at cycle 0. */
  #epoch: bigint;
  #latchedHigh = 0;
  #alarmTime = 0n;
  #irqEnabled = false;
  #ringing = false;

  constructor(place: DeviceDescription, parts: { clock: Clock; plic: Plic; epochMs: number }) {
    this.name = place.name;
    this.base = place.base;
    this.bytes = place.bytes;
    this.irq = place.irq;
    this.#clock = parts.clock;
    this.#plic = parts.plic;
    this.#epoch = BigInt(parts.epochMs) * NANOSECONDS_PER_MS;
    this.#alarm = parts.clock.createAlarm(() => this.#ring());
  }

  load(offset: number): number {
    switch (offset) {
      case RtcRegister.TimeLow:
        this.#latchedHigh = Number(this.#now() >> 32n);
        return Number(this.#now() & LOW_HALF);
      case RtcRegister.TimeHigh:
        return this.#latchedHigh;
      case RtcRegister.AlarmLow:
        return Number(this.#alarmTime & LOW_HALF);
      case RtcRegister.AlarmHigh:
        return Number(this.#alarmTime >> 32n);
      case RtcRegister.IrqEnabled:
        return this.#irqEnabled ? 1 : 0;
      case RtcRegister.AlarmStatus:
        return this.#alarm.at === Infinity ? 0 : 1;
      default:
        return 0;
    }
  }

  store(offset: number, value: number): void {
    switch (offset) {
      case RtcRegister.TimeLow:
        this.#setTime((this.#now() & ~LOW_HALF) | BigInt(value));
        break;
      case RtcRegister.TimeHigh:
        this.#setTime((BigInt(value) << 32n) | (this.#now() & LOW_HALF));
        break;
      case RtcRegister.AlarmLow:
        this.#arm((this.#alarmTime & ~LOW_HALF) | BigInt(value));
        break;
      case RtcRegister.AlarmHigh:
        this.#alarmTime = (BigInt(value) << 32n) | (this.#alarmTime & LOW_HALF);
        break;
      case RtcRegister.IrqEnabled:
        this.#irqEnabled = (value & 1) !== 0;
        this.#request();
        break;
      case RtcRegister.ClearAlarm:
        this.#clock.set(this.#alarm, Infinity);
        break;
      case RtcRegister.ClearInterrupt:
        this.#ringing = false;
        break;
    }
  }

  #now(): bigint {
    return BigInt.asUintN(64, this.#epoch + BigInt(Math.floor(this.#clock.cycles)));
  }

  #setTime(now: bigint): void {
    this.#epoch += now - this.#now();
  }

  #arm(time: bigint): void {
    this.#alarmTime = time;
    const wait = time - this.#now();
    if (wait <= 0n) this.#ring();
    else this.#clock.set(this.#alarm, this.#clock.cycles + Number(wait));
  }

  #ring(): void {
    this.#clock.set(this.#alarm, Infinity);
    this.#ringing = true;
    this.#request();
  }

  #request(): void {
    if (this.#ringing && this.#irqEnabled) this.#plic.raise(this.irq);
  }
}
