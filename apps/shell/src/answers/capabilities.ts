/**
 * `caps`: what a component holds, slot by slot, and what it can do with it. The plan says why a capability is there, the
 * kernel's snapshot that it is, and what has come since: sessions, and capabilities that were made or passed on.
 */
import type { CapabilitySnapshot, KernelSnapshot } from "@tessera/kernel";
import { type Plan, type PlannedComponent, type PlannedMemory, type PlannedSlot, slotCount } from "@tessera/servers";
import { columns } from "./columns.js";

const HEAD = ["slot", "what", "rights", "badge", "what it is for"];
/** Sessions that were opened have this bit, which no badge of the plan has. */
const OPENED = 2n ** 51n;

/** The answer for the component `name`; lines, each with its end. */
export function capabilitiesText(plan: Plan, snapshot: KernelSnapshot, name: string): string {
  const component = plan.components.find((each) => each.name === name);
  if (component === undefined) {
    const known = plan.components.map((each) => each.name).join(", ");
    return `there is no component ${JSON.stringify(name)}, but ${known}\n`;
  }
  const names = new Map(snapshot.objects.map((object) => [object.id, object.name]));
  const home = snapshot.objects.find((object) => object.kind === "cnode" && object.name === `${name}.cspace`)?.id;
  const held = snapshot.capabilities.filter((capability) => capability.home === home);
  const rows = held
    .filter(({ kind }) => kind !== "reply")
    .map((capability) => row(capability, names.get(capability.object) ?? "", component));
  const replies = held.filter(({ kind }) => kind === "reply");
  if (replies.length > 0) rows.push(repliesRow(replies));
  const free = component.free.end - component.free.start;
  const used = held.filter(({ index }) => index >= component.free.start).length;
  return [
    `${name} holds ${held.length} capabilities, and nothing that is not among them can it name:\n`,
    columns([HEAD, ...rows]),
    free > 0 ? `of ${free} slots for what comes while it runs, ${used} are in use\n` : "",
    component.memory.map((memory) => `${memoryText(memory)}\n`).join(""),
  ].join("");
}

function row({ index, kind, rights, badge, irq }: CapabilitySnapshot, object: string, of: PlannedComponent): string[] {
  const slot = of.slots.find((planned) => index >= planned.slot && index < planned.slot + slotCount(planned));
  const what = kind === "irqHandler" ? `interrupt ${irq}` : object === "" ? kind : object;
  const shownBadge = badge === "0x0" ? "" : badge;
  return [String(index), what, rights, shownBadge, slot === undefined ? since(kind, object, badge) : why(slot)];
}

function repliesRow(replies: readonly CapabilitySnapshot[]): string[] {
  const slots = replies.map(({ index }) => index);
  const range = `${Math.min(...slots)}..${Math.max(...slots)}`;
  return [range, "reply objects", "", "", "callers wait by them until they are answered"];
}

/** Why a capability of the plan is there. */
function why(slot: PlannedSlot): string {
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

/** What a capability is for that was not there at the beginning. */
function since(kind: string, object: string, badge: string): string {
  const server = object.replace(/\.endpoint$/, "");
  if (kind === "endpoint" && (BigInt(badge) & OPENED) !== 0n) return `a session that ${server} has opened for it`;
  if (kind === "notification" && badge !== "0x0") return "made by it, for others to signal it by";
  return "came while it ran";
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
