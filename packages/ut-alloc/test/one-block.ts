/** A small part of the memory that a root task was given, so that a test can use it up. */
import type { seL4_BootInfo, seL4_UntypedDesc } from "@tessera/libsel4";
import type { ut_bootinfo } from "../src/index.js";

/** `bootinfo` with one untyped only: the smallest that has at least 2^`size_bits` bytes and is (not) a device's. */
export function oneBlock(bootinfo: seL4_BootInfo, size_bits: number, isDevice = false): ut_bootinfo {
  const smallest = smallestOf(bootinfo, size_bits, isDevice);
  const slot = bootinfo.untyped.start + bootinfo.untypedList.indexOf(smallest);
  return { ...bootinfo, untyped: { start: slot, end: slot + 1 }, untypedList: [smallest] };
}

/** `bootinfo` with the same untyped and all devices: the others have become too small to be used. */
export function oneBlockAndDevices(bootinfo: seL4_BootInfo, size_bits: number): ut_bootinfo {
  const block = smallestOf(bootinfo, size_bits, false);
  const untypedList = bootinfo.untypedList.map((ut) => (ut === block || ut.isDevice ? ut : { ...ut, sizeBits: 0 }));
  return { ...bootinfo, untypedList };
}

function smallestOf({ untypedList }: seL4_BootInfo, size_bits: number, isDevice: boolean): seL4_UntypedDesc {
  const fits = untypedList.filter((ut) => ut.isDevice === isDevice && ut.sizeBits >= size_bits);
  const smallest = fits.sort((a, b) => a.sizeBits - b.sizeBits)[0];
  if (smallest === undefined) throw new Error(`no untyped of 2^${size_bits} bytes`);
  return smallest;
}
