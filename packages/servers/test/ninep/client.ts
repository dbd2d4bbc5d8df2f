/**
 * A client of 9P2000.L that knows nothing of this package's codec: frames are put together by hand, from the protocol's
 * own description, and answers are taken apart in the same way.
 */

/** Fields, each by its kind: numbers of 1, 2, 4, 8 bytes, a string, bytes with their count. */
export type Part =
  | readonly ["b" | "w" | "d" | "q", number]
  | readonly ["s", string | Uint8Array]
  | readonly ["data", Uint8Array];

export const T = {
  statfs: 8,
  lopen: 12,
  lcreate: 14,
  symlink: 16,
  mknod: 18,
  rename: 20,
  readlink: 22,
  getattr: 24,
  setattr: 26,
  xattrwalk: 30,
  readdir: 40,
  fsync: 50,
  lock: 52,
  getlock: 54,
  link: 70,
  mkdir: 72,
  renameat: 74,
  unlinkat: 76,
  version: 100,
  auth: 102,
  attach: 104,
  flush: 108,
  walk: 110,
  read: 116,
  write: 118,
  clunk: 120,
  remove: 122,
} as const;
export const NOFID = 0xffff_ffff;
const ERROR = 7;

/** A frame of its parts. */
export function frame(type: number, tag: number, ...parts: readonly Part[]): Uint8Array {
  const bytes: number[] = [0, 0, 0, 0, type, tag & 255, tag >> 8];
  const number = (value: number, size: number) => {
    for (let i = 0, rest = value; i < size; i++, rest = Math.floor(rest / 256)) bytes.push(rest % 256);
  };
  for (const [kind, value] of parts) {
    if (kind === "s" || kind === "data") {
      const raw = typeof value === "string" ? new TextEncoder().encode(value) : value;
      number(raw.length, kind === "s" ? 2 : 4);
      for (const byte of raw) bytes.push(byte);
    } else number(value, { b: 1, w: 2, d: 4, q: 8 }[kind]);
  }
  const whole = Uint8Array.from(bytes);
  new DataView(whole.buffer).setUint32(0, whole.length, true);
  return whole;
}

/** An answer, read from its beginning to its end. */
export class Answer {
  readonly type: number;
  readonly tag: number;
  readonly raw: Uint8Array;
  readonly #view: DataView;
  #at = 7;

  constructor(raw: Uint8Array) {
    this.raw = raw;
    this.#view = new DataView(raw.buffer, raw.byteOffset, raw.byteLength);
    this.type = this.#view.getUint8(4);
    this.tag = this.#view.getUint16(5, true);
  }

  /** The number of the error that it says, or null. */
  get errno(): number | null {
    return this.type === ERROR ? this.#view.getUint32(7, true) : null;
  }

  number(size: 1 | 2 | 4 | 8): number {
    const at = this.#at;
    this.#at += size;
    if (size === 1) return this.#view.getUint8(at);
    if (size === 2) return this.#view.getUint16(at, true);
    const low = this.#view.getUint32(at, true);
    return size === 4 ? low : this.#view.getUint32(at + 4, true) * 2 ** 32 + low;
  }

  bytes(count: number): Uint8Array {
    this.#at += count;
    return this.raw.slice(this.#at - count, this.#at);
  }

  text(): string {
    return new TextDecoder().decode(this.bytes(this.number(2)));
  }

  qid(): { kind: number; path: number } {
    const kind = this.number(1);
    this.number(4);
    return { kind, path: this.number(8) };
  }

  get isAtEnd(): boolean {
    return this.#at === this.raw.length;
  }
}

/** Frames out of bytes as they come. */
export class Splitter {
  #bytes = new Uint8Array(0);

