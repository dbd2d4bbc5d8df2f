/**
 * Who descends from whom, by the rules of the manual and with plain parent pointers.
 *
 * The original of an object, and whatever was minted, starts a family: what is copied from a member is a child of that
 * family's head. What is minted from an unbadged member of the original's family is its child and starts a family of its
 * own. When a capability goes, its children become those of its parent. Revoking deletes all descendants.
 */
interface Node {
  slot: number;
  parent: Node | null;
  readonly badge: number;
  readonly startsFamily: boolean;
  readonly isUntyped: boolean;
}

export class DerivationModel {
  #nodes: Node[] = [];

  /** A first capability to an object, made from the untyped in `from` if there is one. */
  create(slot: number, isUntyped: boolean, from: number | null = null): void {
    const parent = from === null ? null : this.#at(from);
    this.#nodes.push({ slot, parent, badge: 0, startsFamily: true, isUntyped });
  }

  /** A copy; badge 0 keeps the source's. */
  derive(source: number, dest: number, badge: number): void {
    const from = this.#at(source);
    const parent = from.startsFamily ? from : from.parent;
    const minted = badge !== 0 && badge !== from.badge;
    this.#nodes.push({
      slot: dest,
      parent,
      badge: minted ? badge : from.badge,
      startsFamily: minted || from.isUntyped,
      isUntyped: from.isUntyped,
    });
  }

  delete(slot: number): void {
    const gone = this.#nodes.find((node) => node.slot === slot);
    if (gone === undefined) return;
    this.#nodes = this.#nodes.filter((node) => node !== gone);
    for (const node of this.#nodes) if (node.parent === gone) node.parent = gone.parent;
  }

  revoke(slot: number): void {
    for (const descendant of this.descendants(slot)) this.delete(descendant);
  }

  move(source: number, dest: number): void {
    this.#at(source).slot = dest;
  }

  swap(a: number, b: number): void {
    const [first, second] = [this.#at(a), this.#at(b)];
    first.slot = b;
    second.slot = a;
  }

  isEmpty(slot: number): boolean {
    return !this.#nodes.some((node) => node.slot === slot);
  }

  badge(slot: number): number {
    return this.#at(slot).badge;
  }

  /** Slots of all that descend from the capability in `slot`, in ascending order. */
  descendants(slot: number): number[] {
    const root = this.#nodes.find((node) => node.slot === slot);
    const isBelow = (node: Node): boolean => node.parent !== null && (node.parent === root || isBelow(node.parent));
    if (root === undefined) return [];
    return this.#nodes
      .filter(isBelow)
      .map((node) => node.slot)
      .sort((a, b) => a - b);
  }

  /** Whether it is the only capability to its object. Of untyped memory each is. */
  isFinal(slot: number): boolean {
    const { isUntyped } = this.#at(slot);
    return isUntyped || this.#nodes.filter((node) => !node.isUntyped).length === 1;
  }

  /** Make what is in `child` a child of what is in `parent`: for planting mistakes. */
  protected adopt(parent: number, child: number): void {
    this.#at(child).parent = this.#at(parent);
  }

  #at(slot: number): Node {
    const node = this.#nodes.find((candidate) => candidate.slot === slot);
    if (node === undefined) throw new Error(`the model has nothing in slot ${slot}`);
    return node;
  }
}
