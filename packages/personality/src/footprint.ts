/**
 * Memory that a plan takes: the objects of each component, from which a root task has to make them, and the threads that
 * look after them.
 *
 * It is what must be there at least. A root task rounds objects up to the untyped memory that it finds, and has some of
 * its own for its books.
 */

import {
  seL4_ASIDPoolBits,
  seL4_EndpointBits,
  seL4_MinSchedContextBits,
  seL4_NotificationBits,
  seL4_PageBits,
  seL4_PageTableBits,
  seL4_ReplyBits,
  seL4_SlotBits,
  seL4_TCBBits,
} from "@tessera/libsel4/abi";
import type { Plan, PlannedComponent, PlannedSlot } from "@tessera/servers";

/** Pages that every component has: its program, its environment, its IPC buffer. */
const PAGES_OF_ALL = 3;
/** The root of its page tables, and two levels for these pages. */
const TABLES_OF_ALL = 3;
/** What one page table of the lowest level maps, and one of the level above. */
const TABLE_BYTES = 2 ** 21;
const UPPER_TABLE_BYTES = 2 ** 30;

/** Thread, time, notification and page of a caller. */
const CALLER_BYTES =
  2 ** seL4_TCBBits + 2 ** seL4_MinSchedContextBits + 2 ** seL4_NotificationBits + 2 ** seL4_PageBits;

/** Thread and time of a companion of the root task: the messenger of a server, the clock by which servers are watched. */
const COMPANION_BYTES = 2 ** seL4_TCBBits + 2 ** seL4_MinSchedContextBits;

/** Bytes of the objects of a plan, at least. */
export function planBytes({ components }: Plan): number {
  const own = components.map((component) => componentBytes(component, windowsOf(components, component)));
  return own.reduce((sum, bytes) => sum + bytes, 0) + companions(components) * COMPANION_BYTES;
}

/** A messenger for each that has clients or is watched, and a clock if any is. */
function companions(components: readonly PlannedComponent[]): number {
  const watched = components.filter(({ restart }) => restart?.watchUs !== undefined);
  const served = components.flatMap(({ slots }) => slots.flatMap((slot) => (slot.what === "calls" ? slot.server : [])));
  const messengers = new Set([...watched.map(({ name }) => name), ...served]);
  return messengers.size + Math.min(1, watched.length);
}

/** Addresses at which a server sees windows of its clients. */
function windowsOf(components: readonly PlannedComponent[], { name }: PlannedComponent): number[] {
  return components.flatMap(({ memory }) =>
    memory.flatMap((pages) => (pages.what === "window" && pages.server === name ? [pages.serverAddress] : [])),
  );
}

function componentBytes({ budgetUs, cnodeBits, slots, memory }: PlannedComponent, windows: readonly number[]): number {
  let bytes = 2 ** seL4_TCBBits + 2 ** (cnodeBits + seL4_SlotBits) + PAGES_OF_ALL * 2 ** seL4_PageBits;
  if (budgetUs > 0) bytes += 2 ** seL4_MinSchedContextBits;
  for (const slot of slots) {
    if (slot.what === "endpoint") bytes += 2 ** seL4_EndpointBits;
    if (slot.what === "notification") bytes += 2 ** seL4_NotificationBits;
    if (slot.what === "replies") bytes += slot.count * 2 ** seL4_ReplyBits;
    if (slot.what === "callers") bytes += slot.count * CALLER_BYTES;
    bytes += resourceBytes(slot);
  }
  // The pages of a window are its client's; registers of a device are no memory.
  for (const pages of memory) if (pages.what !== "device") bytes += pages.pages * 2 ** seL4_PageBits;
  const addresses = [...memory.map(({ address }) => address), ...windows];
  const tables = distinct(addresses, TABLE_BYTES) + distinct(addresses, UPPER_TABLE_BYTES) + TABLES_OF_ALL;
  return bytes + tables * 2 ** seL4_PageTableBits;
}

/** What processes are made of. The pages of their programs are in the image, beside those of the components. */
function resourceBytes(slot: PlannedSlot): number {
  switch (slot.what) {
    case "untyped":
      return 2 ** slot.bits;
    case "spaces":
      return 2 ** seL4_ASIDPoolBits;
    case "priorities":
      return 2 ** seL4_TCBBits;
    case "time":
    case "leftover":
      return slot.count * 2 ** seL4_MinSchedContextBits;
    default:
      return 0;
  }
}

function distinct(addresses: readonly number[], size: number): number {
  return new Set(addresses.map((address) => Math.floor(address / size))).size;
}
