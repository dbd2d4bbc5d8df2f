/** What a component is told (environment.ts), as its plan has it. */
import { type Environment, type GivenClient, type GivenNeed, writeEnvironment } from "../common/environment.js";
import { needAddress, PARENT_SLOT, REGION_BYTES } from "../common/layout.js";
import { PAGE_BYTES } from "../common/need.js";
import { type Plan, type PlannedComponent, type PlannedSlot, slotCount } from "../plan/plan.js";

/**
 * The environment of a component, as a whole page.
 * @param incarnation how many ran in its place before
 * @param physical the physical address of each memory of its own, by need
 * @throws RangeError when it does not fit there
 */
export function environmentPage(
  plan: Plan,
  component: PlannedComponent,
  incarnation: number,
  physical: ReadonlyMap<string, number>,
): Uint8Array {
  const page = new Uint8Array(PAGE_BYTES);
  page.set(writeEnvironment(environmentOf(plan, component, incarnation, physical)));
  return page;
}

function environmentOf(
  plan: Plan,
  component: PlannedComponent,
  incarnation: number,
  physical: ReadonlyMap<string, number>,
): Environment {
  const { free, cnodeBits, args } = component;
  return {
    incarnation,
    firstFree: free.start,
    endFree: free.end,
    cnodeBits,
    replies: repliesOf(component),
    needs: needsOf(component, physical),
    clients: plan.components.flatMap((client) => clientsOf(component, client)),
    args,
  };
}

function repliesOf({ slots }: PlannedComponent): number {
  return slots.reduce((sum, slot) => sum + (slot.what === "replies" ? slot.count : 0), 0);
}

/** In the order of declaration, which is that of their slots and of their addresses. */
function needsOf(component: PlannedComponent, physical: ReadonlyMap<string, number>): GivenNeed[] {
  const firstSlot = PARENT_SLOT + 1 + repliesOf(component);
  const needs: GivenNeed[] = [];
  const none: GivenNeed = { slot: 0, address: 0, bytes: 0, extra: 0 };
  const add = (index: number, more: Partial<GivenNeed>) => {
    needs[index] = { ...(needs[index] ?? none), ...more };
  };
  // A need has its place, and as many slots as there are of it.
  let further = 0;
  for (const slot of component.slots) {
    if (!("need" in slot)) continue;
    add(slot.slot - firstSlot - further, { slot: slot.slot, ...toldOf(slot) });
    further += slotCount(slot) - 1;
  }
  for (const { what, need, address, pages } of component.memory) {
    const index = (address - needAddress(0)) / (needAddress(1) - needAddress(0));
    const told = what === "memory" || what === "kept" ? { extra: physical.get(need) ?? 0 } : {};
    add(index, { address, bytes: pages * PAGE_BYTES, ...told });
  }
  return Array.from(needs, (need) => need ?? none);
}

/** What a component is told of a need that is a capability. */
function toldOf(slot: PlannedSlot): Partial<GivenNeed> {
  switch (slot.what) {
    case "interrupt":
      return { extra: slot.source };
    case "untyped":
      return { extra: slot.bits };
    case "priorities":
      return { extra: slot.most };
    case "ownSpace":
      return { address: slot.address, bytes: REGION_BYTES };
    case "time":
    case "leftover":
    case "programs":
      return { extra: slotCount(slot) };
    default:
      return {};
  }
}

/** The edges that lead from `client` to `server`. */
function clientsOf(server: PlannedComponent, client: PlannedComponent): GivenClient[] {
  return client.slots.flatMap((slot) => {
    if (slot.what !== "calls" || slot.server !== server.name) return [];
    const window = client.memory.find((pages) => pages.what === "window" && pages.need === slot.need);
    return [
      {
        badge: slot.badge,
        offer: server.offers.findIndex(({ offer }) => offer === slot.offer) + 1,
        address: window?.what === "window" ? window.serverAddress : 0,
        bytes: (window?.pages ?? 0) * PAGE_BYTES,
      },
    ];
  });
}
