/**
 * A component as its plan has it: slots, badges, addresses. All of it follows from what the component declares, from what
 * composition has decided of it, and from the edges that lead from its needs to offers.
 */
import {
  seL4_CapRights_get_capAllowGrant,
  seL4_CapRights_get_capAllowGrantReply,
  seL4_CapRights_get_capAllowRead,
  seL4_CapRights_get_capAllowWrite,
} from "@tessera/libsel4";
import type { Component } from "../common/component.js";
import type { AnyInterface } from "../common/define.js";
import {
  clientWindowAddress,
  ENDPOINT_SLOT,
  hasNotification,
  NOTIFICATION_SLOT,
  needAddress,
  OWN_CNODE_SLOT,
  PARENT_SLOT,
  type SlotLayout,
  slotLayout,
} from "../common/layout.js";
import { rightsOf } from "../common/minting.js";
import { edgeBadge } from "../common/session.js";
import {
  type PlannedComponent,
  type PlannedMemory,
  type PlannedRights,
  type PlannedSlot,
  plannedOffer,
} from "./plan.js";
import { plannedResource } from "./planned-resource.js";

/** What composition decides of a component. */
export type Decided = Pick<PlannedComponent, "name" | "args" | "priority" | "budgetUs" | "periodUs" | "restart"> & {
  /** Microseconds of its budget that each of its callers has. */
  readonly callerUs: number;
};

/** Whose offer one need gets. */
export interface NeedEdge {
  readonly need: string;
  readonly of: AnyInterface;
  readonly server: { readonly name: string; readonly component: Component };
  readonly offer: string;
  /** Its number among the clients of the server, from 1. */
  readonly number: number;
  /** Pages of the window. */
  readonly window: number;
}

/**
 * A component of a plan.
 * @param place among all of the plan, from 1
 * @param edges one for each need to call
 */
export function plannedComponent(
  component: Component,
  decided: Decided,
  place: number,
  edges: readonly NeedEdge[],
): PlannedComponent {
  const { callerUs, budgetUs, ...others } = decided;
  const layout = slotLayout(component);
  const { callers } = component;
  const slots = ownSlots(component, layout, place);
  const memory: PlannedMemory[] = [];
  for (const [index, need] of Object.keys(component.needs).entries()) {
    addNeed(component, need, layout.needs.get(need) as number, needAddress(index), slots, memory);
    const edge = edges.find((other) => other.need === need);
    if (edge !== undefined) addCalls(edge, layout.needs.get(need) as number, needAddress(index), slots, memory);
  }
  if (callers > 0) slots.push({ what: "callers", slot: layout.firstCaller, count: callers, budgetUs: callerUs });
  return {
    ...others,
    program: component.name,
    budgetUs: budgetUs - callers * callerUs,
    cnodeBits: layout.bits,
    free: hasFree(layout) ? { start: layout.firstFree, end: layout.endFree } : { start: 0, end: 0 },
    offers: Object.entries(component.offers).map(([offer, of]) => plannedOffer(offer, of)),
    slots,
    memory,
  };
}

/** The letters of the rights with which an interface is called, in capDL's order. */
export function rightsText(of: AnyInterface): PlannedRights {
  const rights = rightsOf(of);
  const letters = [
    seL4_CapRights_get_capAllowRead(rights) ? "R" : "",
    seL4_CapRights_get_capAllowWrite(rights) ? "W" : "",
    seL4_CapRights_get_capAllowGrant(rights) ? "G" : "",
    seL4_CapRights_get_capAllowGrantReply(rights) ? "P" : "",
  ];
  return letters.join("") as PlannedRights;
}

/** What it has of its own. */
function ownSlots(component: Component, layout: SlotLayout, place: number): PlannedSlot[] {
  const slots: PlannedSlot[] = [];
  if (hasFree(layout)) slots.push({ what: "cnode", slot: OWN_CNODE_SLOT });
  if (layout.replies > 0) slots.push({ what: "endpoint", slot: ENDPOINT_SLOT });
  if (hasNotification(component)) slots.push({ what: "notification", slot: NOTIFICATION_SLOT });
  slots.push({ what: "parent", slot: PARENT_SLOT, badge: place });
  if (layout.replies > 0) slots.push({ what: "replies", slot: layout.firstReply, count: layout.replies });
  return slots;
}

/** What it has by a need that is no call. */
function addNeed(
  { needs }: Component,
  need: string,
  slot: number,
  address: number,
  slots: PlannedSlot[],
  memory: PlannedMemory[],
): void {
  const declared = needs[need];
  if (declared === undefined) return;
  if (declared.need === "memory")
    memory.push({ what: declared.kept ? "kept" : "memory", need, address, pages: declared.pages });
  if (declared.need === "device") {
    const { interrupt, pages, address: physical } = declared;
    const devices = Object.keys(needs).filter((other) => needs[other]?.need === "device");
    if (interrupt !== 0) slots.push({ what: "interrupt", slot, need, interrupt, source: devices.indexOf(need) });
    memory.push({ what: "device", need, address, pages, physical });
  }
  const resource = plannedResource(need, declared, slot, address);
  if (resource !== null) slots.push(resource);
}

function addCalls(edge: NeedEdge, slot: number, address: number, slots: PlannedSlot[], memory: PlannedMemory[]): void {
  const { need, of, server, offer, number, window } = edge;
  const badge = edgeBadge(Object.keys(server.component.offers).indexOf(offer) + 1, number);
  const target = { interface: of.name, server: server.name, offer, badge, rights: rightsText(of) };
  slots.push({ what: "calls", slot, need, ...target });
  if (window === 0) return;
  const serverAddress = clientWindowAddress(number);
  memory.push({ what: "window", need, address, pages: window, server: server.name, serverAddress });
}

function hasFree({ firstFree, endFree }: SlotLayout): boolean {
  return endFree > firstFree;
}
