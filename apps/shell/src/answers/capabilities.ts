/**
 * `caps`: what a component or a process holds, slot by slot, and what it can do with it. The plan says why a capability is
 * there, or the needs of a process's program; the kernel's snapshot says that it is, and what has come since: sessions,
 * and capabilities that were made or passed on.
 */
import type { CapabilitySnapshot, KernelSnapshot } from "@tessera/kernel";
import {
  type Component,
  OWN_CNODE_SLOT,
  PARENT_SLOT,
  type Plan,
  type PlannedMemory,
  type PlannedSlot,
  slotCount,
  slotLayout,
} from "@tessera/servers";
import { columns } from "./columns.js";

const HEAD = ["slot", "what", "rights", "badge", "what it is for"];
/** Sessions that were opened have this bit, which no badge of the plan has. */
const OPENED = 2n ** 51n;

/** What the answer depends on. */
export interface Holders {
  readonly plan: Plan;
  readonly snapshot: KernelSnapshot;
  /** Programs, of components and of processes. */
  readonly programs: readonly Component[];
}

/** Somebody who holds capabilities. */
interface Holder {
  readonly name: string;
  /** The name of its CNode. */
  readonly cspace: string;
  /** Why a capability is in a slot; null: it came later. */
  why(slot: number): string | null;
  readonly free: { readonly start: number; readonly end: number };
  readonly memory: readonly PlannedMemory[];
}

/** The answer for the component or process `name`; lines, each with its end. */
export function capabilitiesText(holders: Holders, name: string): string {
  const { plan, snapshot } = holders;
  const holder = componentHolder(plan, name) ?? processHolder(holders, name);
  if (holder === null) {
    const known = plan.components.map((each) => each.name).join(", ");
    return `nobody is called ${JSON.stringify(name)}: there are ${known}, and the processes that ps shows\n`;
  }
  const names = new Map(snapshot.objects.map((object) => [object.id, object.name]));
  const home = snapshot.objects.find((object) => object.kind === "cnode" && object.name === holder.cspace)?.id;
  const held = snapshot.capabilities.filter((capability) => capability.home === home);
  const rows = held
    .filter(({ kind }) => kind !== "reply")
    .map((capability) => row(capability, names.get(capability.object) ?? "", holder, held));
  const replies = held.filter(({ kind }) => kind === "reply");
  if (replies.length > 0) rows.push(repliesRow(replies));
  const { start, end } = holder.free;
  const used = held.filter(({ index }) => index >= start).length;
  return [
    `${holder.name} holds ${held.length} capabilities, and can name nothing that is not among them:\n`,
    columns([HEAD, ...rows]),
    end > start ? `of ${end - start} slots for what comes while it runs, ${used} are in use\n` : "",
    holder.memory.map((memory) => `${memoryText(memory)}\n`).join(""),
  ].join("");
}

function componentHolder(plan: Plan, name: string): Holder | null {
  const component = plan.components.find((each) => each.name === name);
  if (component === undefined) return null;
  const { slots, free, memory } = component;
  const why = (index: number) => {
    const planned = slots.find((slot) => index >= slot.slot && index < slot.slot + slotCount(slot));
    return planned === undefined ? null : reason(planned);
  };
  return { name, cspace: `${name}.cspace`, why, free, memory };
}

/** A process, by its thread's name or by its number alone. */
function processHolder({ snapshot, programs }: Holders, name: string): Holder | null {
  const thread = snapshot.objects.find(
    (object) => object.kind === "thread" && (object.name === name || object.name.endsWith(`.${name}`)),
  );
  const [programName = "", id] = thread?.name.split(".") ?? [];
  const program = programs.find((each) => each.name === programName);
  if (thread === undefined || program === undefined || !/^\d+$/.test(id ?? "")) return null;
  const layout = slotLayout(program);
  const why = (index: number) => {
    if (index === OWN_CNODE_SLOT) return "its own slots, to move and make capabilities in";
    if (index === PARENT_SLOT) return "who has started it: is told of its end, and of its faults";
    const [need] = [...layout.needs].find(([, slot]) => slot === index) ?? [];
    const declared = need === undefined ? undefined : program.needs[need];
    return declared?.need === "calls" ? `${need}: what was given to it as a ${declared.of.name}` : null;
  };
  const free = { start: layout.firstFree, end: layout.endFree };
  return { name: thread.name, cspace: `${thread.name} cnode`, why, free, memory: [] };
}

