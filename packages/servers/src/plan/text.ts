/**
 * A plan as text, which people review and the root task reads. In capDL's words, one block a component:
 *
 *     personality desk
 *
 *     component ramfs {
 *       program ramfs                                        its instance may have another name
 *       args "/motd"                                         left out when there are none
 *       prio 120
 *       sc (budget: 3ms, period: 10ms)                       or: passive
 *       restart (first: 10ms, most: 1s)                      or: restart never; watch: 1s, if watched
 *       offer files: files                                   its interface
 *       offer names: names (sessions: WGP)                   by whose sessions capabilities can be sent
 *       offer changes: changes (signals)                     whose clients can have themselves signalled
 *       cnode (7 bits) {
 *         1: cnode
 *         2: ep (RWGP)
 *         3: notification (RW)
 *         4: parent (WP, badge: 0x2)
 *         5..13: rtreply
 *         14: log = ep logger.log (WP, badge: 0x101)         need = ep server.offer
 *         15: disk = irq 1 (source: 0)                       need = irq number, bit of its notification
 *         16..17: callers (RW, budget: 150us)                notifications; in the same period
 *         18: store = ut (22 bits)                           these for who makes processes (resource.ts)
 *         19: spaces = asid_pool
 *         20: view = vspace (own, at: 0x60600000)
 *         21: urgency = tcb (mcp: 80)
 *         22..25: time = sc (budget: 2ms, period: 10ms)
 *         26..33: rest = sc (turns: 5ms)
 *         34..35: programs = frame (RX, programs: cat, ls)
 *         36..127: free
 *       }
 *       vspace {                                             left out when there is none
 *         0x60000000: cache = frame (RW, pages: 16)
 *         0x60200000: disk = device frame (RW, pages: 1, paddr: 0x10001000)
 *         0x60400000: log = shared frame (RW, pages: 4, with: logger, at: 0x80000000)
 *         0x60600000: tree = kept frame (RW, pages: 256)     stays as it is when the component dies
 *       }
 *     }
 *
 * It is made for diffs. A fact has a line, and a line says the whole fact: whose need, which server, what rights. Nothing
 * is aligned with the lines around it, and what did not change prints the same, so that a line in a diff is a change of
 * authority. `component` stands at the beginning of a line, where diff tools look for the name of a hunk.
 *
 * Sources: the words and the letters of rights, capDL language (seL4/capdl, capDL.md).
 */
import {
  type Plan,
  type PlannedComponent,
  type PlannedMemory,
  type PlannedOffer,
  type PlannedSlot,
  slotCount,
} from "./plan.js";
import { quoted } from "./scan.js";

const HEAD = `-- Who exists here, on whose time, and who may do what. What is not written here is not given.
-- Made by composition; a root task reads this text and builds it. Change the composition, not this file.
`;

/** A plan as text: the same for the same plan, ending in a line end. `parsePlan` reads it back. */
export function printPlan({ personality, components }: Plan): string {
  return [`${HEAD}personality ${personality}\n`, ...components.map(componentText)].join("\n");
}

/** Microseconds in the largest unit of which they are a whole number. */
export function durationText(us: number): string {
  if (us !== 0 && us % 1_000_000 === 0) return `${us / 1_000_000}s`;
  if (us !== 0 && us % 1000 === 0) return `${us / 1000}ms`;
  return `${us}us`;
}

/** A number in hexadecimal: badges and addresses. */
export function hex(value: number): string {
  return `0x${value.toString(16)}`;
}

