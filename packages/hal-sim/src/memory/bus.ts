/**
 * The bus: which device answers at a physical address.
 *
 * RAM is not on it; the CPU goes there directly. A step of a copy becomes one access: of the widest kind that the
 * device takes, that is aligned and that the bytes have room for. Where no device answers, or none in that width, the
 * access is refused (0), and becomes an access fault.
 */
import type { Device } from "../devices/device.js";

const WIDTHS = [4, 2, 1] as const;

/** Which device answers at a physical address. RAM is not on it. */
export class Bus {
  readonly #devices: Device[] = [];

  /** Put a device on the bus. Ranges never overlap. */
  attach(device: Device): void {
    const overlaps = this.#devices.some((d) => device.base < d.base + d.bytes && d.base < device.base + device.bytes);
    if (overlaps) throw new RangeError(`device ${device.name} overlaps another one on the bus`);
    this.#devices.push(device);
  }

  /** One load at `paddr` into the first of `bytes`; its width, or 0. */
  load(paddr: number, bytes: Uint8Array): number {
    const device = this.#deviceAt(paddr);
    const width = device === undefined ? 0 : widthOf(device, paddr, bytes.length);
    if (device === undefined || width === 0) return 0;
    let value = device.load(paddr - device.base, width);
    for (let i = 0; i < width; i++) {
      bytes[i] = value;
      value = Math.floor(value / 256);
    }
    return width;
  }

  /** One store at `paddr` of the first of `bytes`; its width, or 0. */
  store(paddr: number, bytes: Uint8Array): number {
    const device = this.#deviceAt(paddr);
    const width = device === undefined ? 0 : widthOf(device, paddr, bytes.length);
    if (device === undefined || width === 0) return 0;
    let value = 0;
    for (let i = width - 1; i >= 0; i--) value = value * 256 + bytes[i]!;
    device.store(paddr - device.base, value, width);
    return width;
  }

  #deviceAt(paddr: number): Device | undefined {
    return this.#devices.find((device) => paddr >= device.base && paddr < device.base + device.bytes);
  }
}

function widthOf(device: Device, paddr: number, room: number): number {
  const offset = paddr - device.base;
  const fits = (width: number) => width <= room && offset % width === 0 && (device.widths & width) !== 0;
  return WIDTHS.find(fits) ?? 0;
}
