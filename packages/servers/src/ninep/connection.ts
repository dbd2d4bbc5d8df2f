/**
 * One connection of a client: frames in, requests under way by their tags, answers out.
 *
 *     stream ──frames──▸ waiting requests ──in turn──▸ under way ──answer──▸ what goes out ──▸ stream
 *
 * Everything has a bound, and where it is reached nothing more is read: requests that wait, bytes that nobody takes. So a
 * client that asks and does not read stops itself, and nobody else. A flush of a request that waits takes it back; of one
 * that is under way it is answered behind that one's answer, which cannot be called back any more (Plan 9 manual, flush(5)).
 *
 * Before Tversion nothing else is heard; a second one ends all that was begun. What is no frame, or a tag that is in use,
 * ends the connection: nobody would know any more which answer is whose.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { BadMessage, decodeRequest, encodeReply } from "./codec.js";
import { Errno } from "./errno.js";
import { Frames } from "./frames.js";
import type { Reply, Request, RequestOf } from "./messages.js";
import { type RequestParts, Requests } from "./requests.js";

/** The largest message that is agreed on, and the smallest. */
const MOST_MSIZE = 65_536;
const LEAST_MSIZE = 4096;
/** Requests that wait, and those of one connection that are carried out at a time. */
const MOST_WAITING = 64;
const MOST_UNDER_WAY = 4;
/** Bytes that wait to go out; answers to what is under way may still come on top. */
const MOST_OUTGOING_BYTES = 262_144;
const VERSION = "9P2000.L";

type Carried = Exclude<Request, { readonly type: "Tversion" | "Tflush" }>;

/** What a connection is made with. */
export interface ConnectionParts extends RequestParts {
  /** Have something carried out that parks. */
  readonly later: (work: Thread<void>) => void;
}

/** A connection. */
export class Connection {
  readonly number: number;
  requests: Requests;
  /** Nothing more is read; what was begun is answered. */
  isOver = false;
  readonly #parts: ConnectionParts;
  readonly #frames = new Frames(MOST_MSIZE);
  #waiting: Carried[] = [];
  readonly #underWay = new Map<number, { readonly flushes: number[]; isVoid: boolean }>();
  #outgoing: Uint8Array[] = [];
  #outgoingBytes = 0;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
    this.number = parts.connection;
    this.requests = new Requests(parts);
  }

  /** Whether more bytes are wanted. */
  get wants(): boolean {
    return !this.isOver && this.#waiting.length < MOST_WAITING && this.#outgoingBytes < MOST_OUTGOING_BYTES;
  }

  /** Requests that wait or are under way. */
  get pending(): number {
    return this.#waiting.length + this.#underWay.size;
  }

  get hasOutgoing(): boolean {
    return this.#outgoing.length > 0;
  }

  /** Whether nothing more will happen to it. */
  get isDone(): boolean {
    return this.isOver && this.pending === 0 && !this.hasOutgoing;
  }

  /** Bytes have come. */
  receive(bytes: Uint8Array): void {
    this.#frames.push(bytes);
    for (let frame = this.#frames.take(); frame !== null && !this.isOver; frame = this.#frames.take()) {
      if (frame === "broken") this.isOver = true;
      else this.#hear(decodeRequest(frame));
    }
  }

  /** The next request that can be carried out now, or null. `carryOut` it. */
  next(): Carried | null {
    if (this.#underWay.size >= MOST_UNDER_WAY) return null;
    const request = this.#waiting.shift() ?? null;
    if (request !== null) this.#underWay.set(request.tag, { flushes: [], isVoid: false });
    return request;
  }

  /** Carry out what `next` has given. Parks. */
  *carryOut(request: Carried): Thread<void> {
    const state = this.#underWay.get(request.tag);
    if (state === undefined) return; // all was over before it could begin
    const reply = yield* this.requests.answer(request);
    if (state.isVoid) return;
    this.#underWay.delete(request.tag);
    this.#send(reply);
    for (const tag of state.flushes) this.#send({ type: "Rflush", tag });
  }

  /** The next bytes to go out, at most so many; `sent` says how many did. */
  outgoing(most: number): Uint8Array {
    const bytes = new Uint8Array(Math.min(most, this.#outgoingBytes));
    let used = 0;
    for (const piece of this.#outgoing) {
      if (used === bytes.length) break;
      bytes.set(piece.subarray(0, bytes.length - used), used);
      used = Math.min(used + piece.length, bytes.length);
    }
    return bytes;
  }

  sent(count: number): void {
    this.#outgoingBytes -= count;
    for (let left = count; left > 0; ) {
      const first = this.#outgoing[0]!;
      if (first.length > left) this.#outgoing[0] = first.subarray(left);
      else this.#outgoing.shift();
      left -= Math.min(first.length, left);
    }
  }

  /** All that was begun is over: what is under way is not answered any more. */
  abandon(): void {
    this.#waiting = [];
    for (const state of this.#underWay.values()) state.isVoid = true;
    this.#underWay.clear();
    this.#parts.later(this.requests.end());
  }

  /** Nobody takes what goes out. */
  drop(): void {
    this.#outgoing = [];
    this.#outgoingBytes = 0;
    this.isOver = true;
  }

  #hear(request: Request | BadMessage): void {
    if (request instanceof BadMessage) {
      const errno = request.why === "unknown" ? Errno.EOPNOTSUPP : Errno.EINVAL;
      this.#refuse(request.tag, this.requests.msize === 0 ? Errno.EPROTO : errno);
    } else if (request.type === "Tversion") this.#agree(request);
    else if (this.requests.msize === 0) this.#refuse(request.tag, Errno.EPROTO);
    else if (this.#isTaken(request.tag)) this.isOver = true;
    else if (request.type === "Tflush") this.#flush(request);
    else this.#waiting.push(request);
    if (this.requests.msize === 0 && (request instanceof BadMessage || request.type !== "Tversion")) this.isOver = true;
  }

  #agree({ tag, msize, version }: RequestOf<"Tversion">): void {
    this.abandon();
    this.requests = new Requests(this.#parts);
    const agreed = Math.min(msize, MOST_MSIZE);
    const isKnown = new TextDecoder().decode(version) === VERSION;
    if (!isKnown) this.#send({ type: "Rversion", tag, msize: agreed, version: new TextEncoder().encode("unknown") });
    else if (agreed < LEAST_MSIZE) this.#refuse(tag, Errno.EINVAL);
    else {
      this.requests.msize = agreed;
      this.#frames.limit = agreed;
      this.#send({ type: "Rversion", tag, msize: agreed, version });
    }
  }

  #isTaken(tag: number): boolean {
    return this.#underWay.has(tag) || this.#waiting.some((other) => other.tag === tag);
  }

  #flush({ tag, oldtag }: RequestOf<"Tflush">): void {
    this.#waiting = this.#waiting.filter((request) => request.tag !== oldtag);
    const underWay = this.#underWay.get(oldtag);
    if (underWay === undefined) this.#send({ type: "Rflush", tag });
    else underWay.flushes.push(tag);
  }

  #refuse(tag: number, errno: number): void {
    this.#send({ type: "Rlerror", tag, errno });
  }

  #send(reply: Reply): void {
    const frame = encodeReply(reply);
    this.#outgoing.push(frame);
    this.#outgoingBytes += frame.length;
  }
}
