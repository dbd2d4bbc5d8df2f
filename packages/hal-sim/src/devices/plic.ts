/**
 * The platform-level interrupt controller, register-compatible with that of QEMU's `virt` machine: 95 sources, and of
 * its contexts the one that matters here, supervisor mode of hart 0.
 *
 * Life of a source: idle → pending (a device raised it) → claimed (the kernel took it; pending is clear) → completed.
 * While claimed, a source does not interrupt again; what is raised meanwhile stays pending until completion. A raise
 * is a request of its own, as on QEMU: a line that is merely still high at completion asks for nothing until its
 * device raises it again. The kernel uses claim/complete/enable/disable; the same registers answer on the bus.
 */
import type { Device } from "./device.js";

const SOURCES = 95;
const MAX_PRIORITY = 7;

const PENDING = 0x1000;
const ENABLE = 0x2080;
const ENABLE_WORDS = 3;
const THRESHOLD = 0x201000;
const CLAIM = 0x201004;

/** The interrupt controller: the kernel calls `claim`, `complete`, `enable`, `disable`; devices `raise`. */
export class Plic implements Device {
  readonly name = "plic";
  readonly base: number;
  readonly bytes: number;
  readonly widths = 4;
  /** Sources are numbered 1 .. sources; 0 means none. */
  readonly sources = SOURCES;
  /** Whether the core is being interrupted: some source is pending, enabled, unclaimed and above the threshold. */
  line = false;
  readonly #priority = new Uint8Array(SOURCES + 1);
  readonly #pending = new Uint8Array(SOURCES + 1);
  readonly #enabled = new Uint8Array(SOURCES + 1);
  readonly #claimed = new Uint8Array(SOURCES + 1);
  #threshold = 0;

  constructor(base: number, bytes: number) {
    this.base = base;
    this.bytes = bytes;
  }

  /** For devices: the interrupt is requested. */
  raise(irq: number): void {
    this.#pending[irq] = 1;
    this.#update();
  }

  /** Take the pending source of the highest priority (the lowest number among equals); 0 = none. */
  claim(): number {
    const irq = this.#best();
    if (irq !== 0) {
      this.#pending[irq] = 0;
      this.#claimed[irq] = 1;
      this.#update();
    }
    return irq;
  }

  /** The source may interrupt again. */
  complete(irq: number): void {
    if (!this.#exists(irq)) return;
    this.#claimed[irq] = 0;
    this.#update();
  }

  /** Let a source interrupt; one that has no priority yet gets the lowest, since priority 0 never interrupts. */
  enable(irq: number): void {
    if (!this.#exists(irq)) return;
    this.#enabled[irq] = 1;
    if (this.#priority[irq] === 0) this.#priority[irq] = 1;
    this.#update();
  }

  /** Let a source interrupt no more; what it raises stays pending. */
  disable(irq: number): void {
    if (!this.#exists(irq)) return;
    this.#enabled[irq] = 0;
    this.#update();
  }

  /** Whether the source may interrupt. */
  isEnabled(irq: number): boolean {
    return this.#enabled[irq] === 1;
  }

  load(offset: number): number {
    if (offset === THRESHOLD) return this.#threshold;
    if (offset === CLAIM) return this.claim();
    const source = offset / 4;
    if (offset < PENDING) return this.#exists(source) ? this.#priority[source]! : 0;
    if (isIn(offset, PENDING)) return bitsOf(this.#pending, offset - PENDING);
    if (isIn(offset, ENABLE)) return bitsOf(this.#enabled, offset - ENABLE);
    return 0;
  }

  store(offset: number, value: number): void {
    if (offset === THRESHOLD) this.#threshold = value & MAX_PRIORITY;
    else if (offset === CLAIM) this.complete(value);
    else if (offset < PENDING && this.#exists(offset / 4)) this.#priority[offset / 4] = value & MAX_PRIORITY;
    else if (isIn(offset, ENABLE)) this.#storeEnables((offset - ENABLE) * 8, value);
    this.#update();
  }

  #storeEnables(first: number, value: number): void {
    for (let bit = 0; bit < 32; bit++) {
      if (this.#exists(first + bit)) this.#enabled[first + bit] = (value >>> bit) & 1;
    }
  }

  #exists(irq: number): boolean {
    return irq >= 1 && irq <= SOURCES;
  }

  #best(): number {
    let best = 0;
    let priority = this.#threshold;
    for (let irq = 1; irq <= SOURCES; irq++) {
      if (this.#pending[irq] === 0 || this.#enabled[irq] === 0 || this.#claimed[irq] !== 0) continue;
      if (this.#priority[irq]! > priority) {
        best = irq;
        priority = this.#priority[irq]!;
      }
    }
    return best;
  }

  #update(): void {
    this.line = this.#best() !== 0;
  }
}

/** Whether an offset is in a bank of one bit a source. */
function isIn(offset: number, bank: number): boolean {
  return offset >= bank && offset < bank + ENABLE_WORDS * 4;
}

function bitsOf(flags: Uint8Array, byteOffset: number): number {
  let word = 0;
  for (let bit = 0; bit < 32; bit++) word |= (flags[byteOffset * 8 + bit] ?? 0) << bit;
  return word >>> 0;
}
