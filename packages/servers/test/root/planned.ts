/** Plans of a few components without a personality, and the worlds that run them. */
import { type BootedWorld, bootWorld, type WorldOptions } from "@tessera/testing";
import { expect } from "vitest";
import {
  type Component,
  type ImageProgram,
  type NeedEdge,
  type Plan,
  type PlannedComponent,
  planImage,
  plannedComponent,
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
  /** Which component serves a need, by its name, or which of its offers ("vfs.guest"), where several could. */
  readonly choose?: Readonly<Record<string, string>>;
  readonly restart?: PlannedComponent["restart"];
}

/** More than there are in a plan. */
const ENTRIES = 32;
/** What each caller of a component has of its time. */
const CALLER_US = 200;
const RESTART = { firstUs: 10_000, mostUs: 40_000 };

/** Servers stand before their clients; a need is served by the first component that offers its interface. */
export function planOf(entries: readonly Entry[], personality = "desk"): Plan {
  return { personality, components: entries.map((entry, place) => planned(entry, place, entries)) };
}

function planned(entry: Entry, place: number, entries: readonly Entry[]): PlannedComponent {
  const { component, priority, args = "", restart = RESTART, budgetUs = 5000, periodUs = 10_000 } = entry;
  const time = component.passive ? { budgetUs: 0, periodUs: 0 } : { budgetUs, periodUs };
  const edgesTo = new Map<Entry, number>();
  const edges = Object.entries(component.needs).flatMap(([need, spec]): NeedEdge[] => {
    if (spec.need !== "calls") return [];
    const { of, window } = spec;
    const isServer = (other: Entry) => Object.values(other.component.offers).includes(of);
    const [chosen, chosenOffer] = entry.choose?.[need]?.split(".") ?? [];
    const server = entries.find((other) => isServer(other) && (chosen ?? nameOf(other)) === nameOf(other)) as Entry;
    const offered = Object.entries(server.component.offers).find(([, each]) => each === of)?.[0] ?? "";
    const offer = chosenOffer ?? offered;
    // Whoever has several edges to one server has a number for each.
    const before = edgesTo.get(server) ?? 0;
    edgesTo.set(server, before + 1);
    const number = place + 1 + before * ENTRIES;
    return [{ need, of, server: { ...server, name: nameOf(server) }, offer, number, window }];
  });
  const decided = { name: nameOf(entry), args, priority, ...time, restart, callerUs: CALLER_US };
  return plannedComponent(component, decided, place + 1, edges);
}

function nameOf({ component, name = component.name }: Entry): string {
  return name;
}

/** The programs of the processes that a component makes. */
function programsOf({ needs }: Component): readonly ImageProgram[] {
  return Object.values(needs).flatMap((need) => (need.need === "programs" ? need.programs : []));
}

/** What a plan of these entries names as programs. */
export function imagePrograms(entries: readonly Entry[]): readonly ImageProgram[] {
  return [...new Set(entries.flatMap(({ component }) => [component, ...programsOf(component)]))];
}

/** Boot a plan's image. Programs may die: that is reported by the root task. */
export function bootPlan(entries: readonly Entry[], options: WorldOptions<void> = {}): BootedWorld<void> {
  const plan = planOf(entries);
  const { programs, data } = planImage(plan, imagePrograms(entries));
  return bootWorld({ programs, data, mayThrow: Object.keys(programs), onReport: () => {}, ...options });
}

/** Run until nothing happens any more. */
export function settle(world: BootedWorld<void>): void {
  expect(world.machine.run({ events: 400_000 }).reason).toBe("idle");
}