  push(more: Uint8Array): Answer[] {
    const all = new Uint8Array(this.#bytes.length + more.length);
    all.set(this.#bytes);
    all.set(more, this.#bytes.length);
    const answers: Answer[] = [];
    let at = 0;
    for (;;) {
      const size = at + 4 <= all.length ? new DataView(all.buffer).getUint32(at, true) : Infinity;
      if (at + size > all.length) break;
      answers.push(new Answer(all.slice(at, at + size)));
      at += size;
    }
    this.#bytes = all.slice(at);
    return answers;
  }
}

/** What is between a client and a server: bytes there, and frames back, one or more. */
export interface Wire {
  send(bytes: Uint8Array): void;
  /** The next answer; the other side does what it takes until it is there. @throws Error when there will be none */
  next(): Answer;
}

/** The client: one request, one answer. What the server refuses is thrown as "errno 2". */
export class NinepClient {
  readonly wire: Wire;
  msize = 0;
  #fid = 1;

  constructor(wire: Wire) {
    this.wire = wire;
  }

  ask(type: number, ...parts: readonly Part[]): Answer {
    this.wire.send(frame(type, 1, ...parts));
    const answer = this.wire.next();
    if (answer.errno !== null) throw new Error(`errno ${answer.errno}`);
    if (answer.type !== type + 1 || answer.tag !== 1) throw new Error(`answer ${answer.type} to request ${type}`);
    return answer;
  }

  version(msize = 65_536): string {
    this.wire.send(frame(T.version, 0xffff, ["d", msize], ["s", "9P2000.L"]));
    const answer = this.wire.next();
    if (answer.errno !== null) throw new Error(`errno ${answer.errno}`);
    this.msize = answer.number(4);
    return answer.text();
  }

  attach(aname: string, uid = 1000): number {
    const fid = this.#fid++;
    this.ask(T.attach, ["d", fid], ["d", NOFID], ["s", "user"], ["s", aname], ["d", uid]);
    return fid;
  }

  /** A fid for a path, whose names are separated by "/". */
  walk(from: number, path: string): number {
    const names = path.split("/").filter((name) => name !== "");
    const fid = this.#fid++;
    const answer = this.ask(
      T.walk,
      ["d", from],
      ["d", fid],
      ["w", names.length],
      ...names.map((n) => ["s", n] as const),
    );
    const came = answer.number(2);
    if (came < names.length) throw new Error(`came ${came} of ${names.length}`);
    return fid;
  }

  open(from: number, path: string, flags = 0): number {
    const fid = this.walk(from, path);
    this.ask(T.lopen, ["d", fid], ["d", flags]);
    return fid;
  }

  create(from: number, name: string, mode = 0o644, flags = 2): number {
    const fid = this.walk(from, "");
    this.ask(T.lcreate, ["d", fid], ["s", name], ["d", flags], ["d", mode], ["d", 1000]);
    return fid;
  }

  write(fid: number, offset: number, bytes: Uint8Array): number {
    return this.ask(T.write, ["d", fid], ["q", offset], ["data", bytes]).number(4);
  }

  read(fid: number, offset: number, count: number): Uint8Array {
    const answer = this.ask(T.read, ["d", fid], ["q", offset], ["d", count]);
    return answer.bytes(answer.number(4));
  }

  clunk(fid: number): void {
    this.ask(T.clunk, ["d", fid]);
  }

  mkdir(at: number, name: string): void {
    this.ask(T.mkdir, ["d", at], ["s", name], ["d", 0o755], ["d", 1000]);
  }

  /** Names in an open directory, by as many questions as it takes. */
  list(fid: number, count = 4096): string[] {
    const names: string[] = [];
    for (let offset = 0; ; ) {
      const answer = this.ask(T.readdir, ["d", fid], ["q", offset], ["d", count]);
      const bytes = answer.number(4);
      if (bytes === 0) return names.sort();
      while (!answer.isAtEnd) {
        answer.qid();
        offset = answer.number(8);
        answer.number(1);
        names.push(answer.text());
      }
    }
  }

  attributes(fid: number) {
    const answer = this.ask(T.getattr, ["d", fid], ["q", 0x7ff]);
    answer.number(8);
    const { kind, path } = answer.qid();
    const [mode, uid, gid] = [answer.number(4), answer.number(4), answer.number(4)];
    const [links, , size] = [answer.number(8), answer.number(8), answer.number(8)];
    return { kind, node: path, mode, uid, gid, links, size };
  }

  /** What a request is refused with, as a number; 0: it was not. */
  refused(work: () => unknown): number {
    try {
      work();
      return 0;
    } catch (error) {
      const number = /^errno (\d+)$/.exec((error as Error).message)?.[1];
      if (number === undefined) throw error;
      return Number(number);
    }
  }
}
