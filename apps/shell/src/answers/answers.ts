/**
 * Answers: what the shell has its host show, in words. Everything is read from outside (the plan, the kernel's snapshot,
 * its explanations, the trace) and changes nothing.
 */
import { lastRecords, type Machine } from "@tessera/hal-sim";
import type { Kernel } from "@tessera/kernel";
import { type AnyInterface, type Component, type Plan, printPlan } from "@tessera/servers";
import { capabilitiesText } from "./capabilities.js";
import { exchangesIn } from "./conversation.js";
import { interfacesOf } from "./interfaces.js";
import { timeUseText } from "./time-use.js";
import { whyText } from "./why.js";

/** Records that `trace` shows, unless it is told a number. */
const TRACE_RECORDS = 20;
const MOST_TRACE_RECORDS = 1000;

/** What is answered about. */
export interface Watched {
  readonly machine: Machine;
  readonly kernel: Kernel;
  readonly plan: Plan;
  readonly components: readonly Component[];
}

/** Who answers. */
export class Answers {
  readonly #watched: Watched;
  readonly #interfaces: ReadonlyMap<string, AnyInterface>;

  constructor(watched: Watched) {
    this.#watched = watched;
    this.#interfaces = interfacesOf(watched.components);
  }

  /** The answer to a request: lines, each with its end. */
  to(request: string): string {
    const { machine, kernel, plan, components } = this.#watched;
    const [what = "", ...args] = request.split(" ");
    switch (what) {
      case "caps":
        return capabilitiesText({ plan, snapshot: kernel.snapshot(), programs: components }, args[0] ?? "shell");
      case "plan":
        return planText(plan, args[0]);
      case "top":
        return timeUseText(machine.trace, kernel.snapshot());
      case "trace":
        return this.#trace(args[0]);
      case "why":
        return this.#why(args);
      default:
        return `nobody knows what ${JSON.stringify(request)} asks for\n`;
    }
  }

  #why(names: readonly string[]): string {
    const { machine, kernel, plan } = this.#watched;
    const explanations = kernel.explanations();
    const nameOf = (id: number) => machine.trace.nameOf(id);
    const exchanges = exchangesIn(machine.trace, plan, this.#interfaces, nameOf);
    const known = new Map([
      ...explanations.map(({ threadId, thread }) => [threadId, thread] as const),
      ...exchanges.map(({ client }) => [client, nameOf(client)] as const),
    ]);
    const suspects = names.map((name) => ({
      name,
      ids: [...known].filter(([, thread]) => thread === name).map(([id]) => id),
    }));
    return whyText(suspects, exchanges, explanations);
  }

  #trace(records: string | undefined): string {
    const count = records === undefined ? TRACE_RECORDS : Number(records);
    if (!Number.isInteger(count) || count < 1 || count > MOST_TRACE_RECORDS) {
      return `trace: a number of records from 1 to ${MOST_TRACE_RECORDS}, not ${JSON.stringify(records)}\n`;
    }
    return lastRecords(this.#watched.machine.trace, count)
      .map((line) => `${line}\n`)
      .join("");
  }
}

function planText(plan: Plan, name: string | undefined): string {
  const components = name === undefined ? plan.components : plan.components.filter((each) => each.name === name);
  if (components.length === 0) return `there is no component ${JSON.stringify(name)}\n`;
  const text = printPlan({ ...plan, components });
  return name === undefined ? text : text.slice(text.indexOf("component "));
}
