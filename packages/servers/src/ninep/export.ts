/**
 * What is exported under a name: a directory, as a volume whose session all attaches of that name share, since they have
 * the same authority. A node that some fid stands for is held by it, as often as there are such fids counted here.
 *
 * Data travels through the window in pieces of 64 KiB, a few at a time. When the server of the files dies, the next
 * session is another life: fids of the one before are stale.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { Condition } from "../common/activity.js";
import type { Client } from "../common/client.js";
import type { Self, WindowedClient } from "../common/handles.js";
import type { Window } from "../common/window.js";
import type { Directory } from "../vfs/interface.js";
import type { Volume } from "../vfs/volume.js";
import type { Attributes } from "./attributes.js";
import { Errno, errnoOf } from "./errno.js";
import { Locks } from "./locks.js";

/** Bytes of a piece of the window, and how many there are. */
const PIECE_BYTES = 65_536;
const PIECES = 4;
/** Pages of the window with the server of the files. */
export const FILES_WINDOW_PAGES = (PIECES * PIECE_BYTES) / 4096;

/** Who holds a lock: a connection, and within it a fid's file as a process of the client's knows it. */
export interface LockOwner {
  readonly connection: number;
  readonly process: number;
  readonly client: string;
}

type VolumeClient = Client<typeof Volume>;

/** A directory that is exported. */
export class Export {
  readonly name: string;
  readonly locks = new Locks<LockOwner>(
    (a, b) => a.connection === b.connection && a.process === b.process && a.client === b.client,
  );
  readonly #self: Self;
  readonly #directory: WindowedClient<typeof Directory>;
  readonly #pieces: number[] = Array.from({ length: PIECES }, (_, n) => n * PIECE_BYTES);
  readonly #freed: Condition;
  readonly #held = new Map<number, number>();
  #volume: VolumeClient | null = null;
  /** Which session it is, counted from 1. */
  #life = 0;

  constructor(name: string, directory: WindowedClient<typeof Directory>, self: Self) {
    this.name = name;
    this.#self = self;
    this.#directory = directory;
    this.#freed = self.condition();
  }

  get life(): number {
    return this.#life;
  }

  get window(): Window {
    if (this.#directory.window === null) throw new Error("files are exported by a window");
    return this.#directory.window;
  }

  /** The directory at its root, by a session that works; or an error's number. */
  *root(): Thread<Attributes | number> {
    for (let times = 0; times < 2; times++) {
      if (this.#volume === null) {
        const opened = yield* this.#self.parking(this.#directory).volume();
        if (opened.error !== null) return errnoOf(opened.error);
        if (this.#volume === null) this.#begin(opened.volume);
        else yield* opened.volume.close(); // somebody else has opened one meanwhile
      }
      const root = yield* this.ask((volume) => volume.root());
      if (root.error === null) return root;
      if (this.#volume !== null) return errnoOf(root.error);
    }
    return Errno.EIO;
  }

  /** Ask the volume; whoever asks waits, and nobody else does. */
  *ask<A extends { readonly error: string | null }>(
    question: (volume: VolumeClient) => Thread<A>,
  ): Thread<A | { readonly error: "Closed" }> {
    const volume = this.#volume;
    if (volume === null) return { error: "Closed" };
    const answer = yield* question(this.#self.parking(volume));
    if ((answer.error === "Closed" || answer.error === "Gone") && this.#volume === volume) yield* this.#end(volume);
    return answer;
  }

  /** A fid stands for this node now. @returns an error's number, or 0 */
  *hold(node: number): Thread<number> {
    const held = this.#held.get(node) ?? 0;
    this.#held.set(node, held + 1);
    if (held > 0) return 0;
    const { error } = yield* this.ask((volume) => volume.hold({ node }));
    if (error === null) return 0;
    this.#forget(node);
    return errnoOf(error);
  }

  /** A fid of the session number `life` stands for it no longer. */
  *release(node: number, life: number): Thread<void> {
    if (life !== this.#life || this.#forget(node) > 0) return;
    yield* this.ask((volume) => volume.release({ node }));
  }

  /** A piece of the window, when one is free: where it lies. To be given back. */
  *takePiece(): Thread<number> {
    while (this.#pieces.length === 0) yield* this.#freed.wait();
    return this.#pieces.pop()!;
  }

  givePiece(at: number): void {
    this.#pieces.push(at);
    this.#freed.wakeOne();
  }

  #begin(volume: VolumeClient): void {
    this.#volume = volume;
    this.#life++;
    this.#held.clear();
  }

  *#end(volume: VolumeClient): Thread<void> {
    this.#volume = null;
    this.locks.release(() => true);
    yield* volume.close();
  }

  /** How many fids still stand for it. */
  #forget(node: number): number {
    const left = (this.#held.get(node) ?? 1) - 1;
    if (left > 0) this.#held.set(node, left);
    else this.#held.delete(node);
    return left;
  }
}
