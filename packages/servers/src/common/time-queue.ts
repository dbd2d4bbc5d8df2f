/**
 * What is to happen at which time: a heap, the earliest first, equal times in the order in which they came.
 *
 * An entry knows its place in the heap, so that it can be taken out of the middle: adding, removing and taking the
 * earliest cost the logarithm of how many there are. Nothing here knows a clock; the units are the caller's.
 */

/** Something that is to happen at a time. */
export interface TimeEntry<T> {
  readonly at: number;
  readonly value: T;
  /** Its number in the order of arrival. @internal */
  readonly serial: number;
  /** Its place in the heap; -1: it is in none any more. @internal */
  place: number;
}

/** What is to happen at which time. */
export class TimeQueue<T> {
  readonly #heap: TimeEntry<T>[] = [];
  #serial = 0;

  /** How much is to happen. */
  get size(): number {
    return this.#heap.length;
  }

  /** The one that comes first. */
  get first(): TimeEntry<T> | undefined {
    return this.#heap[0];
  }

  /** Add what is to happen at `at`, behind all others of that time. */
  add(at: number, value: T): TimeEntry<T> {
    const entry: TimeEntry<T> = { at, value, serial: this.#serial++, place: this.#heap.length };
    this.#heap.push(entry);
    this.#rise(entry);
    return entry;
  }

  /** Take an entry out. @returns false when it is out already */
  remove(entry: TimeEntry<T>): boolean {
    const { place } = entry;
    if (place < 0) return false;
    entry.place = -1;
    const last = this.#heap.pop() as TimeEntry<T>;
    if (last !== entry) {
      this.#put(last, place);
      this.#rise(last);
      this.#sink(last);
    }
    return true;
  }

  /** Take out the first one, if its time has come by `now`. */
  takeDue(now: number): TimeEntry<T> | undefined {
    const { first } = this;
    if (first === undefined || first.at > now) return undefined;
    this.remove(first);
    return first;
  }

  #rise(entry: TimeEntry<T>): void {
    while (entry.place > 0) {
      const above = this.#heap[(entry.place - 1) >>> 1] as TimeEntry<T>;
      if (!comesBefore(entry, above)) return;
      this.#exchange(entry, above);
    }
  }

  #sink(entry: TimeEntry<T>): void {
    for (;;) {
      const left = this.#heap[2 * entry.place + 1];
      const right = this.#heap[2 * entry.place + 2];
      if (left === undefined) return;
      const below = right !== undefined && comesBefore(right, left) ? right : left;
      if (!comesBefore(below, entry)) return;
      this.#exchange(entry, below);
    }
  }

  #exchange(a: TimeEntry<T>, b: TimeEntry<T>): void {
    const { place } = a;
    this.#put(a, b.place);
    this.#put(b, place);
  }

  #put(entry: TimeEntry<T>, place: number): void {
    this.#heap[place] = entry;
    entry.place = place;
  }
}

function comesBefore<T>(a: TimeEntry<T>, b: TimeEntry<T>): boolean {
  return a.at < b.at || (a.at === b.at && a.serial < b.serial);
}
