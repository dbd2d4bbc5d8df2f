/**
 * Who descends from whom, by the rules of the manual and with plain parent pointers: slow and obvious.
 *
 * The first capability to an object, and whatever was minted, heads a family: what is copied from a member is a child of
 * the family's head. When a capability goes, its children become those of its parent. Revoking deletes all descendants.
 * Each operation answers with the error of its first check that fails, by name, or with "NoError".
 */
export type Kind =
  | "untyped"
  | "endpoint"
  | "notification"
  | "frame"
  | "cnode"
  | "tcb"
  | "schedContext"
  | "reply"
  | "pageTable";

export interface Node {
  slot: number;
  parent: Node | null;
  /** Others copied from its family are its children. */
  readonly isHead: boolean;
  readonly kind: Kind;
  /** Which object, numbered in order of creation. */
  readonly object: number;
  rights: number;
  /** Of an endpoint or notification its badge, of a CNode the word of its guard. */
  data: number;
  /** Untyped memory: log2 bytes and bytes given out. Elsewhere 0. */
  readonly sizeBits: number;
  used: number;
}

export type Operation =
  | { readonly op: "copy"; readonly source: number; readonly dest: number; readonly rights: number }
  | {
      readonly op: "mint";
      readonly source: number;
      readonly dest: number;
      readonly rights: number;
      readonly data: number;
    }
  | { readonly op: "move"; readonly source: number; readonly dest: number }
  | { readonly op: "mutate"; readonly source: number; readonly dest: number; readonly data: number }
  | {
      readonly op: "rotate";
      readonly dest: number;
      readonly pivot: number;
      readonly source: number;
      readonly pivotData: number;
      readonly sourceData: number;
    }
  | { readonly op: "delete" | "revoke" | "cancelBadgedSends"; readonly slot: number }
  | { readonly op: "retype"; readonly slot: number; readonly kind: Kind; readonly bits: number; readonly dest: number };

export type Outcome =
  | "NoError"
  | "DeleteFirst"
  | "FailedLookup"
  | "IllegalOperation"
  | "RevokeFirst"
  | "NotEnoughMemory";

const WRITE = 1;
const READ = 2;
const GRANT = 4;
const ALL = 15;

/** log2 bytes of objects whose size is fixed, and the rights that they come with. */
const MADE: Readonly<Record<Kind, { readonly bits: number; readonly rights: number }>> = {
  untyped: { bits: 0, rights: 0 },
  endpoint: { bits: 4, rights: ALL },
  notification: { bits: 6, rights: READ | WRITE },
  frame: { bits: 12, rights: READ | WRITE },
  cnode: { bits: 5, rights: 0 },
  tcb: { bits: 11, rights: 0 },
  schedContext: { bits: 7, rights: 0 },
  reply: { bits: 5, rights: GRANT },
  pageTable: { bits: 12, rights: 0 },
};
const WORD_BITS = 64;
/** log2 slots of the CNodes that are made here. */
const CNODE_RADIX = 2;

/** What a capability becomes: its rights and data; null, nothing. */
type Form = { readonly rights: number; readonly data: number } | null;

export class TreeModel {
  nodes: Node[] = [];
  #objects = 0;

  /** The only capability at first: the memory that all is made of, or an object. */
  begin(slot: number, kind: Kind, sizeBits: number): void {
    this.#add(slot, null, kind, kind === "untyped" ? sizeBits : 0);
  }

  copyOfItself(): this {
    const copy = new (this.constructor as new () => this)();
    copy.#objects = this.#objects;
    const nodes = new Map(this.nodes.map((node): [Node, Node] => [node, { ...node }]));
    for (const node of nodes.values()) if (node.parent !== null) node.parent = nodes.get(node.parent) ?? null;
    copy.nodes = [...nodes.values()];
    return copy;
  }

  apply(operation: Operation): Outcome {
    switch (operation.op) {
      case "copy":
      case "mint":
      case "move":
      case "mutate":
        return this.#transfer(operation);
      case "rotate":
        return this.rotate(operation);
      case "delete":
        this.delete(operation.slot);
        return "NoError";
      case "revoke":
        this.revoke(operation.slot);
        return "NoError";
      case "cancelBadgedSends": {
        const node = this.at(operation.slot);
        return node?.kind === "endpoint" && node.rights === ALL ? "NoError" : "IllegalOperation";
      }
      case "retype":
        return this.#retype(operation);
    }
  }

  at(slot: number): Node | undefined {
    return this.nodes.find((node) => node.slot === slot);
  }

  descendants(of: Node): Node[] {
    const isBelow = (node: Node): boolean => node.parent !== null && (node.parent === of || isBelow(node.parent));
    return this.nodes.filter(isBelow);
  }

