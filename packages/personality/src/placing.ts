/**
 * Placing: what a personality decides about a component that it takes in. The component says what it needs and offers;
 * here is what it cannot know: how urgent it is, on whose time it runs, whose offer it gets where there are several.
 */

import { seL4_MaxPrio } from "@tessera/libsel4/abi";
import {
  type Component,
  durationText,
  isName,
  type PlannedRestart,
  parseBudget,
  parseDuration,
} from "@tessera/servers";
import { callerBudget } from "./caller-budget.js";
import { meant } from "./near.js";

/** What a personality decides about a component. */
export interface Placing {
  /** From 0 to 253, above that of everybody who calls it; a greater number is more urgent. */
  readonly priority: number;
  /** What it may use of each period: `"2ms/10ms"`. None for a passive component, which runs on its callers' time. */
  readonly budget?: string;
  /** What this one is called, where there are several of a component; the component's name if left out. */
  readonly name?: string;
  /** What is said to it when it starts. */
  readonly args?: string;
  /** Whose offer a need gets: `{ files: "ramfs" }`, or `"ramfs.files"` where that offers several. */
  readonly choose?: Readonly<Record<string, string>>;
  /**
   * Clients that may decide when this server runs: those on whose time it runs if it is passive, and those whose
   * priority is not below its own. A client that is named here and then spins, or is started with too small a budget,
   * keeps all others waiting.
   */
  readonly trusts?: readonly string[];
  /**
   * How soon it is started again when it dies: first after this time, then after twice as long each time, but never
   * longer than `most`. If left out, those that offer something are started again from `10ms` to `1s`, others not.
   * Who has `watch` is asked so often whether it answers, and counts as dead if it does not until the next time. A
   * machine is never idle then.
   */
  readonly restart?: { readonly first: string; readonly most: string; readonly watch?: string } | false;
}

/** A component in its place. */
export interface Placed {
  readonly name: string;
  readonly component: Component;
  readonly args: string;
  readonly priority: number;
  /** Both 0: it is passive. */
  readonly budgetUs: number;
  readonly periodUs: number;
  /** By need: "server" or "server.offer". */
  readonly choose: ReadonlyMap<string, string>;
  readonly trusts: readonly string[];
  readonly restart: PlannedRestart | null;
}

/** The root task and its supervisor are above, so that they can build and watch. */
const MOST_PRIORITY = seL4_MaxPrio - 2;
const RESTART = { firstUs: 10_000, mostUs: 1_000_000 };
const KNOWN = ["priority", "budget", "name", "args", "choose", "trusts", "restart"];

/** A component in its place, with the reasons for which it cannot be there. */
export function place(component: Component, placing: Placing): { placed: Placed; reasons: string[] } {
  const { name = component.name, args = "", priority, choose = {}, trusts = [] } = placing;
  const reasons: string[] = [];
  const refuse = (reason: string) => reasons.push(`${name}: ${reason}`);
  for (const option of Object.keys(placing)) {
    if (!KNOWN.includes(option)) refuse(`there is no option "${option}": ${meant(option, KNOWN, "options")}`);
  }
  if (!isName(name)) refuse("a component is called by a word such as ramfs2");
  if (!Number.isInteger(priority) || priority < 0 || priority > MOST_PRIORITY) {
    refuse(`a priority is a whole number from 0 to ${MOST_PRIORITY}, not ${String(priority)}`);
  }
  for (const need of Object.keys(choose)) {
    const calls = Object.entries(component.needs).filter(([, declared]) => declared.need === "calls");
    const needs = calls.map(([other]) => other);
    if (!needs.includes(need))
      refuse(`choose: it has no need "${need}" of a server: ${meant(need, needs, "such needs")}`);
  }
  const time = timeOf(component, placing);
  if (typeof time === "string") refuse(time);
  else if (component.callers > 0) {
    const callersUs = component.callers * callerBudget(time.budgetUs);
    if (callersUs * 2 > time.budgetUs) {
      const most = `its ${component.callers} callers take ${durationText(callersUs)}`;
      refuse(`${most} of its budget "${String(placing.budget)}", more than half: give it more, or fewer callers`);
    }
  }
  const restart = restartOf(component, placing);
  if (typeof restart === "string") refuse(restart);
  const placed: Placed = {
    name,
    component,
    args,
    priority,
    ...(typeof time === "string" ? { budgetUs: 0, periodUs: 0 } : time),
    choose: new Map(Object.entries(choose)),
    trusts,
    restart: typeof restart === "string" ? null : restart,
  };
  return { placed, reasons };
}

function timeOf({ passive }: Component, { budget }: Placing) {
  if (passive) {
    return budget === undefined
      ? { budgetUs: 0, periodUs: 0 }
      : `it is passive and runs on its callers' time: leave out the budget "${budget}"`;
  }
  return budget === undefined
    ? 'without a budget it never runs: add one such as budget: "2ms/10ms" (only passive components have none)'
    : parseBudget(budget);
}

function restartOf({ offers }: Component, { restart }: Placing) {
  if (restart === false) return null;
  if (restart === undefined) return Object.keys(offers).length > 0 ? RESTART : null;
  const { first, most, watch } = restart;
  const firstUs = parseDuration(first);
  const mostUs = parseDuration(most);
  const watchUs = watch === undefined ? undefined : parseDuration(watch);
  if (watchUs === null) return `restart: { watch: "1s" } is a time, not "${watch}"`;
  const watched = watchUs === undefined ? {} : { watchUs };
  if (firstUs !== null && mostUs !== null && firstUs > 0 && firstUs <= mostUs) return { firstUs, mostUs, ...watched };
  const said = typeof restart === "object" ? `"${first}" and "${most}"` : JSON.stringify(restart);
  return `restart: { first: "10ms", most: "1s" } are two times above 0, not ${said}`;
}
