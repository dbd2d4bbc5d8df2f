/**
 * Record locks as POSIX has them (fcntl, F_SETLK): ranges of bytes of a file, shared or exclusive, by their owners. What
 * an owner locks takes the place of what it had locked there before, so its own locks never conflict. They are advice:
 * reading and writing ask nobody. Nothing waits here; who is refused asks again.
 */

/** Kinds of locks on the wire; the third one unlocks. */
export const LockKind = { Shared: 0, Exclusive: 1, None: 2 } as const;

/** A lock: bytes from `start` up to, not including, `end`. */
export interface Lock<Owner> {
  readonly owner: Owner;
  readonly kind: number;
  readonly start: number;
  /** Infinity: to the end of the file, wherever that will be. */
  readonly end: number;
}

/** Locks of one owner, at most, on all files. */
const MOST_LOCKS = 1024;

/** The locks of files that are known by numbers. */
export class Locks<Owner> {
  readonly #byFile = new Map<number, Lock<Owner>[]>();
  readonly #isSame: (a: Owner, b: Owner) => boolean;

  constructor(isSame: (a: Owner, b: Owner) => boolean) {
    this.#isSame = isSame;
  }

  /** A lock of somebody else that `wanted` conflicts with, or null. */
  conflict(file: number, wanted: Lock<Owner>): Lock<Owner> | null {
    if (wanted.kind === LockKind.None) return null;
    const found = this.#of(file).find((lock) => {
      const isShared = lock.kind === LockKind.Shared && wanted.kind === LockKind.Shared;
      return !isShared && overlap(lock, wanted) && !this.#isSame(lock.owner, wanted.owner);
    });
    return found ?? null;
  }

  /** Take a lock, or give locks back. @returns "blocked" by somebody else's; "full": this owner has as many as may be */
  set(file: number, wanted: Lock<Owner>): "done" | "blocked" | "full" {
    if (this.conflict(file, wanted) !== null) return "blocked";
    const isOwn = ({ owner }: Lock<Owner>): boolean => this.#isSame(owner, wanted.owner);
    const kept = this.#of(file).flatMap((lock) => {
      return isOwn(lock) && overlap(lock, wanted) ? without(lock, wanted) : [lock];
    });
    if (wanted.kind !== LockKind.None) kept.push(wanted);
    const own = [...this.#byFile].filter(([other]) => other !== file).flatMap(([, locks]) => locks);
    if (wanted.kind !== LockKind.None && [...own, ...kept].filter(isOwn).length > MOST_LOCKS) return "full";
    this.#keep(file, kept);
    return "done";
  }

  /** Give back all locks, of one file or of all, whose owner is meant. */
  release(isMeant: (owner: Owner) => boolean, file: number | null = null): void {
    for (const [number, locks] of [...this.#byFile]) {
      if (file !== null && number !== file) continue;
      this.#keep(
        number,
        locks.filter(({ owner }) => !isMeant(owner)),
      );
    }
  }

  #of(file: number): readonly Lock<Owner>[] {
    return this.#byFile.get(file) ?? [];
  }

  #keep(file: number, locks: Lock<Owner>[]): void {
    if (locks.length === 0) this.#byFile.delete(file);
    else this.#byFile.set(file, locks);
  }
}

function overlap<O>(a: Lock<O>, b: Lock<O>): boolean {
  return a.start < b.end && b.start < a.end;
}

/** What is left of a lock when a range is taken out of it. */
function without<O>(lock: Lock<O>, { start, end }: Lock<O>): Lock<O>[] {
  const pieces = [
    { ...lock, end: Math.min(lock.end, start) },
    { ...lock, start: Math.max(lock.start, end) },
  ];
  return pieces.filter((piece) => piece.start < piece.end);
}
