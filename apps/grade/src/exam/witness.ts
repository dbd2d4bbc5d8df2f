/**
 * What the programs of a check saw, told to the grader by a way that no system under test is part of. What a program
 * tells stands in its own variables and not in a message, so nobody can lose it, hold it up or say it in its place.
 *
 * Times are the machine's: a system that counts its own time wrongly does not change them.
 */

import { Prng } from "@tessera/hal-sim";

/** Of the seed; the machine has the first ones. */
const WITNESS_STREAM = 7;

/** Something that was told. */
interface Note {
  readonly value: unknown;
  /** Microseconds since the machine was switched on. */
  readonly us: number;
}

/** What a check found wrong, as a sentence. */
export class Failed extends Error {
  override readonly name = "Failed";
}

/** Shared by the programs of a check, and by who examines it. */
export class Witness {
  readonly #clock: () => number;
  readonly #prng: Prng;
  readonly #notes = new Map<string, Note[]>();
  #failure: string | null = null;

  /**
   * @param clock microseconds since the machine was switched on
   * @param seed of what the check leaves to chance
   */
  constructor(clock: () => number, seed: number) {
    this.#clock = clock;
    this.#prng = new Prng(seed, WITNESS_STREAM);
  }

  /** Now, in microseconds since the machine was switched on. */
  get us(): number {
    return this.#clock();
  }

  /** What was found wrong first; null: nothing. */
  get failure(): string | null {
    return this.#failure;
  }

  /** A number from 0 to `end` - 1, by the seed. */
  below(end: number): number {
    return this.#prng.below(end);
  }

  tell(what: string, value: unknown = null): void {
    const notes = this.#notes.get(what);
    if (notes === undefined) this.#notes.set(what, [{ value, us: this.us }]);
    else notes.push({ value, us: this.us });
  }

  /** How often `what` was told. */
  count(what: string): number {
    return this.#of(what).length;
  }

  /** When `what` was told, each time. */
  times(what: string): number[] {
    return this.#of(what).map(({ us }) => us);
  }

  /** What was told with `what`, each time. */
  values(what: string): unknown[] {
    return this.#of(what).map(({ value }) => value);
  }

  /** The check has failed, if it had not before. */
  note(why: string): void {
    this.#failure ??= why;
  }

  /** The check has failed. @throws Failed */
  fail(why: string): never {
    this.note(why);
    throw new Failed(why);
  }

  /** @throws Failed with `why` unless it holds */
  expect(holds: boolean, why: string): void {
    if (!holds) this.fail(why);
  }

  /** @throws Failed unless `found` is `expected` */
  equal(what: string, found: number | string, expected: number | string): void {
    if (found !== expected) this.fail(`${what} is ${JSON.stringify(found)}, and should be ${JSON.stringify(expected)}`);
  }

  #of(what: string): readonly Note[] {
    return this.#notes.get(what) ?? [];
  }
}
