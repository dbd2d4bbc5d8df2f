/**
 * Personalities: components taken in, one after the other, until they are an operating system.
 *
 *     export const desk = new Personality("desk")
 *       .add(logger, { priority: 150, budget: "1ms/10ms" })
 *       .add(ramfs, { priority: 120, budget: "3ms/10ms" })
 *       .add(editor, { priority: 100, budget: "2ms/10ms" });
 *     printPlan(desk.plan());
 *
 * What is wrong with one component is refused where it is added, what is wrong between them when the plan is made.
 */
import {
  type Component,
  type ImageProgram,
  isName,
  PAGE_BYTES,
  type Plan,
  type PlannedComponent,
  planProblems,
  writeEnvironment,
} from "@tessera/servers";
import { byName, compose } from "./compose.js";
import { edgesOf } from "./edges.js";
import { planBytes } from "./footprint.js";
import { type Placed, type Placing, place } from "./placing.js";
import { CompositionRefused } from "./refused.js";
import { brokenRules } from "./rules.js";

/** The machine that a personality is for. */
export interface PersonalityOptions {
  /** Bytes of its RAM: 64 MiB if left out, as a machine has that was told nothing else. */
  readonly ramBytes?: number;
}

const DEFAULT_RAM_BYTES = 64 * 2 ** 20;
/** What an image calls the program that builds the plan. */
const ROOT = "root";

/** Components, and what is decided about each. */
export class Personality {
  readonly name: string;
  readonly #ramBytes: number;
  readonly #placed = new Map<string, Placed>();

  /**
   * @param name as its plan writes it
   * @throws CompositionRefused for a name that will not do
   */
  constructor(name: string, { ramBytes = DEFAULT_RAM_BYTES }: PersonalityOptions = {}) {
    if (!isName(name)) throw new CompositionRefused(`"${name}"`, ["a personality is called by a word such as desk"]);
    this.name = name;
    this.#ramBytes = ramBytes;
  }

  /**
   * Take a component in. In which order they are added makes no difference.
   * @returns the personality itself
   * @throws CompositionRefused for what cannot be decided like that, a name that is taken, or another component of the
   * same name: a program is found by it
   */
  add(component: Component, placing: Placing): this {
    const confused = confusion(component, placing);
    if (confused !== null) throw new CompositionRefused(this.name, [confused]);
    const { placed, reasons } = place(component, placing);
    const known = [...this.programs(), ...programsOf(component)];
    if (this.#placed.has(placed.name)) {
      reasons.push(`there are two components "${placed.name}": give one of them another name: "${placed.name}2"`);
    }
    for (const program of programsOf(component)) {
      const { name } = program;
      const who = program === component ? placed.name : `${placed.name}.${name}`;
      const twin = known.find((other) => other.name === name);
      if (twin !== undefined && twin !== program) {
        const other = this.#userOf(twin);
        reasons.push(`${who} and ${other} are two different programs "${name}": rename one where it is defined`);
      }
      if (name === ROOT) {
        reasons.push(
          `${who}: a program cannot be called "${ROOT}", as the root task is: rename it where it is defined`,
        );
      }
    }
    if (reasons.length > 0) throw new CompositionRefused(this.name, reasons);
    this.#placed.set(placed.name, placed);
    return this;
  }

  /**
   * What exists, and who may do what: the same however it was written down.
   * @throws CompositionRefused with all reasons: a need that nobody offers, two offers without a choice, a cycle of
   * blocking calls, priorities against the direction of calls, an untrusted client of a passive server, two drivers of
   * one device, more time or memory than there is
   */
  plan(): Plan {
    const all = [...this.#placed.values()].sort(byName);
    const { edges, reasons, cause } = edgesOf(all);
    const broken = [...reasons, ...brokenRules(all, edges)];
    if (broken.length > 0) throw new CompositionRefused(this.name, broken, cause ?? undefined);
    const plan = compose(this.name, all, edges);
    const impossible = [...planProblems(plan).map(({ sentence }) => sentence), ...tooMuch(plan, this.#ramBytes)];
    if (impossible.length > 0) throw new CompositionRefused(this.name, impossible);
    return plan;
  }

  /** What its plan names as programs, each once and ordered by name: for an image. */
  programs(): readonly ImageProgram[] {
    return [...new Set([...this.#placed.values()].flatMap(({ component }) => programsOf(component)))].sort(byName);
  }

  /** Those of them that are components, and so say what they need. */
  components(): readonly Component[] {
    return this.programs().flatMap((program) => ("program" in program ? [] : [program]));
  }

  /** Who runs a program, or has it run, in words. */
  #userOf(program: ImageProgram): string {
    const user = [...this.#placed.values()].find(({ component }) => programsOf(component).includes(program));
    if (user === undefined) return program.name;
    return user.component === program ? user.name : `${user.name}.${program.name}`;
  }
}

/** A component, and the programs of the processes that it makes. */
function programsOf(component: Component): ImageProgram[] {
  const made = Object.values(component.needs).flatMap((need) => (need.need === "programs" ? need.programs : []));
  return [component, ...made];
}

/** What TypeScript refuses, for who writes no types. */
function confusion(component: Component, placing: Placing): string | null {
  if (typeof component?.main !== "function") return "what is added is no component: write add(component(…), { … })";
  if (typeof placing === "object" && placing !== null) return null;
  const how = `add(${component.name}, { priority: 100, budget: "2ms/10ms" })`;
  return `${component.name}: say how urgent it is and on whose time it runs: ${how}`;
}

/** What does not fit: memory into the machine, what a component is told onto its page. */
function tooMuch(plan: Plan, ramBytes: number): string[] {
  const reasons: string[] = [];
  const bytes = planBytes(plan);
  if (bytes > ramBytes) {
    const most = plan.components
      .map((component) => ({
        name: component.name,
        pages: pagesOf(component),
      }))
      .reduce((a, b) => (b.pages > a.pages ? b : a));
    reasons.push(
      `more memory than there is: its objects take ${kib(bytes)} at least, the machine has ${kib(ramBytes)}; ` +
        `the most is ${most.name}'s, ${most.pages} pages by its needs. Ask for less, or set ramBytes`,
    );
  }
  const calls = plan.components.flatMap(({ slots }) => slots.filter((slot) => slot.what === "calls"));
  for (const { name, args, slots, memory } of plan.components) {
    const needs = new Set([...slots, ...memory].flatMap((part) => ("need" in part ? [part.need] : [])));
    const clients = calls.filter(({ server }) => server === name);
    const nothing = { slot: 0, address: 0, bytes: 0, extra: 0 };
    const client = { badge: 0, offer: 0, address: 0, bytes: 0 };
    const numbers = { incarnation: 0, firstFree: 0, endFree: 0, cnodeBits: 0, replies: 0 };
    try {
      writeEnvironment({ ...numbers, needs: [...needs].map(() => nothing), clients: clients.map(() => client), args });
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      reasons.push(`${name}: ${error.message}: give it shorter arguments, or put another server beside it`);
    }
  }
  return reasons;
}

/** Pages that a component has by its needs: memory of its own, and untyped memory. */
function pagesOf({ slots, memory }: PlannedComponent): number {
  const untyped = slots.reduce((sum, slot) => sum + (slot.what === "untyped" ? 2 ** slot.bits / PAGE_BYTES : 0), 0);
  return memory.reduce((sum, { pages }) => sum + pages, untyped);
}

function kib(bytes: number): string {
  return `${Math.ceil(bytes / 1024)} KiB`;
}
