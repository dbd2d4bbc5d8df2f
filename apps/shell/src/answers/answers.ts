/**
 * Answers: what the shell has its host show, in words. Everything is read from outside (the plan, the kernel's snapshot,
 * its explanations, the trace) and changes nothing.
 */
import { exchangesIn, interfacesOf, whyText } from "@tessera/app-host/answers";
import { type Machine, recordsBefore } from "@tessera/hal-sim";
import type { Kernel } from "@tessera/kernel";
import { type AnyInterface, type Component, type Plan, printPlan } from "@tessera/servers";
import { capabilitiesText } from "./capabilities.js";
import { timeUseText } from "./time-use.js";

/** Records that `trace` shows, unless it is told a number. */
const TRACE_RECORDS = 20;
const MOST_TRACE_RECORDS = 1000;

/** Whose failures are the shell's own. */
const SHELL = "shell";
/** Records that telling of a step leaves: its bytes. */
const TOLD_RECORDS = "step\n".length;

/** What is answered about. */
export interface Watched {
  readonly machine: Machine;
  readonly kernel: Kernel;
  readonly plan: Plan;
  readonly components: readonly Component[];
}

/** Where in the run something begins: a tick, and the number of a record of the trace. */
interface Moment {
  readonly tick: number;
  readonly record: number;
}

/** Who answers. The shell also tells when it begins with a step, and that it has failed at one itself. */
export class Answers {
  readonly #watched: Watched;
  #step: Moment = { tick: 0, record: 0 };
  #failed: { readonly from: Moment; readonly to: Moment } | null = null;
  readonly #interfaces: ReadonlyMap<string, AnyInterface>;

  constructor(watched: Watched) {
    this.#watched = watched;
    this.#interfaces = interfacesOf(watched.components);
  }

  /** The answer to a request: lines, each with its end. */
  to(request: string): string {
    const { machine, kernel, plan, components } = this.#watched;
    const now = { tick: machine.clock.ticks, record: machine.trace.count };
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
      case "step":
        this.#step = { tick: now.tick, record: now.record - TOLD_RECORDS };
        return "";
      case "failed":
        this.#failed = { from: this.#step, to: now };
        return "";
      default:
        return `nobody knows what ${JSON.stringify(request)} asks for\n`;
    }
  }

  #why(names: readonly string[]): string {
    const { machine, kernel, plan } = this.#watched;
    const nameOf = (id: number) => machine.trace.nameOf(id);
    const exchanges = exchangesIn(machine.trace, plan, this.#interfaces, nameOf);
    const suspects = names.map((name) => {
      // A process has done nothing but this; the shell has done much else, before and since.
      const during = name === SHELL ? this.#failed : null;
      return {
        name,
        exchanges: exchanges.filter(
          ({ client, at }) =>
            nameOf(client) === name && (during === null || (at >= during.from.record && at < during.to.record)),
        ),
        explanations: kernel
          .explanations()
          .filter(
            ({ thread, tick }) =>
              thread === name && (during === null || (tick >= during.from.tick && tick <= during.to.tick)),
          ),
      };
    });
    return whyText(suspects);
  }

  #trace(records: string | undefined): string {
    const count = records === undefined ? TRACE_RECORDS : Number(records);
    if (!Number.isInteger(count) || count < 1 || count > MOST_TRACE_RECORDS) {
      return `trace: a number of records from 1 to ${MOST_TRACE_RECORDS}, not ${JSON.stringify(records)}\n`;
    }
    // What the request itself has left there, and what was written out before it, is in the way of what it is about.
    return recordsBefore(this.#watched.machine.trace, this.#step.record, count)
      .map((line) => `${line}\n`)
      .join("");
  }
}

function planText(plan: Plan, name: string | undefined): string {
  const components = name === undefined ? plan.components : plan.components.filter((each) => each.name === name);
  if (components.length === 0) return `there is no component ${JSON.stringify(name)}\n`;
  const text = printPlan({ ...plan, components });
  if (name === undefined) return text;
  const called = components.flatMap(({ offers }) => offers.map(({ offer }) => calledText(plan, name, offer)));
  return text.slice(text.indexOf("component ")) + called.join("");
}

/** Who may call an offer: a plan says it of each client, and so in many places. */
function calledText({ components }: Plan, server: string, offer: string): string {
  const clients = components.filter(({ slots }) =>
    slots.some((slot) => slot.what === "calls" && slot.server === server && slot.offer === offer),
  );
  const names = clients.length === 0 ? "no component" : clients.map(({ name }) => name).join(", ");
  return `${server}.${offer} is called by ${names}\n`;
}
