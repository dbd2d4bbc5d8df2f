/**
 * From components and the edges between them to a plan: slots, badges, addresses.
 *
 * All numbers follow from names and declarations, never from who was added first, so a change in a plan is a change of
 * the system: a server's clients are numbered by their names and needs, and the components stand in layers, servers
 * before their clients, and by name in a layer.
 */

import { type Plan, type PlannedComponent, plannedComponent } from "@tessera/servers";
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
  const { component, name, args, priority, budgetUs, periodUs, restart } = placed;
  const decided = { name, args, priority, budgetUs, periodUs, restart, callerUs: callerBudget(budgetUs) };
  const numbered = edges.map((edge) => ({ ...edge, number: numbers.get(edge) as number }));
  return plannedComponent(component, decided, place, numbered);
}

/** By the code units of their names, in all languages of the host alike. */
export function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return compare(a.name, b.name);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
