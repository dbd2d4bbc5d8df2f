/**
 * A list that is filled anew again and again without making garbage: `items` is kept, `count` says how much of it counts.
 * What lies behind `count` is from earlier and of no meaning.
 */
export class Bag<T> {
  readonly items: T[] = [];
  count = 0;

  add(item: T): void {
    this.items[this.count] = item;
    this.count += 1;
  }

  clear(): void {
    this.count = 0;
  }

  /** What counts, as an array of its own. */
  toArray(): T[] {
    return this.items.slice(0, this.count);
  }
}
