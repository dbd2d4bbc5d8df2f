/**
 * Who and what plays a part: names for the ids of the trace.
 *
 * Threads have the names that the trace's name table knows. An object is named after the thread that made it, or to
 * which it was handed over, with a number from its second one of a kind on; untyped memory after its size. A CNode
 * belongs to the thread that was being built when it was made.
 */
import type { Trace } from "@tessera/hal-sim";
import { CapTag, capKind } from "@tessera/libsel4/abi";
import { size } from "./names.js";

interface Thing {
  readonly name: string;
  readonly maker: number;
  readonly isCNode: boolean;
}

export class Cast {
  readonly #trace: Trace;
  readonly #threads = new Map<number, string>();
  readonly #things = new Map<number, Thing>();
  /** How many things of one name there are. */
  readonly #counts = new Map<string, number>();
  /** CNode to the thread whose CSpace it is. */
  readonly #owners = new Map<number, number>();

  constructor(trace: Trace) {
    this.#trace = trace;
  }

  /** Names of the threads in the order in which they appeared. */
  get threads(): readonly string[] {
    return [...this.#threads.values()];
  }

  thread(id: number): string {
    const known = this.#threads.get(id);
    if (known !== undefined) return known;
    const given = this.#trace.nameOf(id) || "thread";
    const name = this.threads.includes(given) ? `${given} (${id})` : given;
    this.#threads.set(id, name);
    return name;
  }

  /** An object comes into being. */
  make(id: number, capTag: number, bytes: number, maker: number): void {
    if (capTag === CapTag.thread) {
      this.thread(id);
    } else if (capTag === CapTag.untyped) {
      this.#things.set(id, { name: `${size(bytes)} of untyped memory`, maker, isCNode: false });
    } else {
      this.#makeObject(id, capTag, maker);
    }
  }

  /** The capability that an object was made with was moved: it belongs to thread `owner` from now on. */
  handedOver(id: number, capTag: number, owner: number): void {
    const thing = this.#things.get(id);
    if (thing === undefined || thing.isCNode || capTag === CapTag.untyped) return;
    this.#makeObject(id, capTag, owner);
  }

  #makeObject(id: number, capTag: number, maker: number): void {
    const kind = `${this.thread(maker)}'s ${capKind(capTag)}`;
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    const name = count === 1 ? kind : `${kind} ${count}`;
    this.#things.set(id, { name, maker, isCNode: capTag === CapTag.cnode });
  }

  /** `maker` has finished building thread `id`: the CNodes that it made for nobody else are its CSpace. */
  built(id: number, maker: number): void {
    for (const [cnode, thing] of this.#things) {
      if (thing.isCNode && thing.maker === maker && !this.#owners.has(cnode)) this.#owners.set(cnode, id);
    }
  }

  /** An object by the type of a capability to it. */
  object(id: number, capTag: number): string {
    if (capTag === CapTag.thread) return this.thread(id);
    const owner = this.#owners.get(id);
    if (owner !== undefined) return `${this.thread(owner)}'s CNode`;
    return this.#things.get(id)?.name ?? capKind(capTag);
  }

  /** The thread that is not `self` and whose CSpace a CNode is, or null. */
  otherOwner(cnode: number, self: number): number | null {
    const owner = this.#owners.get(cnode);
    return owner === undefined || owner === self ? null : owner;
  }
}
