/**
 * The Goldfish real-time clock as its driver sees it: nanoseconds in two registers, and one alarm.
 *
 * Reading the low half latches the high one; writing the low half of the alarm arms it, and one in the past rings at
 * once. The board's clock is that of QEMU's `virt` machine. Times are kept in microseconds, since nanoseconds since
 * 1970 are no exact numbers.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { Device } from "../common/handles.js";
import { Registers } from "../common/registers.js";

/** Where the board has it. */
export const RTC = { address: 0x10_1000, interrupt: 11 };

const Register = {
  TimeLow: 0x00,
  TimeHigh: 0x04,
  AlarmLow: 0x08,
  AlarmHigh: 0x0c,
  IrqEnabled: 0x10,
  ClearInterrupt: 0x1c,
} as const;

const TWO_32 = 2 ** 32;
/** 2^32 nanoseconds are so many microseconds, and this is left. */
const HIGH_US = 4_294_967;
const HIGH_REST_NS = 296;

/** The clock, and its alarm. */
export class Rtc {
  readonly #device: Device;
  readonly #registers: Registers;

  constructor(device: Device) {
    this.#device = device;
    this.#registers = new Registers(device, 4);
  }

  /** Microseconds since 1970. */
  *now(): Thread<number> {
    const low = yield* this.#registers.load(Register.TimeLow);
    const high = yield* this.#registers.load(Register.TimeHigh);
    return high * HIGH_US + Math.floor((high * HIGH_REST_NS + low) / 1000);
  }

  /** Let alarms interrupt. One that has rung for a driver before this one, and was never acknowledged, is forgotten. */
  *start(): Thread<void> {
    yield* this.acknowledge();
    yield* this.#registers.store(Register.IrqEnabled, 1);
  }

  /** Interrupt at `us` microseconds since 1970; the alarm that was armed before is forgotten. */
  *arm(us: number): Thread<void> {
    const lowNs = (us % TWO_32) * 1000;
    yield* this.#registers.store(Register.AlarmHigh, Math.floor(us / TWO_32) * 1000 + Math.floor(lowNs / TWO_32));
    yield* this.#registers.store(Register.AlarmLow, lowNs % TWO_32);
  }

  /** The interrupt was heard, and the next one may come. */
  *acknowledge(): Thread<void> {
    yield* this.#registers.store(Register.ClearInterrupt, 1);
    yield* this.#device.acknowledge();
  }
}
