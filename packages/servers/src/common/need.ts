/**
 * What a component may need, as plain data: each is one edge of the plan, and becomes capabilities in its CSpace or
 * pages in its address space, and nothing else.
 */
import { seL4_PageBits } from "@tessera/libsel4";
import type { AnyInterface } from "./define.js";
import type { ResourceNeed } from "./resource.js";

/** Bytes of a page. */
export const PAGE_BYTES = 2 ** seL4_PageBits;
/** The largest window, or memory, of one need: 2 MiB, so that one page table holds it. */
const MAX_PAGES = 512;

/** To call a server. */
export interface CallsNeed<I extends AnyInterface> {
  readonly need: "calls";
  readonly of: I;
  /** Pages shared with the server, for bulk data; 0 for none. */
  readonly window: number;
}

/** To drive a device: its registers, and its interrupt. */
export interface DeviceNeed {
  readonly need: "device";
  /** Physical address of its registers, a multiple of 4096. */
  readonly address: number;
  /** Pages of registers. */
  readonly pages: number;
  /** Number of its interrupt at the PLIC; 0 for none. */
  readonly interrupt: number;
}

/** To have memory. */
export interface MemoryNeed {
  readonly need: "memory";
  readonly pages: number;
  /** It outlives the component: the next one that is started in its place finds what this one has left. */
  readonly kept: boolean;
}

/** Anything that a component may need. */
export type Need = CallsNeed<AnyInterface> | DeviceNeed | MemoryNeed | ResourceNeed;

/** Needs by name. */
export type Needs = Readonly<Record<string, Need>>;

/**
 * To call a server that offers `of`.
 * @param window pages of memory to share with it, for interfaces that pass bulk data; none if left out
 * @throws RangeError when that is no number of pages from 0 to 512
 */
export function calls<I extends AnyInterface>(of: I, { window = 0 }: { readonly window?: number } = {}): CallsNeed<I> {
  checkPages(`calls(${of.name}), its window`, window, 0);
  return { need: "calls", of, window };
}

/** A device, as the machine's description has it. */
export interface DeviceOptions {
  readonly address: number;
  readonly pages?: number;
  readonly interrupt?: number;
}

/**
 * To drive a device. Nobody else in the personality can, then.
 * @throws RangeError when the address is not that of a page
 */
export function device({ address, pages = 1, interrupt = 0 }: DeviceOptions): DeviceNeed {
  if (!Number.isSafeInteger(address) || address < 0 || address % PAGE_BYTES !== 0) {
    throw new RangeError(`device(): an address is a multiple of ${PAGE_BYTES}, not ${address}`);
  }
  checkPages("device()", pages, 1);
  return { need: "device", address, pages, interrupt };
}

/**
 * To have `pages` pages of zeroed memory, whose physical addresses are told, so that devices can be given them.
 * @param kept it is zeroed once, before the component is started for the first time; whoever is started after a death
 *   finds it as the dead one has left it, which can have been between any two of its stores
 * @throws RangeError when that is no number of pages from 1 to 512
 */
export function memory(pages: number, { kept = false }: { readonly kept?: boolean } = {}): MemoryNeed {
  checkPages("memory()", pages, 1);
  return { need: "memory", pages, kept };
}

function checkPages(where: string, pages: number, least: number): void {
  if (Number.isInteger(pages) && pages >= least && pages <= MAX_PAGES) return;
  throw new RangeError(`${where}: from ${least} to ${MAX_PAGES} pages, not ${pages}`);
}
