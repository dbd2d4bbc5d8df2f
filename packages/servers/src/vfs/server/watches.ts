/**
 * Watches: what happens in a directory, told to those who want to hear of it. All changes go through the vfs, so it knows.
 * Who does not come for what happened hears so much of it, and then that more was lost.
 */
import type { Condition } from "../../common/activity.js";
import { fail } from "../../common/answer.js";
import type { Handlers, Self } from "../../common/handles.js";
import type { Watch } from "../interface.js";
import type { Node, Nodes } from "./nodes.js";

/** What can happen to an entry. */
export type WatchEvent = "made" | "removed" | "changed" | "movedAway" | "movedHere";

/** What is kept for one watch. */
const MOST_EVENTS = 64;

/** One watch. */
export class Watcher {
  readonly directory: Node;
  readonly #condition: Condition;
  #events: { readonly event: WatchEvent; readonly name: string }[] = [];
  #isLost = false;
  #isEnded = false;

  constructor(directory: Node, self: Self) {
    this.directory = directory;
    this.#condition = self.condition();
  }

  /** Something happened. */
  add(event: WatchEvent, name: string): void {
    if (this.#events.length >= MOST_EVENTS) {
      this.#events = [];
      this.#isLost = true;
    }
    if (!this.#isLost) this.#events.push({ event, name });
    this.#condition.wakeOne();
  }

  /** The directory is gone. */
  end(): void {
    this.#isEnded = true;
    this.#condition.wakeOne();
  }

  *next() {
    if (this.#condition.waiters > 0) return fail("Busy");
    for (;;) {
      if (this.#isLost) {
        this.#isLost = false;
        return fail("Lost");
      }
      const first = this.#events.shift();
      if (first !== undefined) return first;
      if (this.#isEnded) return fail("Ended");
      yield* this.#condition.wait();
    }
  }
}

/** All watches. */
export class Watches {
  readonly handlers: Handlers<typeof Watch, Watcher> = { next: (watcher) => watcher.next() };
  /** By volume and number. */
  readonly #byDirectory = new Map<Nodes, Map<number, Set<Watcher>>>();
  readonly #self: Self;

  constructor(self: Self) {
    this.#self = self;
  }

  open(directory: Node): Watcher {
    const watcher = new Watcher(directory, this.#self);
    const onVolume = this.#byDirectory.get(directory.on) ?? new Map<number, Set<Watcher>>();
    this.#byDirectory.set(directory.on, onVolume);
    onVolume.set(directory.node, this.#of(directory).add(watcher));
    return watcher;
  }

  close(watcher: Watcher): void {
    const { on, node } = watcher.directory;
    const others = this.#of(watcher.directory);
    others.delete(watcher);
    if (others.size === 0) this.#byDirectory.get(on)?.delete(node);
  }

  tell(directory: Node, event: WatchEvent, name: string): void {
    for (const watcher of this.#of(directory)) watcher.add(event, name);
  }

  /** A directory was removed. */
  end(directory: Node): void {
    for (const watcher of this.#of(directory)) watcher.end();
  }

  #of({ on, node }: Node): Set<Watcher> {
    return this.#byDirectory.get(on)?.get(node) ?? new Set();
  }
}
