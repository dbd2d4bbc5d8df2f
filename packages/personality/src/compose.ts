/**
 * From components and the edges between them to a plan: slots, badges, addresses.
 *
 * All numbers follow from names and declarations, never from who was added first, so a change in a plan is a change of
 * the system: a server's clients are numbered by their names and needs, and the components stand in layers, servers
 * before their clients, and by name in a layer.
 */

import {
  seL4_CapRights_get_capAllowGrant,
  seL4_CapRights_get_capAllowGrantReply,
  seL4_CapRights_get_capAllowRead,
  seL4_CapRights_get_capAllowWrite,
} from "@tessera/libsel4/abi";
import {
  clientWindowAddress,
  ENDPOINT_SLOT,
  edgeBadge,
  hasNotification,
  NOTIFICATION_SLOT,
  needAddress,
  OWN_CNODE_SLOT,
  PARENT_SLOT,
  type Plan,
  type PlannedComponent,
  type PlannedMemory,
  type PlannedRights,
  type PlannedSlot,
  plannedOffer,
  plannedResource,
  rightsOf,
  slotLayout,
} from "@tessera/servers";
import { callerBudget } from "./caller-budget.js";
import type { Edge } from "./edges.js";
import type { Placed } from "./placing.js";

/** The plan of components that have found one another and keep the rules. */
export function compose(personality: string, all: readonly Placed[], edges: readonly Edge[]): Plan {
  const numbers = clientNumbers(edges);
  const components = inLayers(all, edges).map((placed, place): PlannedComponent => {
    const own = edges.filter(({ client }) => client === placed);
    return planned(placed, place + 1, own, numbers);
  });
  return { personality, components };
}

/** The letters of a capability's rights, in capDL's order. */
export function rightsText(of: Edge["of"]): PlannedRights {
  const rights = rightsOf(of);
  const letters = [
    seL4_CapRights_get_capAllowRead(rights) ? "R" : "",
    seL4_CapRights_get_capAllowWrite(rights) ? "W" : "",
    seL4_CapRights_get_capAllowGrant(rights) ? "G" : "",
    seL4_CapRights_get_capAllowGrantReply(rights) ? "P" : "",
  ];
  return letters.join("") as PlannedRights;
}

/** The number of each edge among those of its server, from 1: by client and need. */
function clientNumbers(edges: readonly Edge[]): ReadonlyMap<Edge, number> {
  const counts = new Map<Placed, number>();
  const sorted = [...edges].sort((a, b) => byName(a.client, b.client) || compare(a.need, b.need));
  return new Map(
    sorted.map((edge) => {
      const number = (counts.get(edge.server) ?? 0) + 1;
      counts.set(edge.server, number);
      return [edge, number];
    }),
  );
}

/** Servers before their clients: those that call nobody, those that call only them, and so on; by name in between. */
function inLayers(all: readonly Placed[], edges: readonly Edge[]): Placed[] {
  const layers = new Map<Placed, number>();
  const layerOf = (placed: Placed): number => {
    const known = layers.get(placed);
    if (known !== undefined) return known;
    const below = edges.filter(({ client }) => client === placed).map(({ server }) => layerOf(server) + 1);
    const layer = Math.max(0, ...below);
    layers.set(placed, layer);
    return layer;
  };
  return [...all].sort((a, b) => layerOf(a) - layerOf(b) || byName(a, b));
}

function planned(
  placed: Placed,
  place: number,
  edges: readonly Edge[],
  numbers: ReadonlyMap<Edge, number>,
): PlannedComponent {
  const { name, component, args, priority, periodUs, restart } = placed;
  const layout = slotLayout(component);
  const needs = Object.entries(component.needs);
  const offers = Object.entries(component.offers);
  const devices = needs.filter(([, { need }]) => need === "device");
  const isServer = layout.replies > 0;
  const hasSlots = layout.endFree > layout.firstFree;

  const slots: PlannedSlot[] = [];
  if (hasSlots) slots.push({ what: "cnode", slot: OWN_CNODE_SLOT });
  if (isServer) slots.push({ what: "endpoint", slot: ENDPOINT_SLOT });
  if (hasNotification(component)) slots.push({ what: "notification", slot: NOTIFICATION_SLOT });
  slots.push({ what: "parent", slot: PARENT_SLOT, badge: place });
  if (isServer) slots.push({ what: "replies", slot: layout.firstReply, count: layout.replies });

  const memory: PlannedMemory[] = [];
  for (const [index, [need, declared]] of needs.entries()) {
    const slot = layout.needs.get(need) as number;
    const at = { need, address: needAddress(index) };
    if (declared.need === "memory")
      memory.push({ what: declared.kept ? "kept" : "memory", ...at, pages: declared.pages });
    if (declared.need === "device") {
      const { interrupt, pages, address } = declared;
      const source = devices.findIndex(([other]) => other === need);
      if (interrupt !== 0) slots.push({ what: "interrupt", slot, need, interrupt, source });
      memory.push({ what: "device", ...at, pages, physical: address });
    }
    const resource = plannedResource(need, declared, slot, at.address);
    if (resource !== null) slots.push(resource);
    const edge = edges.find((other) => other.need === need);
    if (edge === undefined) continue;
    const { server, offer, of, window } = edge;
    const number = numbers.get(edge) as number;
    const badge = edgeBadge(Object.keys(server.component.offers).indexOf(offer) + 1, number);
    const target = { interface: of.name, server: server.name, offer, badge, rights: rightsText(of) };
    slots.push({ what: "calls", slot, need, ...target });
    if (window === 0) continue;
    memory.push({
      what: "window",
      ...at,
      pages: window,
      server: server.name,
      serverAddress: clientWindowAddress(number),
    });
  }
  const { callers } = component;
  const callerUs = callerBudget(placed.budgetUs);
  if (callers > 0) slots.push({ what: "callers", slot: layout.firstCaller, count: callers, budgetUs: callerUs });
  return {
    name,
    program: component.name,
    args,
    priority,
    budgetUs: placed.budgetUs - callers * callerUs,
    periodUs,
    cnodeBits: layout.bits,
    free: hasSlots ? { start: layout.firstFree, end: layout.endFree } : { start: 0, end: 0 },
    offers: offers.map(([offer, of]) => plannedOffer(offer, of)),
    slots,
    memory,
    restart,
  };
}

/** By the code units of their names, in all languages of the host alike. */
export function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return compare(a.name, b.name);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
