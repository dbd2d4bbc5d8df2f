/**
 * Turns: what is to be done for several clients, one thing of each after the other, however much one of them wants.
 */

/** Things in turns. `C` is whose they are. */
export class Turns<C, T> {
  /** Who has something, in the order in which it is their turn. */
  readonly #turn: C[] = [];
  readonly #wanted = new Map<C, T[]>();

  get isEmpty(): boolean {
    return this.#turn.length === 0;
  }

  /** Behind all else of this client. */
  add(client: C, thing: T): void {
    this.#of(client).push(thing);
  }

  /** Before all else of this client. */
  putBack(client: C, thing: T): void {
    this.#of(client).unshift(thing);
  }

  /** What is next. It stays so until it is taken. */
  get next(): T | undefined {
    const [client] = this.#turn;
    return client === undefined ? undefined : this.#wanted.get(client)?.[0];
  }

  /** Take what is next; then it is somebody else's turn. */
  take(): T | undefined {
    const client = this.#turn.shift();
    if (client === undefined) return undefined;
    const things = this.#wanted.get(client) as T[];
    const thing = things.shift();
    if (things.length > 0) this.#turn.push(client);
    else this.#wanted.delete(client);
    return thing;
  }

  #of(client: C): T[] {
    const known = this.#wanted.get(client);
    if (known !== undefined) return known;
    const things: T[] = [];
    this.#wanted.set(client, things);
    this.#turn.push(client);
    return things;
  }
}
