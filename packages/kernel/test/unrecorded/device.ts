/** Device memory of a test: frames at the physical addresses one asks for. */
import type { Thread } from "@tessera/hal-sim/isa";
import { seL4_RISCV_4K_Page, seL4_RISCV_Giga_Page, seL4_RISCV_Mega_Page, seL4_UntypedObject } from "@tessera/libsel4";
import type { Kit } from "../support/kit.js";

const SIZE_BITS: Readonly<Record<number, number>> = {
  [seL4_RISCV_4K_Page]: 12,
  [seL4_RISCV_Mega_Page]: 21,
  [seL4_RISCV_Giga_Page]: 30,
};

/** The device untyped of the boot that holds `paddr`. */
export function deviceUntypedOf({ bootinfo }: Kit, paddr: number): { slot: number; base: number; bits: number } {
  const index = bootinfo.untypedList.findIndex(
    ({ isDevice, paddr: base, sizeBits }) => isDevice && paddr >= base && paddr < base + 2 ** sizeBits,
  );
  const found = bootinfo.untypedList[index];
  if (found === undefined) throw new Error(`no device untyped holds 0x${paddr.toString(16)}`);
  return { slot: bootinfo.untyped.start + index, base: found.paddr, bits: found.sizeBits };
}

/** A frame of device memory at `paddr`, cut out of the boot untyped that holds it. */
export function* deviceFrame(kit: Kit, paddr: number, type: number = seL4_RISCV_4K_Page): Thread<number> {
  let { slot, base, bits } = deviceUntypedOf(kit, paddr);
  while (bits > (SIZE_BITS[type] ?? 0)) {
    bits -= 1;
    const halves = yield* kit.make(seL4_UntypedObject, bits, 2, slot);
    const isUpper = paddr >= base + 2 ** bits;
    slot = halves + Number(isUpper);
    base += isUpper ? 2 ** bits : 0;
  }
  return yield* kit.make(type, 0, 1, slot);
}
