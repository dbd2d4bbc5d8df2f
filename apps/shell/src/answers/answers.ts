/**
 * Answers: what the shell has its host show, in words. Everything is read from outside (the plan, the kernel's snapshot,
 * its explanations, the trace) and changes nothing.
 */
import type { Machine } from "@tessera/hal-sim";
import { lastRecords } from "@tessera/hal-sim";
import type { Kernel } from "@tessera/kernel";
import { type Plan, printPlan } from "@tessera/servers";

/** Records that `trace` shows, unless it is told a number. */
const TRACE_RECORDS = 20;
const MOST_TRACE_RECORDS = 1000;

/** Who answers. */
export class Answers {
  readonly #machine: Machine;
  readonly #kernel: Kernel;
  readonly #plan: Plan;

  constructor(machine: Machine, kernel: Kernel, plan: Plan) {
    this.#machine = machine;
    this.#kernel = kernel;
    this.#plan = plan;
  }

  /** The answer to a request: lines, each with its end. */
  to(request: string): string {
    const [what = "", ...args] = request.split(" ");
    switch (what) {
      case "plan":
        return planText(this.#plan, args[0]);
      case "trace":
        return this.#trace(args[0]);
      default:
        return `nobody knows what ${JSON.stringify(request)} asks for\n`;
    }
  }

  #trace(records: string | undefined): string {
    const count = records === undefined ? TRACE_RECORDS : Number(records);
    if (!Number.isInteger(count) || count < 1 || count > MOST_TRACE_RECORDS) {
      return `trace: a number of records from 1 to ${MOST_TRACE_RECORDS}, not ${JSON.stringify(records)}\n`;
    }
    void this.#kernel;
    return lastRecords(this.#machine.trace, count)
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
