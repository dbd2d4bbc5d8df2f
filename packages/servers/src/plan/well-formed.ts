/**
 * Whether a plan can be built at all: what is named exists, nothing lies on top of anything else, numbers are in range.
 *
 * This is not whether it is wise. Composition refuses more, by rules that concern interfaces and trust; here are those
 * that a plan which somebody changed by hand breaks, and that a root task would find when half of the system stands.
 */
import { MIN_BUDGET_US, seL4_MaxPrio, seL4_MaxUntypedBits, seL4_PageBits } from "@tessera/libsel4";
import { REGION_BYTES } from "../common/layout.js";
import { PAGE_BYTES } from "../common/need.js";
import { edgeBadge } from "../common/session.js";
import { MAX_SIGNALS } from "../common/signals.js";
import { type Plan, type PlannedComponent, type PlannedMemory, type PlannedSlot, slotCount } from "./plan.js";

/** What is wrong with a part of a plan. */
export interface PlanProblem {
  /** The component, the slot or the pages that it is about: an object of the plan. */
  readonly part: object;
  /** What is wrong, and what to do about it. */
  readonly sentence: string;
}

/** Who is watched has to have so long for an answer, at least. */
const LEAST_WATCH_US = 1000;
/** log2 of the slots of the largest CNode. */
const MAX_CNODE_BITS = 16;

/** A stretch of numbers that one part has for itself: from `start` to before `end`. */
interface Stretch {
  readonly part: object;
  readonly what: string;
  readonly start: number;
  readonly end: number;
}

/** All that is wrong with a plan, in its order. Empty: it can be built, if the machine is large enough. */
export function planProblems(plan: Plan): PlanProblem[] {
  const byName = new Map<string, PlannedComponent>();
  const problems: PlanProblem[] = [];
  for (const component of plan.components) {
    if (byName.has(component.name)) {
      problems.push(wrong(component, `there are two components "${component.name}": rename one of them`));
    }
    byName.set(component.name, component);
  }
  for (const component of plan.components) {
    problems.push(...numberProblems(component), ...slotProblems(component), ...ownProblems(component));
    problems.push(...callProblems(component, byName), ...memoryProblems(component, plan));
    problems.push(...component.slots.flatMap((slot) => resourceProblems(component, slot)));
  }
  return [...problems, ...badgeProblems(plan), ...deviceProblems(plan)];
}

function numberProblems(component: PlannedComponent): PlanProblem[] {
  const { name, priority, budgetUs, periodUs, cnodeBits, restart } = component;
  const problems: PlanProblem[] = [];
  if (priority > seL4_MaxPrio) {
    problems.push(wrong(component, `${name}: priorities go from 0 to ${seL4_MaxPrio}, not to ${priority}`));
  }
  if (budgetUs > periodUs || (budgetUs === 0 && periodUs > 0)) {
    const sentence = `${name}: a budget of ${budgetUs} us in a period of ${periodUs} us: it is above 0 and at most the period`;
    problems.push(wrong(component, sentence));
  }
  if (cnodeBits < 1 || cnodeBits > MAX_CNODE_BITS) {
    problems.push(wrong(component, `${name}: a CNode has from 1 to ${MAX_CNODE_BITS} bits, not ${cnodeBits}`));
  }
  for (const slot of component.slots) {
    if (slot.what !== "callers" || (slot.budgetUs > 0 && slot.budgetUs <= periodUs)) continue;
    problems.push(wrong(slot, `${name}: its callers have a budget above 0 and at most its period`));
  }
  if (restart !== null && (restart.firstUs === 0 || restart.firstUs > restart.mostUs)) {
    problems.push(wrong(component, `${name}: a restart comes first after more than 0, and at most after "most"`));
  }
  if (restart?.watchUs !== undefined) {
    if (component.offers.length === 0) {
      problems.push(
        wrong(component, `${name}: offers nothing, so nobody can ask whether it answers: leave out "watch"`),
      );
    }
    if (restart.watchUs < LEAST_WATCH_US) {
      problems.push(wrong(component, `${name}: a server is asked whether it answers every ms at most: "watch: 1s"`));
    }
  }
  return problems;
}

/** Slots ascend, lie in the CNode, and hold one thing each. */
function slotProblems(component: PlannedComponent): PlanProblem[] {
  const { name, slots, free, cnodeBits } = component;
  const stretches: Stretch[] = slots.map((slot) => {
    return { part: slot, what: `slot ${slot.slot}`, start: slot.slot, end: slot.slot + slotCount(slot) };
  });
  if (free.end > free.start) stretches.push({ part: component, what: "free slots", ...free });
  const problems = orderProblems(name, stretches);
  for (const { part, what, start, end } of stretches) {
    if (start >= 1 && end <= 2 ** cnodeBits) continue;
    problems.push(wrong(part, `${name}, ${what}: its CNode of ${cnodeBits} bits has slots 1 to ${2 ** cnodeBits - 1}`));
  }
  return problems;
}

