/**
 * Two texts of a plan, compared: what changed in authority, and then line by line.
 *
 * The lines alone would hide what matters between what merely moved: one client more gives many others a new badge. So
 * components are compared by name and what they have by need, the new badges are counted, and what somebody gained is
 * marked by `+`, what he lost by `-`, what changed by `~`.
 */
import {
  memoryText,
  offerText,
  type Plan,
  type PlannedComponent,
  parsePlan,
  restartText,
  slotText,
  timeText,
} from "@tessera/servers";
import { unifiedDiff } from "./lines.js";

/**
 * What is different between two texts of a plan.
 * @param actual what the composition says now
 * @param golden what was reviewed
 * @returns for people, of several lines; null when nothing is. Line ends of another host are no difference.
 */
export function comparePlan(actual: string, golden: string): string | null {
  const [now, before] = [actual, golden].map((text) => text.replaceAll("\r\n", "\n")) as [string, string];
  if (now === before) return null;
  const changes = changesBetween(now, before);
  return [...changes, "", unifiedDiff(before, now, "reviewed", "now")].join("\n");
}

function changesBetween(actual: string, golden: string): string[] {
  const now = parsePlan(actual, "now");
  let before: Plan;
  try {
    before = parsePlan(golden, "reviewed");
  } catch (error) {
    return [`what was reviewed is no plan: ${(error as Error).message}`];
  }
  const changes = planChanges(before, now);
  return changes.length > 0 ? changes : ["nobody may do more or less than before: only the text differs"];
}

/** What has changed from one plan to another, a line each: components first, then what each has. */
export function planChanges(before: Plan, now: Plan): string[] {
  const lines: string[] = [];
  if (before.personality !== now.personality) lines.push(`~ personality ${before.personality} -> ${now.personality}`);
  for (const component of now.components) {
    const old = before.components.find(({ name }) => name === component.name);
    if (old === undefined) lines.push(newcomer(component), ...changesOf(nobody(component), component));
    else lines.push(...changesOf(old, component));
  }
  for (const { name } of before.components) {
    if (!now.components.some((component) => component.name === name)) lines.push(`- ${name}: no longer exists`);
  }
  const renumbered = renumberedBadges(before, now);
  if (renumbered !== "") lines.push(renumbered);
  return lines;
}

function changesOf(before: PlannedComponent, now: PlannedComponent): string[] {
  const [old, current] = [factsOf(before), factsOf(now)];
  const lines: string[] = [];
  for (const [what, text] of current) {
    const was = old.get(what);
    if (was === undefined) lines.push(`+ ${now.name}: ${text}`);
    else if (was !== text) lines.push(`~ ${now.name}: ${was} -> ${text}`);
  }
  for (const [what, text] of old) if (!current.has(what)) lines.push(`- ${now.name}: ${text}`);
  return lines;
}

/** What there is to say about a component, by a key that stays; badges, and where in its slots it is, are left out. */
function factsOf(component: PlannedComponent): Map<string, string> {
  const { program, args, priority, offers, slots, memory, free, cnodeBits } = component;
  const facts = new Map([
    ["program", `program ${program}`],
    ["args", `args ${JSON.stringify(args)}`],
    ["prio", `prio ${priority}`],
    ["time", timeText(component)],
    ["restart", restartText(component)],
    ["slots", `cnode (${cnodeBits} bits), ${free.end - free.start} slots free`],
  ]);
  for (const offer of offers) facts.set(`offer ${offer.offer}`, offerText(offer));
  for (const slot of slots) {
    const key = "need" in slot ? `need ${slot.need}` : slot.what;
    const count = "count" in slot ? `${slot.count} ` : "";
    facts.set(key, `${count}${withoutBadge(slotText(slot))}`);
  }
  for (const pages of memory) facts.set(`memory ${pages.need}`, memoryText(pages).replace(/, at: 0x[0-9a-f]+/, ""));
  return facts;
}

function newcomer(component: PlannedComponent): string {
  const { name, program, priority } = component;
  return `+ ${name}: a new component, program ${program}, prio ${priority}, ${timeText(component)}`;
}

/** A component of that name of which nothing is known but what every component has. */
function nobody(component: PlannedComponent): PlannedComponent {
  const slots = component.slots.filter(({ what }) => what === "parent");
  return { ...component, args: "", offers: [], slots, memory: [] };
}

function renumberedBadges(before: Plan, now: Plan): string {
  const badges = (plan: Plan) =>
    new Map(
      plan.components.flatMap(({ name, slots }) =>
        slots.flatMap((slot) => {
          if (slot.what === "calls") return [[`${name}.${slot.need} ${slot.server}`, slot.badge] as const];
          return slot.what === "parent" ? [[name, slot.badge] as const] : [];
        }),
      ),
    );
  const old = badges(before);
  const count = [...badges(now)].filter(([edge, badge]) => (old.get(edge) ?? badge) !== badge).length;
  if (count === 0) return "";
  return `~ ${count} ${count === 1 ? "badge has" : "badges have"} another number, and nobody another right by it`;
}

function withoutBadge(text: string): string {
  return text.replace(/, badge: 0x[0-9a-f]+/, "");
}
