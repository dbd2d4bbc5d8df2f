/**
 * Reach: who can make whom do something, and through what.
 *
 * A component acts on another directly by what it holds: an endpoint to call, or memory that both see. Everything else
 * is through others, who would have to play along: a server that calls on for its client, or that writes into a window
 * it shares with somebody else. So there are two questions. Directly: what has it been given? And in the end: what if
 * all those in between were its accomplices? Whoever answers the second with no need not trust anybody.
 *
 *     calls        client to server: it has an endpoint of it
 *     window       both ways: what one writes the other reads
 *     hand-over    server to client, where the client's endpoint has Grant, or that of a session which it can open: the
 *                  client may hand it a capability of its own, for instance to be signalled by, or for a process that it
 *                  creates, and so have it act on what the client acts on
 *
 * An answer is not a way of its own: it goes to who has asked, and brings what the server could do for it anyway.
 *
 * Source: the leak closure of capDL's analysis (seL4/capdl), less what a plan's components cannot have.
 */
import { hex, type Plan } from "@tessera/servers";
import { meant } from "./near.js";

/** A way from one component to another. */
export interface Step {
  readonly by: "calls" | "window" | "hand-over";
  readonly from: string;
  readonly to: string;
  /** The need that the way belongs to, as `client.need`. */
  readonly need: string;
  /** Of a call: the offer that is called. */
  readonly offer: string;
  /** What it is, as a sentence has it. */
  readonly text: string;
}

/** Who does not count as an accomplice. */
export interface ReachOptions {
  /** Components that are trusted not to act for others in ways that they should not: no way leads through them. */
  readonly trusting?: readonly string[];
  /** Only what it holds itself: nobody in between. */
  readonly directly?: boolean;
}

/** All ways from one component to the next that a plan has, in its order. */
export function planSteps({ components }: Plan): Step[] {
  return components.flatMap(({ name: client, slots, memory }) => {
    const steps: Step[] = [];
    for (const slot of slots) {
      if (slot.what !== "calls") continue;
      const { need, server, offer, badge, rights } = slot;
      const at = { need: `${client}.${need}`, offer };
      const text = `${client} calls ${server}.${offer} by its need "${need}" (${rights}, badge ${hex(badge)})`;
      steps.push({ by: "calls", from: client, to: server, ...at, text });
      const sessions = components
        .find((other) => other.name === server)
        ?.offers.find((o) => o.offer === offer)?.sessions;
      if (!rights.includes("G") && sessions === undefined) continue;
      const by = rights.includes("G") ? "which calls it with Grant" : "by sessions with Grant that it can open";
      const handed = `${server} may be handed capabilities by ${client}, ${by} (need "${need}")`;
      steps.push({ by: "hand-over", from: server, to: client, ...at, text: handed });
    }
    for (const pages of memory) {
      if (pages.what !== "window") continue;
      const { need, server } = pages;
      const at = { by: "window", need: `${client}.${need}`, offer: "" } as const;
      const shares = (a: string, b: string) => `${a} shares memory with ${b}, the window of ${client}'s need "${need}"`;
      steps.push({ ...at, from: client, to: server, text: shares(client, server) });
      steps.push({ ...at, from: server, to: client, text: shares(server, client) });
    }
    return steps;
  });
}

/**
 * The shortest way by which `from` can act on `to`.
 * @param to a component, or one of its offers: `"network"`, `"network.sockets"`
 * @returns its steps, none of them for a component and itself; null when there is no way
 * @throws Error for a component or an offer that the plan does not have
 */
export function reaches(plan: Plan, from: string, to: string, options: ReachOptions = {}): readonly Step[] | null {
  const { trusting = [], directly = false } = options;
  const [target = "", offer] = to.split(".");
  for (const name of [from, target, ...trusting]) requireComponent(plan, name);
  if (offer !== undefined) requireOffer(plan, target, offer);
  const steps = planSteps(plan);
  const arrives = (step: Step) =>
    step.to === target && (offer === undefined || (step.by === "calls" && step.offer === offer));
  if (from === target && offer === undefined) return [];

  const seen = new Set([from]);
  let paths: (readonly Step[])[] = [[]];
  while (paths.length > 0) {
    const longer: (readonly Step[])[] = [];
    for (const path of paths) {
      const here = path.at(-1)?.to ?? from;
      for (const step of steps.filter((other) => other.from === here)) {
        if (arrives(step)) return [...path, step];
        if (seen.has(step.to) || trusting.includes(step.to)) continue;
        seen.add(step.to);
        longer.push([...path, step]);
      }
    }
    paths = directly ? [] : longer;
  }
  return null;
}

/** A way as a list, a line a step. */
export function pathText(path: readonly Step[]): string {
  return path.map(({ text }, i) => `  ${i + 1}. ${text}`).join("\n");
}

/** Whom a component can act on: directly, and in the end. Both by name, in the plan's order. */
export function reachOf(plan: Plan, from: string, options: ReachOptions = {}): { direct: string[]; all: string[] } {
  const others = plan.components.map(({ name }) => name).filter((name) => name !== from);
  return {
    direct: others.filter((to) => reaches(plan, from, to, { ...options, directly: true }) !== null),
    all: others.filter((to) => reaches(plan, from, to, options) !== null),
  };
}

function requireComponent({ personality, components }: Plan, name: string): void {
  const names = components.map((component) => component.name);
  if (!names.includes(name))
    throw new Error(`${personality} has no component "${name}": ${meant(name, names, "components")}`);
}

function requireOffer({ components }: Plan, name: string, offer: string): void {
  const offers = components.find((component) => component.name === name)?.offers.map((offered) => offered.offer) ?? [];
  if (!offers.includes(offer)) throw new Error(`${name} has no offer "${offer}": ${meant(offer, offers, "offers")}`);
}
