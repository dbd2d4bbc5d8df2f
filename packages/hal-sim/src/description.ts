/**
 * The machine description: where RAM and devices are, as data. The bus, the devices and the kernel's boot all derive
 * from it; nothing else in the machine knows an address.
 *
 * The board is that of QEMU's RISC-V `virt` machine, so that drivers written for it fit.
 */

/** A range of physical addresses. */
export interface PhysicalRange {
  readonly base: number;
  readonly bytes: number;
}

/** Where a device answers on the bus, and which interrupt it raises. */
export interface DeviceDescription extends PhysicalRange {
  readonly name: string;
  /** PLIC source; 0 = it never interrupts. */
  readonly irq: number;
}

/** Where RAM and devices are, and how fast the clock is: what a kernel and drivers know of the board. */
export interface MachineDescription {
  readonly ram: PhysicalRange;
  /** The head of RAM that the SBI firmware keeps: no memory for the kernel; user level sees it as a device range. */
  readonly firmware: PhysicalRange;
  /** Devices that the kernel keeps to itself; user level never gets their ranges. */
  readonly kernelDevices: { readonly clint: DeviceDescription; readonly plic: DeviceDescription };
  /** Devices for drivers at user level. */
  readonly devices: {
    readonly powerOff: DeviceDescription;
    readonly rtc: DeviceDescription;
    /** A line to whoever watches the machine. QEMU's board has nothing there. */
    readonly monitor: DeviceDescription;
    readonly uart: DeviceDescription;
    /** The virtio-mmio slots, a page each; most of them are empty. */
    readonly virtio: readonly DeviceDescription[];
    /** The slot that holds the entropy device. */
    readonly entropy: DeviceDescription;
    /** The slots that hold the machine's disks, in their order. */
    readonly disks: readonly DeviceDescription[];
    /** The slot that holds the socket device, on a machine that has one. */
    readonly sockets: DeviceDescription;
  };
  /** Everything below is a physical address that an untyped may cover. */
  readonly physicalEnd: number;
  /** Frequency of the timebase, and of the core. */
  readonly timebaseHz: number;
  readonly coreHz: number;
}

const RAM_BASE = 0x8000_0000;
export const FIRMWARE_BYTES = 0x20_0000;

const VIRTIO_SLOTS = 8;
const VIRTIO_BASE = 0x1000_1000;
const VIRTIO_BYTES = 0x1000;
/** Drivers written for QEMU look for the disk in slot 0. */
const DISK_SLOTS = [0, 2];
const ENTROPY_SLOT = 1;
/** A machine has at most so many disks. */
export const MOST_DISKS = DISK_SLOTS.length;
const SOCKETS_SLOT = 4;

/** @param disks how many it has */
export function describeMachine(ramBytes: number, disks: number): MachineDescription {
  const virtio = Array.from({ length: VIRTIO_SLOTS }, (_, slot) => describeSlot(slot));
  return {
    ram: { base: RAM_BASE, bytes: ramBytes },
    firmware: { base: RAM_BASE, bytes: FIRMWARE_BYTES },
    kernelDevices: {
      clint: { name: "clint", base: 0x200_0000, bytes: 0x20_0000, irq: 0 },
      plic: { name: "plic", base: 0xc00_0000, bytes: 0x60_0000, irq: 0 },
    },
    devices: {
      powerOff: { name: "power-off", base: 0x10_0000, bytes: 0x1000, irq: 0 },
      rtc: { name: "rtc", base: 0x10_1000, bytes: 0x1000, irq: 11 },
      monitor: { name: "monitor", base: 0x10_2000, bytes: 0x1000, irq: 0 },
      uart: { name: "uart", base: 0x1000_0000, bytes: 0x100, irq: 10 },
      virtio,
      entropy: virtio[ENTROPY_SLOT]!,
      disks: DISK_SLOTS.slice(0, disks).map((slot) => virtio[slot]!),
      sockets: virtio[SOCKETS_SLOT]!,
    },
    physicalEnd: 2 ** 39,
    timebaseHz: 10_000_000,
    coreHz: 1_000_000_000,
  };
}

function describeSlot(slot: number): DeviceDescription {
  return { name: `virtio-${slot}`, base: VIRTIO_BASE + slot * VIRTIO_BYTES, bytes: VIRTIO_BYTES, irq: slot + 1 };
}
