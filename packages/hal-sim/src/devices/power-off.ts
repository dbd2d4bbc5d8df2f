/**
 * The power-off register ("sifive,test" of QEMU's `virt` machine): one 32-bit word ends the run.
 *
 * 0x5555 powers off, 0x3333 powers off with the code in the upper half, 0x7777 asks for a reset, which also ends the
 * run: whoever holds the machine builds a new one.
 */
import type { DeviceDescription } from "../description.js";
import type { Device } from "./device.js";

/** What can be written to the power-off register. `Fail` carries a code in its upper 16 bits. */
export const PowerCommand = { Pass: 0x5555, Fail: 0x3333, Reset: 0x7777 } as const;

export class PowerOff implements Device {
  readonly name: string;
  readonly base: number;
  readonly bytes: number;
  readonly widths = 4;
  readonly #powerOff: (code: number, message: string) => void;

  constructor(place: DeviceDescription, powerOff: (code: number, message: string) => void) {
    this.name = place.name;
    this.base = place.base;
    this.bytes = place.bytes;
    this.#powerOff = powerOff;
  }

  load(): number {
    return 0;
  }

  store(offset: number, value: number): void {
    if (offset !== 0) return;
    const command = value & 0xffff;
    if (command === PowerCommand.Pass) this.#powerOff(0, "powered off");
    else if (command === PowerCommand.Fail) this.#powerOff(value >>> 16, "powered off with a failure");
    else if (command === PowerCommand.Reset) this.#powerOff(0, "reset requested");
  }
}