/** A capability as a plan's text has it, without its slot. */
export function slotText(slot: PlannedSlot): string {
  switch (slot.what) {
    case "cnode":
      return "cnode";
    case "endpoint":
      return "ep (RWGP)";
    case "notification":
      return "notification (RW)";
    case "parent":
      return `parent (WP, badge: ${hex(slot.badge)})`;
    case "replies":
      return "rtreply";
    case "callers":
      return `callers (RW, budget: ${durationText(slot.budgetUs)})`;
    case "calls":
      return `${slot.need} = ep ${slot.server}.${slot.offer} (${slot.rights}, badge: ${hex(slot.badge)})`;
    case "interrupt":
      return `${slot.need} = irq ${slot.interrupt} (source: ${slot.source})`;
    case "untyped":
      return `${slot.need} = ut (${slot.bits} bits)`;
    case "spaces":
      return `${slot.need} = asid_pool`;
    case "ownSpace":
      return `${slot.need} = vspace (own, at: ${hex(slot.address)})`;
    case "priorities":
      return `${slot.need} = tcb (mcp: ${slot.most})`;
    case "time":
      return `${slot.need} = sc (budget: ${durationText(slot.budgetUs)}, period: ${durationText(slot.periodUs)})`;
    case "leftover":
      return `${slot.need} = sc (turns: ${durationText(slot.sliceUs)})`;
    case "programs":
      return `${slot.need} = frame (RX, programs: ${slot.programs.join(", ")})`;
  }
}

/** Pages as a plan's text has them, without their address. */
export function memoryText(memory: PlannedMemory): string {
  const { need, pages } = memory;
  switch (memory.what) {
    case "memory":
      return `${need} = frame (RW, pages: ${pages})`;
    case "kept":
      return `${need} = kept frame (RW, pages: ${pages})`;
    case "device":
      return `${need} = device frame (RW, pages: ${pages}, paddr: ${hex(memory.physical)})`;
    case "window":
      return `${need} = shared frame (RW, pages: ${pages}, with: ${memory.server}, at: ${hex(memory.serverAddress)})`;
  }
}

/** What a component offers, as a plan's text has it. */
export function offerText({ offer, interface: of, sessions, signals }: PlannedOffer): string {
  const more: string[] = [];
  if (sessions !== undefined) more.push(`sessions: ${sessions}`);
  if (signals === true) more.push("signals");
  return `offer ${offer}: ${of}${more.length === 0 ? "" : ` (${more.join(", ")})`}`;
}

/** On what time a component runs, as a plan's text has it. */
export function timeText({ budgetUs, periodUs }: PlannedComponent): string {
  if (budgetUs === 0) return "passive";
  return `sc (budget: ${durationText(budgetUs)}, period: ${durationText(periodUs)})`;
}

/** Whether a component is started again, as a plan's text has it. */
export function restartText({ restart }: PlannedComponent): string {
  if (restart === null) return "restart never";
  const { firstUs, mostUs, watchUs } = restart;
  const watch = watchUs === undefined ? "" : `, watch: ${durationText(watchUs)}`;
  return `restart (first: ${durationText(firstUs)}, most: ${durationText(mostUs)}${watch})`;
}

function componentText(component: PlannedComponent): string {
  const { name, program, args, priority, offers, memory } = component;
  const lines = [`program ${program}`];
  if (args !== "") lines.push(`args ${quoted(args)}`);
  lines.push(`prio ${priority}`, timeText(component), restartText(component));
  for (const offer of offers) lines.push(offerText(offer));
  lines.push(...block(`cnode (${component.cnodeBits} bits)`, cnodeLines(component)));
  if (memory.length > 0) {
    lines.push(
      ...block(
        "vspace",
        memory.map((pages) => `${hex(pages.address)}: ${memoryText(pages)}`),
      ),
    );
  }
  return `${block(`component ${name}`, lines).join("\n")}\n`;
}

function cnodeLines({ slots, free }: PlannedComponent): string[] {
  const lines = slots.map((slot) => `${range(slot.slot, slot.slot + slotCount(slot) - 1)}: ${slotText(slot)}`);
  if (free.end > free.start) lines.push(`${range(free.start, free.end - 1)}: free`);
  return lines;
}

function range(first: number, last: number): string {
  return first === last ? `${first}` : `${first}..${last}`;
}

function block(head: string, lines: readonly string[]): string[] {
  return [`${head} {`, ...lines.map((line) => `  ${line}`), "}"];
}