function row(
  capability: CapabilitySnapshot,
  object: string,
  of: Holder,
  held: readonly CapabilitySnapshot[],
): string[] {
  const { index, kind, rights, badge, irq } = capability;
  const what = kind === "irqHandler" ? `interrupt ${irq}` : object === "" ? kind : object;
  const shownBadge = badge === "0x0" ? "" : badge;
  return [String(index), what, rights, shownBadge, of.why(index) ?? since(capability, object, of, held)];
}

function repliesRow(replies: readonly CapabilitySnapshot[]): string[] {
  const slots = replies.map(({ index }) => index);
  const range = `${Math.min(...slots)}..${Math.max(...slots)}`;
  return [range, "reply objects", "", "", "callers wait by them until they are answered"];
}

/** Why a capability of the plan is there. */
function reason(slot: PlannedSlot): string {
  switch (slot.what) {
    case "cnode":
      return "its own slots, to move and make capabilities in";
    case "endpoint":
      return "its clients call here, and it makes their sessions of it";
    case "notification":
      return "signals to it arrive here";
    case "parent":
      return "who has started it: is told of its end, and of its faults";
    case "calls": {
      const sends = slot.rights === "WGP" ? ", and send it capabilities" : "";
      return `${slot.need}: it may call ${slot.server}'s ${slot.offer} (${slot.interface})${sends}`;
    }
    case "interrupt":
      return `${slot.need}: it hears the interrupt, and says when the next may come`;
    case "replies":
      return "callers wait by it until they are answered";
    case "callers":
      return "calls for a handler that waits, while it goes on itself";
    case "untyped":
      return `${slot.need}: memory to make objects of`;
    case "spaces":
      return `${slot.need}: numbers for address spaces`;
    case "ownSpace":
      return `${slot.need}: its own address space, to map pages into`;
    case "priorities":
      return `${slot.need}: threads that it makes have priorities up to ${slot.most}`;
    case "time":
      return `${slot.need}: time for a thread, with a reservation`;
    case "leftover":
      return `${slot.need}: time for a thread, when nobody with a reservation runs`;
    case "programs":
      return `${slot.need}: a program that it can run`;
  }
}

/** What a capability is for that was not there at the beginning. @param held all that its holder has */
function since(
  { kind, badge, parent }: CapabilitySnapshot,
  object: string,
  { name }: Holder,
  held: readonly CapabilitySnapshot[],
): string {
  const whose = object.replace(/\.(endpoint|notification)$/, "");
  if (kind === "endpoint" && (BigInt(badge) & OPENED) !== 0n) return `a session that ${whose} has opened for it`;
  if (kind === "notification" && whose !== name) return `by this it signals ${whose}`;
  if (kind === "notification" && badge !== "0x0") return "made by it, for others to signal it by";
  const origin = held.find(({ home, index }) => home === parent?.home && index === parent.index);
  if (origin === undefined) return "came while it ran";
  return origin.kind === "untyped"
    ? `made by it, of the memory in slot ${origin.index}`
    : `derived by it, from slot ${origin.index}`;
}

function memoryText(memory: PlannedMemory): string {
  const { need, address, pages } = memory;
  const at = `0x${address.toString(16)}, ${pages} ${pages === 1 ? "page" : "pages"}: ${need}`;
  switch (memory.what) {
    case "device":
      return `${at}, a device's registers at 0x${memory.physical.toString(16)}`;
    case "window":
      return `${at}, shared with ${memory.server}`;
    case "kept":
      return `${at}, memory that whoever is started in its place finds again`;
    case "memory":
      return `${at}, memory of its own`;
  }
}
