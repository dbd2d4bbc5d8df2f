/**
 * What a session has written, in the order that its barriers make.
 *
 *     groups   [ to be on the disk first │ then │ … │ open: what is written now ]
 *
 * A stream is a list of groups of frames. A barrier closes the last one and opens another; only frames of the first group
 * go to the device, and the next one is first when all of that is on the disk to stay. A dirty frame is in one group.
 *
 * Sectors that could not be written stay in the cache, and readable, and all that is behind them waits, until the client
 * is told so by its flush, or somebody needs the room. Then they are given up, and so is what waits behind them; nothing
 * more is taken until the client was told, which is done once. So nothing of a stream gets to the disk before what it had
 * to come after, but with its client's knowledge.
 */
import type { Condition } from "../common/activity.js";
import type { Self } from "../common/handles.js";
import type { Frame } from "./frames.js";

/** A client, by all its sessions. */
export class DiskClient {
  readonly streams = new Set<Stream>();
  /** Frames that it has made dirty. */
  dirty = 0;
  /** It was told of what the server before this one could not write. */
  knowsLoss = false;
  /** It has fewer of them. */
  readonly cleaned: Condition;

  constructor(self: Pick<Self, "condition">) {
    this.cleaned = self.condition();
  }
}

/** What is to be on the disk before what comes behind it. */
export class Group {
  readonly stream: Stream;
  /** In the order of all groups that were ever opened. */
  readonly serial: number;
  /** Frames that are dirty. */
  readonly frames = new Set<Frame>();
  /** Requests under way. */
  underWay = 0;
  /** Something of it is at the device, and not there to stay. */
  needsFlush = false;
  isFlushing = false;
  /** Nothing is added to it any more. */
  isClosed = false;
  /** It is to be written as soon as it is the first one. */
  isPushed = false;
  /** All of it is on the disk to stay, or given up. */
  hasEnded = false;
  readonly ended: Condition;

  constructor(stream: Stream, serial: number, ended: Condition) {
    this.stream = stream;
    this.serial = serial;
    this.ended = ended;
  }

  get isBlank(): boolean {
    return this.frames.size === 0 && this.underWay === 0 && !this.needsFlush;
  }

  /** The device has to do with it. */
  get isMoving(): boolean {
    return this.underWay > 0 || this.isFlushing;
  }

  /** Nothing is under way, and what there is could not be written. */
  get isStuck(): boolean {
    if (this.isMoving || this.frames.size === 0) return false;
    for (const { dirty, failed } of this.frames) if (dirty !== failed) return false;
    return true;
  }
}

/** What one session has written. */
export class Stream {
  readonly client: DiskClient;
  /** Who is told of what fails when this one's session has ended; null: nobody is there any more. */
  readonly heir: Stream | null;
  readonly groups: Group[] = [];
  /** Handlers that wait for it to be on the disk. */
  flushes = 0;
  isOver = false;
  #hasFailed = false;
  readonly #open: (stream: Stream) => Group;

  /** @param open makes a group */
  constructor(client: DiskClient, heir: Stream | null, open: (stream: Stream) => Group) {
    this.client = client;
    this.heir = heir;
    this.#open = open;
    this.groups.push(open(this));
  }

  /** Where what is written now belongs. */
  get current(): Group {
    return this.groups.at(-1) as Group;
  }

  /** The one whose turn it is. */
  get first(): Group {
    return this.groups[0] as Group;
  }

  /** Whether something is not on the disk yet. */
  get isDirty(): boolean {
    return this.groups.some(({ frames }) => frames.size > 0);
  }

  /** What is written from now on comes behind all of this. @returns the last group of it; null when there is nothing */
  close(): Group | null {
    const { current } = this;
    if (current.isBlank) return this.groups.at(-2) ?? null;
    current.isClosed = true;
    this.groups.push(this.#open(this));
    return current;
  }

  /** Something of it will not be on the disk. */
  fail(): void {
    if (this.isOver) this.heir?.fail();
    else this.#hasFailed = true;
  }

  /** Whether something has failed that its client was not told of. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** As `hasFailed`, and this tells it. */
  takeFailure(): boolean {
    const failed = this.#hasFailed;
    this.#hasFailed = false;
    return failed;
  }
}
