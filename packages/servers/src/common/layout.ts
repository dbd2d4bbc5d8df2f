/**
 * Where a component finds what it was given: the slots of its CSpace and the addresses of its memory.
 *
 *     slot 1      its own CNode, if it has slots to use
 *     slot 2      its endpoint, to receive by and to mint sessions of, if it offers anything
 *     slot 3      its notification, likewise, if it offers anything, drives a device or declares `signals`
 *     slot 4      whom to tell that it ends
 *     then        reply objects; the slots of the needs, in the order of declaration; the notification of each of its
 *                 callers; free slots
 *
 * A need has one slot, whether it is a capability or memory, and of time and programs as many as there are.
 *
 *     0x1_0000                   its program
 *     0x1_1000                   its environment
 *     0x1_2000                   its IPC buffer
 *     0x1_3000 + n * 4 KiB       the page of its caller number n (caller.ts)
 *     0x6000_0000 + n * 2 MiB    window, memory or registers of its need number n
 *     0x8000_0000 + n * 2 MiB    window that it shares with its client number n
 *
 * It follows from the component alone, so a plan can be read without running anything.
 */
import type { Component } from "./component.js";
import { type Need, PAGE_BYTES } from "./need.js";

/** Slots that are the same in all components. */
export const OWN_CNODE_SLOT = 1;
export const ENDPOINT_SLOT = 2;
export const NOTIFICATION_SLOT = 3;
export const PARENT_SLOT = 4;
const FIRST_REPLY_SLOT = 5;

/** Where the pages that every component has lie in it. */
export const PROGRAM_ADDRESS = 0x1_0000;
export const ENVIRONMENT_ADDRESS = 0x1_1000;
export const BUFFER_ADDRESS = 0x1_2000;

/** Where the pages of callers begin. */
const CALLERS_BASE = 0x1_3000;
/** Where memory of needs begins, and windows of clients; each has 2 MiB. */
const NEEDS_BASE = 0x6000_0000;
const CLIENTS_BASE = 0x8000_0000;

/** The slots of a component. */
export interface SlotLayout {
  readonly firstReply: number;
  /** One for each caller that can wait, and one more; none without offers. */
  readonly replies: number;
  /** The slot of each need: the first one, where it has several. */
  readonly needs: ReadonlyMap<string, number>;
  /** The first of its callers' notifications. */
  readonly firstCaller: number;
  readonly firstFree: number;
  /** One behind the last free one. */
  readonly endFree: number;
  /** log2 of the slots of its CNode. */
  readonly bits: number;
}

/** Where a component finds its capabilities. */
export function slotLayout({ needs, offers, waiting, callers, slots }: Component): SlotLayout {
  const replies = Object.keys(offers).length > 0 ? waiting + 1 : 0;
  const firstNeed = FIRST_REPLY_SLOT + replies;
  const first = new Map<string, number>();
  let firstCaller = firstNeed;
  for (const [name, need] of Object.entries(needs)) {
    first.set(name, firstCaller);
    firstCaller += slotsOfNeed(need);
  }
  const firstFree = firstCaller + callers;
  const bits = Math.max(4, Math.ceil(Math.log2(firstFree + slots)));
  return {
    firstReply: FIRST_REPLY_SLOT,
    replies,
    needs: first,
    firstCaller,
    firstFree,
    endFree: slots === 0 ? firstFree : 2 ** bits,
    bits,
  };
}

/** How many slots a need has. */
export function slotsOfNeed(need: Need): number {
  if (need.need === "time" || need.need === "leftover") return need.count;
  return need.need === "programs" ? need.programs.length : 1;
}

/** Whether a component can hear signals: whether it has a notification, which is bound to its thread. */
export function hasNotification({ needs, offers, signals }: Component): boolean {
  return signals || Object.keys(offers).length > 0 || Object.values(needs).some(({ need }) => need === "device");
}

/** Where the page of caller number `index` lies. */
export function callerPage(index: number): number {
  return CALLERS_BASE + index * PAGE_BYTES;
}

/** Bytes of the region of one need, or of one client. */
export const REGION_BYTES = 0x20_0000;

/** Where the window, the memory or the registers of need number `index` lie. */
export function needAddress(index: number): number {
  return NEEDS_BASE + index * REGION_BYTES;
}

/** Where a server has the window that it shares with its client number `index`. */
export function clientWindowAddress(index: number): number {
  return CLIENTS_BASE + index * REGION_BYTES;
}