/** What a component has of its own: each at most once, and what its offers and interrupts ask for. */
function ownProblems(component: PlannedComponent): PlanProblem[] {
  const { name, slots, offers, memory, free } = component;
  const problems: PlanProblem[] = [];
  const needs = slots.filter((slot) => "need" in slot);
  for (const named of [needs, memory]) {
    for (const [i, part] of named.entries()) {
      if (named.findIndex(({ need }) => need === part.need) === i) continue;
      problems.push(wrong(part, `${name}: its need "${part.need}" is there twice: leave one out`));
    }
  }
  for (const [i, { offer }] of offers.entries()) {
    if (offers.findIndex((other) => other.offer === offer) === i) continue;
    problems.push(wrong(component, `${name}: its offer "${offer}" is there twice: leave one out`));
  }
  const has = (what: PlannedSlot["what"]) => slots.some((slot) => slot.what === what);
  for (const what of ["cnode", "endpoint", "notification", "parent", "replies", "callers"] as const) {
    const [, second] = slots.filter((slot) => slot.what === what);
    if (second !== undefined) problems.push(wrong(second, `${name}: has its ${what} twice: leave one out`));
  }
  if (offers.length > 0 && !(has("endpoint") && has("notification") && has("replies"))) {
    const sentence = `${name}: offers something, so it has an "ep (RWGP)", a "notification (RW)" and an "rtreply"`;
    problems.push(wrong(component, sentence));
  }
  if (free.end > free.start && !has("cnode")) {
    problems.push(wrong(component, `${name}: has free slots and no "cnode" by which to fill them`));
  }
  const callers = slots.find((slot) => slot.what === "callers");
  if (callers !== undefined && !(offers.length > 0 && has("cnode"))) {
    problems.push(wrong(callers, `${name}: has callers, so it offers something, and has a "cnode"`));
  }
  const sources = slots.filter((slot) => slot.what === "interrupt");
  if (sources.length > 0 && !has("notification")) {
    problems.push(wrong(sources[0] as PlannedSlot, `${name}: an interrupt signals its "notification (RW)": add one`));
  }
  for (const [i, slot] of sources.entries()) {
    if (slot.source >= MAX_SIGNALS || sources.findIndex(({ source }) => source === slot.source) !== i) {
      problems.push(wrong(slot, `${name}: source ${slot.source} is taken, or not from 0 to ${MAX_SIGNALS - 1}`));
    }
  }
  return problems;
}

function callProblems({ name, slots }: PlannedComponent, byName: ReadonlyMap<string, PlannedComponent>): PlanProblem[] {
  const problems: PlanProblem[] = [];
  for (const slot of slots) {
    if (slot.what !== "calls") continue;
    const { need, server: serverName, offer: offerName, interface: of } = slot;
    const server = byName.get(serverName);
    const offer = server?.offers.find(({ offer }) => offer === offerName);
    if (server === undefined) {
      problems.push(wrong(slot, `${name}.${need}: there is no component "${serverName}", only ${list(byName.keys())}`));
    } else if (offer === undefined) {
      const offers = server.offers.map(({ offer }) => offer);
      problems.push(wrong(slot, `${name}.${need}: ${serverName} offers ${list(offers)}, and no "${offerName}"`));
    } else if (offer.interface !== of) {
      problems.push(
        wrong(slot, `${name}.${need}: is of "${of}", but ${serverName}.${offerName} of "${offer.interface}"`),
      );
    }
  }
  return problems;
}

/** Pages ascend, overlap neither one another nor what a server shares, and windows belong to calls. */
function memoryProblems(component: PlannedComponent, { components }: Plan): PlanProblem[] {
  const { name, memory, slots } = component;
  const problems: PlanProblem[] = [];
  const own = memory.map((pages): Stretch => region(pages, pages.address, `${name}.${pages.need}`));
  problems.push(...orderProblems(name, own));
  for (const slot of slots) if (slot.what === "ownSpace") own.push(viewOf(slot, `${name}.${slot.need}`));
  const shared = components
    .flatMap((client) =>
      client.memory.map((pages) =>
        pages.what === "window" && pages.server === name
          ? region(pages, pages.serverAddress, `the window of ${client.name}.${pages.need}`)
          : null,
      ),
    )
    .filter((stretch) => stretch !== null);
  problems.push(...overlapProblems(`${name} has`, [...own, ...shared]));
  for (const { part, what, start, end } of [...own, ...shared]) {
    if (start % PAGE_BYTES !== 0 || end === start) {
      problems.push(
        wrong(part, `${what}: some pages, at an address that is a multiple of 0x${PAGE_BYTES.toString(16)}`),
      );
    }
  }
  for (const pages of memory) {
    if (pages.what !== "window") continue;
    if (slots.some((slot) => slot.what === "calls" && slot.need === pages.need && slot.server === pages.server))
      continue;
    problems.push(wrong(pages, `${name}.${pages.need}: shares memory with ${pages.server}, which it does not call`));
  }
  return problems;
}