  /** Whether it is the only capability to its object. Of untyped memory each is. */
  isFinal({ kind, object }: Node): boolean {
    return kind === "untyped" || this.nodes.filter((node) => node.object === object).length === 1;
  }

  protected delete(slot: number): void {
    const gone = this.at(slot);
    this.nodes = this.nodes.filter((node) => node !== gone);
    for (const node of this.nodes) if (node.parent === gone) node.parent = gone?.parent ?? null;
  }

  protected revoke(slot: number): void {
    const node = this.at(slot);
    if (node !== undefined) for (const descendant of this.descendants(node)) this.delete(descendant.slot);
  }

  /** Whose child a copy of `source` is. */
  protected parentOfCopy(source: Node): Node | null {
    return source.isHead ? source : source.parent;
  }

  protected rotate({ dest, pivot, source, pivotData, sourceData }: Operation & { op: "rotate" }): Outcome {
    if (pivot === source || pivot === dest) return "IllegalOperation";
    if (source !== dest && this.at(dest) !== undefined) return "DeleteFirst";
    const [from, via] = [this.at(source), this.at(pivot)];
    if (from === undefined || via === undefined) return "FailedLookup";
    const [fromForm, viaForm] = [this.updated(from, sourceData, true), this.updated(via, pivotData, true)];
    if (fromForm === null || viaForm === null) return "IllegalOperation";
    Object.assign(from, fromForm, { slot: pivot });
    Object.assign(via, viaForm, { slot: dest });
    return "NoError";
  }

  /** Data given to a capability: a badge is given once and only by Mint, a guard fits the address. */
  protected updated({ kind, rights, data }: Node, word: number, preserve: boolean): Form {
    if (kind === "endpoint" || kind === "notification") {
      return preserve || data !== 0 ? null : { rights, data: word };
    }
    if (kind === "cnode") return (word & 63) + CNODE_RADIX > WORD_BITS ? null : { rights, data: word };
    return { rights, data };
  }

  #transfer(operation: Operation & { source: number; dest: number }): Outcome {
    const { source, dest } = operation;
    if (this.at(dest) !== undefined) return "DeleteFirst";
    const from = this.at(source);
    if (from === undefined) return "FailedLookup";
    if (operation.op === "move") {
      from.slot = dest;
      return "NoError";
    }
    if (operation.op === "mutate") {
      const form = this.updated(from, operation.data, true);
      if (form === null) return "IllegalOperation";
      Object.assign(from, form, { slot: dest });
      return "NoError";
    }
    if (operation.op !== "copy" && operation.op !== "mint") throw new Error(`${operation.op} has no destination`);
    const masked = { ...from, rights: maskedRights(from, operation.rights) };
    return this.#derive(from, operation.op === "copy" ? masked : this.updated(masked, operation.data, false), dest);
  }

  #derive(from: Node, form: Form, dest: number): Outcome {
    if (form === null) return "IllegalOperation";
    if (from.kind === "untyped" && this.descendants(from).length > 0) return "RevokeFirst";
    // None here is mapped, and only a mapped table has copies.
    if (from.kind === "pageTable") return "IllegalOperation";
    const { rights, data } = form;
    const isBadged = from.kind === "endpoint" || from.kind === "notification";
    const isHead = from.kind === "untyped" || (isBadged && data !== from.data);
    this.nodes.push({ ...from, slot: dest, parent: this.parentOfCopy(from), isHead, rights, data });
    // Of two capabilities to the same free memory the copy goes on giving it out.
    if (from.kind === "untyped") from.used = 2 ** from.sizeBits;
    return "NoError";
  }

  #retype({ slot, kind, bits, dest }: Operation & { op: "retype" }): Outcome {
    const from = this.at(slot);
    if (from?.kind !== "untyped") throw new Error(`the model has no untyped memory in slot ${slot}`);
    if (this.at(dest) !== undefined) return "DeleteFirst";
    const size = 2 ** (kind === "untyped" ? bits : kind === "cnode" ? MADE.cnode.bits + CNODE_RADIX : MADE[kind].bits);
    const used = this.descendants(from).length === 0 ? 0 : from.used;
    if (Math.floor((2 ** from.sizeBits - used) / size) < 1) return "NotEnoughMemory";
    from.used = Math.ceil(used / size) * size + size;
    this.#add(dest, from, kind, kind === "untyped" ? bits : 0);
    return "NoError";
  }

  #add(slot: number, parent: Node | null, kind: Kind, sizeBits: number): void {
    this.#objects += 1;
    const { rights } = MADE[kind];
    this.nodes.push({ slot, parent, isHead: true, kind, object: this.#objects, rights, data: 0, sizeBits, used: 0 });
  }
}

function maskedRights({ kind, rights }: Node, mask: number): number {
  if (kind !== "frame") return rights & mask;
  // Memory that cannot be read cannot be written.
  return (rights & mask & READ) === 0 ? 0 : rights & mask;
}
