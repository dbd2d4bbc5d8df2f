/** Where things are in the root task's address space: image, IPC buffer, BootInfo, extra BootInfo, one behind the other. */
import { ROOT_IMAGE_BASE } from "@tessera/libsel4/abi";

export const PAGE_BYTES = 4096;

export interface VspaceLayout {
  readonly image: number;
  readonly imagePages: number;
  readonly buffer: number;
  readonly bootInfo: number;
  readonly extraBootInfo: number;
  readonly extraPages: number;
  /** Virtual bases of the page tables below the root, those of the upper level first. */
  readonly tables: readonly { readonly vaddr: number; readonly bits: number }[];
}

export function layOutVspace(imagePages: number, extraPages: number, extraReserved: number): VspaceLayout {
  const buffer = ROOT_IMAGE_BASE + imagePages * PAGE_BYTES;
  const bootInfo = buffer + PAGE_BYTES;
  const extraBootInfo = bootInfo + PAGE_BYTES;
  const end = extraBootInfo + extraReserved;
  const tables = [...tablesFor(end, 30), ...tablesFor(end, 21)];
  return { image: ROOT_IMAGE_BASE, imagePages, buffer, bootInfo, extraBootInfo, extraPages, tables };
}

/** Tables that hold the entries below one entry of 2^bits bytes, for addresses from the image's start to `end`. */
function tablesFor(end: number, bits: number): { vaddr: number; bits: number }[] {
  const tables = [];
  const first = Math.floor(ROOT_IMAGE_BASE / 2 ** bits);
  for (let i = first; i * 2 ** bits < end; i++) tables.push({ vaddr: i * 2 ** bits, bits });
  return tables;
}