/** What makes processes is in range. */
function resourceProblems({ name, priority }: PlannedComponent, slot: PlannedSlot): PlanProblem[] {
  if (!("need" in slot)) return [];
  const who = `${name}.${slot.need}`;
  switch (slot.what) {
    case "untyped":
      if (slot.bits >= seL4_PageBits && slot.bits <= seL4_MaxUntypedBits) return [];
      return [
        wrong(
          slot,
          `${who}: untyped memory has from ${seL4_PageBits} to ${seL4_MaxUntypedBits} bits, not ${slot.bits}`,
        ),
      ];
    case "priorities":
      if (slot.most < priority) return [];
      return [wrong(slot, `${who}: its threads would keep it from watching them: give them less than its ${priority}`)];
    case "time":
      if (slot.budgetUs >= MIN_BUDGET_US && slot.budgetUs <= slot.periodUs) return [];
      return [wrong(slot, `${who}: a budget is at least ${MIN_BUDGET_US} us, and at most its period`)];
    case "leftover":
      if (slot.sliceUs >= MIN_BUDGET_US) return [];
      return [wrong(slot, `${who}: turns take at least ${MIN_BUDGET_US} us each`)];
    default:
      return [];
  }
}

/** A server tells its clients by their badges. */
function badgeProblems({ components }: Plan): PlanProblem[] {
  const problems: PlanProblem[] = [];
  const seen = new Map<string, string>();
  const parents = new Map<number, string>();
  for (const { name, slots } of components) {
    for (const slot of slots) {
      if (slot.what === "parent") {
        const other = parents.get(slot.badge);
        const sentence = `${name}: a parent's badge is from 1 to the number of components, and nobody else's`;
        if (other !== undefined || slot.badge < 1 || slot.badge > components.length)
          problems.push(wrong(slot, sentence));
        parents.set(slot.badge, name);
      }
      if (slot.what !== "calls") continue;
      const badge = `${slot.server} ${slot.badge}`;
      const other = seen.get(badge);
      const who = `${name}.${slot.need}`;
      if (slot.badge === 0) {
        problems.push(wrong(slot, `${who}: without a badge ${slot.server} cannot tell whose call it is`));
      } else if (!isClientsBadge(components, slot)) {
        const sentence = `${who}: 0x${slot.badge.toString(16)} is no badge of a client of ${slot.server}.${slot.offer}`;
        problems.push(wrong(slot, `${sentence}: those are its offer's place times 0x100, plus from 1 to 0xff`));
      }
      if (other !== undefined) {
        const sentence = `${who}: has the badge of ${other}, so ${slot.server} could not tell them apart: take another`;
        problems.push(wrong(slot, sentence));
      }
      seen.set(badge, who);
    }
  }
  return problems;
}

/** Whether a badge is one of a client at the offer that it calls: no supervisor's, no session's, no signal's. */
function isClientsBadge(
  components: readonly PlannedComponent[],
  call: Extract<PlannedSlot, { what: "calls" }>,
): boolean {
  const offers = components.find(({ name }) => name === call.server)?.offers ?? [];
  const place = offers.findIndex(({ offer }) => offer === call.offer) + 1;
  // An offer that there is not is a problem of its own.
  return place === 0 || (call.badge > edgeBadge(place, 0) && call.badge < edgeBadge(place + 1, 0));
}

/** A device has one driver. */
function deviceProblems({ components }: Plan): PlanProblem[] {
  const registers: Stretch[] = [];
  const interrupts: Stretch[] = [];
  for (const { name, memory, slots } of components) {
    for (const pages of memory) {
      if (pages.what === "device") registers.push(region(pages, pages.physical, `${name}.${pages.need}`));
    }
    for (const slot of slots) {
      if (slot.what !== "interrupt") continue;
      const { interrupt, need } = slot;
      interrupts.push({ part: slot, what: `${name}.${need}`, start: interrupt, end: interrupt + 1 });
    }
  }
  return [
    ...overlapProblems("the same registers are of", registers),
    ...overlapProblems("the same interrupt is of", interrupts),
  ];
}

function orderProblems(name: string, stretches: readonly Stretch[]): PlanProblem[] {
  return stretches.flatMap(({ part, what, start }, i) => {
    const before = stretches[i - 1];
    if (before === undefined || start >= before.end) return [];
    return [wrong(part, `${name}: ${what} begins before ${before.what} ends: put them in order, one behind the other`)];
  });
}

function overlapProblems(sentence: string, stretches: readonly Stretch[]): PlanProblem[] {
  const sorted = [...stretches].sort((a, b) => a.start - b.start);
  return sorted.flatMap(({ part, what, start }, i) => {
    const before = sorted[i - 1];
    if (before === undefined || start >= before.end) return [];
    return [wrong(part, `${sentence} ${before.what} and ${what}: they exclude each other`)];
  });
}

function region(part: PlannedMemory, start: number, what: string): Stretch {
  return { part, what, start, end: start + part.pages * PAGE_BYTES };
}

/** Where a component maps what it likes. */
function viewOf(slot: Extract<PlannedSlot, { what: "ownSpace" }>, what: string): Stretch {
  return { part: slot, what, start: slot.address, end: slot.address + REGION_BYTES };
}

function list(names: Iterable<string>): string {
  const all = [...names];
  return all.length === 0 ? "nothing" : all.join(", ");
}

function wrong(part: object, sentence: string): PlanProblem {
  return { part, sentence };
}
