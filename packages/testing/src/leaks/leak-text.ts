/** Leaks in words: what is lost, where it is, since when and by whom. */
import type { CapabilityKind, CapabilitySnapshot, ObjectSnapshot } from "@tessera/kernel";
import { CapTag, capKind } from "@tessera/libsel4/abi";
import type { Comparison } from "./comparison.js";
import type { BareLeak, Leak, LeakKind } from "./leaks.js";
import type { Origins } from "./origins.js";

/** Leaks that are told one by one. */
const TOLD_LEAKS = 20;
/** Slots of one leaked object that are told one by one. */
const TOLD_SLOTS = 4;

export class LeakText {
  private readonly comparison: Comparison;
  private readonly origins: Origins;

  constructor(comparison: Comparison, origins: Origins) {
    this.comparison = comparison;
    this.origins = origins;
  }

  report(leaks: readonly Leak[], slots: number, bytes: number): string {
    const more = leaks.length - TOLD_LEAKS;
    return [
      `${plural(leaks.length, "leak")}: ${totals(leaks, slots, bytes)}`,
      ...leaks.slice(0, TOLD_LEAKS).map(({ text }) => indented(text)),
      ...(more > 0 ? [`  and ${more} more`] : []),
    ].join("\n");
  }

  leak(leak: BareLeak): string {
    switch (leak.kind) {
      case "slot":
        return leak.slots.map((cap) => this.slot(cap)).join("\n");
      case "memory":
        return `${plural(leak.bytes, "byte")} of ${this.untyped(leak.object)} are given out and in use by nothing: they come back when the last child of the untyped is gone`;
      case "mapping":
        return [`${this.name(leak.object)}, which was there before:`, ...this.mappings(leak.object)].join("\n  ");
      default:
        return [this.object(leak), ...this.places(leak)].join("\n  ");
    }
  }

  private slot(cap: CapabilitySnapshot): string {
    return `${this.address(cap)} still holds ${this.capability(cap)}, ${this.origins.ofSlot(cap)}`;
  }

  private object({ object, bytes }: BareLeak): string {
    const { untyped = 0 } = this.comparison.newer(object) ?? {};
    const memory = untyped === 0 ? plural(bytes, "byte") : `${plural(bytes, "byte")} of ${this.untyped(untyped)}`;
    return `${this.name(object)}: ${memory} are in use by it, ${this.origins.ofObject(object)}`;
  }

  /** Where an object is held, what is in it, where it is mapped. */
  private places({ object, slots }: BareLeak): string[] {
    const held = this.comparison.after.capabilities.filter((cap) => cap.object === object);
    const nested = held.length - slots.length;
    const inside = this.comparison.after.capabilities.filter((cap) => cap.home === object).length;
    const more = slots.length - TOLD_SLOTS;
    return [
      ...slots
        .slice(0, TOLD_SLOTS)
        .map((cap) => `${this.address(cap)} holds it${attributes(cap)}, ${this.origins.ofSlot(cap)}`),
      ...(more > 0 ? [`${plural(more, "slot")} more hold it`] : []),
      ...(nested > 0 ? [`${plural(nested, "slot")} in other leaked objects hold it`] : []),
      ...(inside > 0 ? [`${plural(inside, "capability", "capabilities")} in it`] : []),
      ...this.mappings(object),
    ];
  }

  private mappings(id: number): string[] {
    const frame = this.comparison.newer(id);
    if (frame?.kind !== "frame") return [];
    return this.comparison
      .addedMappings(frame)
      .map(({ vspace, vaddr, access }) => `mapped at 0x${vaddr.toString(16)} (${access}) in ${this.vspace(vspace)}`);
  }

  private vspace(id: number): string {
    const name = this.comparison.newer(id)?.name ?? "";
    return name === "" ? `the VSpace of page table ${id}` : `VSpace \`${name}\``;
  }

  /** `an endpoint capability (endpoint 44, badge 0x103, rights RW)`. */
  private capability(cap: CapabilitySnapshot): string {
    const kind = words(cap.kind);
    const object = cap.object === 0 ? "" : this.name(cap.object);
    const irq = cap.kind === "irqHandler" ? `interrupt ${cap.irq}` : "";
    const about = [object, irq, attributes(cap).slice(2)].filter((part) => part !== "").join(", ");
    return `${article(kind)} ${kind} capability${about === "" ? "" : ` (${about})`}`;
  }

  /** `slot 0x105 of CNode \`root.cspace\``. */
  private address({ home, index }: CapabilitySnapshot): string {
    if (home === 0) return `slot ${index} of the interrupt table`;
    const container = this.comparison.newer(home);
    const name = container === undefined || container.name === "" ? ` ${home}` : ` \`${container.name}\``;
    return `slot 0x${index.toString(16)} of ${words(container?.kind ?? "cnode")}${name}`;
  }

  private name(id: number): string {
    const object = this.comparison.newer(id);
    if (object === undefined) return `object ${id}`;
    const kind = words(object.kind);
    return object.name === "" ? `${kind} ${id}` : `${kind} \`${object.name}\` (${id})`;
  }

  /** An untyped by the slot that its capability is in: that is how programs know it. */
  private untyped(id: number): string {
    const cap = this.comparison.after.capabilities.find(({ object }) => object === id);
    return cap === undefined ? `untyped ${id}` : `untyped ${id} (${this.address(cap)})`;
  }
}

function attributes({ badge, rights }: CapabilitySnapshot): string {
  return `${badge === "0x0" ? "" : `, badge ${badge}`}${rights === "" ? "" : `, rights ${rights}`}`;
}

function totals(leaks: readonly Leak[], slots: number, bytes: number): string {
  const counts = new Map<LeakKind, number>();
  for (const { kind } of leaks) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const parts = slots > 0 ? [plural(slots, "slot")] : [];
  if (bytes > 0) parts.push(`${plural(bytes, "byte")} of untyped memory`);
  for (const [kind, count] of counts) {
    if (kind === "mapping") parts.push(plural(count, "frame mapped anew", "frames mapped anew"));
    else if (kind !== "slot" && kind !== "memory") parts.push(plural(count, words(kind)));
  }
  return parts.join(", ");
}

function words(kind: ObjectSnapshot["kind"] | CapabilityKind): string {
  return kind === "untyped" ? "untyped" : capKind(CapTag[kind]);
}

function article(word: string): string {
  return /^[aeiouA]|^IRQ/.test(word) ? "an" : "a";
}

function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

function indented(text: string): string {
  return text.replace(/^/gm, "  ");
}
