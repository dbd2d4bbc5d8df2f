/** Plans of a few components without a personality, and the worlds that run them. */
import { type BootedWorld, bootWorld, type WorldOptions } from "@tessera/testing";
import { expect } from "vitest";
import {
  type Component,
  clientWindowAddress,
  edgeBadge,
  hasNotification,
  NOTIFICATION_SLOT,
  needAddress,
  OWN_CNODE_SLOT,
  type Plan,
  type PlannedComponent,
  type PlannedMemory,
  type PlannedSlot,
  planImage,
  plannedOffer,
  plannedResource,
  slotLayout,
} from "../../src/index.js";

/** A component and what composition decides of it. */
export interface Entry {
  readonly component: Component;
  readonly priority: number;
  readonly args?: string;
  /** Another name than the component's. */
  readonly name?: string;
  readonly budgetUs?: number;
  readonly periodUs?: number;
  /** Which component serves a need, by its name, where several could. */
  readonly choose?: Readonly<Record<string, string>>;
  readonly restart?: PlannedComponent["restart"];
}

/** What each caller of a component has of its time. */
const CALLER_US = 200;
const RESTART = { firstUs: 10_000, mostUs: 40_000 };

/** Servers stand before their clients; a need is served by the first component that offers its interface. */
export function planOf(entries: readonly Entry[], personality = "desk"): Plan {
  return { personality, components: entries.map((entry, place) => planned(entry, place, entries)) };
}

function planned(entry: Entry, place: number, entries: readonly Entry[]): PlannedComponent {
  const { component, priority, args = "", restart = RESTART, budgetUs = 5000, periodUs = 10_000 } = entry;
  const layout = slotLayout(component);
  const offers = Object.entries(component.offers);
  const slots: PlannedSlot[] = [];
  if (component.slots > 0) slots.push({ what: "cnode", slot: OWN_CNODE_SLOT });
  if (offers.length > 0) slots.push({ what: "endpoint", slot: 2 });
  if (hasNotification(component)) slots.push({ what: "notification", slot: NOTIFICATION_SLOT });
  slots.push({ what: "parent", slot: 4, badge: place + 1 });
  if (layout.replies > 0) slots.push({ what: "replies", slot: layout.firstReply, count: layout.replies });
  const memory: PlannedMemory[] = [];
  let source = 0;
  for (const [index, [need, spec]] of Object.entries(component.needs).entries()) {
    const slot = layout.needs.get(need) as number;
    const address = needAddress(index);
    if (spec.need === "memory") memory.push({ what: spec.kept ? "kept" : "memory", need, address, pages: spec.pages });
    if (spec.need === "device") {
      memory.push({ what: "device", need, address, pages: spec.pages, physical: spec.address });
      if (spec.interrupt > 0)
        slots.push({ what: "interrupt", slot, need, interrupt: spec.interrupt, source: source++ });
    }
    const resource = plannedResource(need, spec, slot, address);
    if (resource !== null) slots.push(resource);
    if (spec.need !== "calls") continue;
    const isServer = (other: Entry) => Object.values(other.component.offers).includes(spec.of);
    const chosen = entry.choose?.[need];
    const server = entries.find((other) => isServer(other) && (chosen ?? nameOf(other)) === nameOf(other)) as Entry;
    const offer = Object.entries(server.component.offers).findIndex(([, of]) => of === spec.of);
    slots.push({
      ...{ what: "calls", slot, need, interface: spec.of.name, server: nameOf(server) },
      offer: Object.keys(server.component.offers)[offer] as string,
      badge: edgeBadge(offer + 1, place + 1),
      rights: spec.of.sendsCapabilities ? "WGP" : "WP",
    });
    if (spec.window > 0) {
      const serverAddress = clientWindowAddress(place);
      memory.push({ what: "window", need, address, pages: spec.window, server: nameOf(server), serverAddress });
    }
  }
  const hasSlots = component.slots > 0;
  const { callers } = component;
  if (callers > 0) slots.push({ what: "callers", slot: layout.firstCaller, count: callers, budgetUs: CALLER_US });
  return {
    ...{ name: nameOf(entry), program: component.name, args, priority, restart },
    budgetUs: component.passive ? 0 : budgetUs - callers * CALLER_US,
    periodUs: component.passive ? 0 : periodUs,
    cnodeBits: layout.bits,
    free: hasSlots ? { start: layout.firstFree, end: layout.endFree } : { start: 0, end: 0 },
    offers: offers.map(([offer, of]) => plannedOffer(offer, of)),
    slots,
    memory,
  };
}

function nameOf({ component, name = component.name }: Entry): string {
  return name;
}

/** The programs of the processes that a component makes. */
function programsOf({ needs }: Component): readonly Component[] {
  return Object.values(needs).flatMap((need) => (need.need === "programs" ? need.programs : []));
}

/** Boot a plan's image. Programs may die: that is reported by the root task. */
export function bootPlan(entries: readonly Entry[], options: WorldOptions<void> = {}): BootedWorld<void> {
  const plan = planOf(entries);
  const { programs, data } = planImage(plan, [
    ...new Set(entries.flatMap(({ component }) => [component, ...programsOf(component)])),
  ]);
  return bootWorld({ programs, data, mayThrow: Object.keys(programs), onReport: () => {}, ...options });
}

/** Run until nothing happens any more. */
export function settle(world: BootedWorld<void>): void {
  expect(world.machine.run({ events: 400_000 }).reason).toBe("idle");
}
