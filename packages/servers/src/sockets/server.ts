/**
 * The sockets: driver of the virtio socket device, and who listens at which port.
 *
 * Each listener is an offer of its own, so who is given the capability to it can accept the connections of that port and
 * of no other. What has come waits here, 64 KiB a stream at most, which the other side is told; what is sent goes to the
 * device at once, as far as the other side has room. A stream whose client is dead is closed.
 *
 * A device that breaks is started again a few times: all connections are gone then (`Reset`), and the listeners are there.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { seL4_CPtr } from "@tessera/libsel4";
import type { Condition } from "../common/activity.js";
import { fail } from "../common/answer.js";
import { type Component, component } from "../common/component.js";
import type { Device, Handlers, Memory, Offer, Self } from "../common/handles.js";
import { device, memory } from "../common/need.js";
import type { Window } from "../common/window.js";
import { Watcher } from "../console/watcher.js";
import type { Connection } from "./connection.js";
import { Listener, Stream } from "./interface.js";
import { LINK_PAGES, Link, PACKET_DATA_BYTES } from "./link.js";
import { type Port, Ports } from "./ports.js";

/** Where the board has the device. */
const SOCKET_DEVICE = { address: 0x1000_5000, interrupt: 5 };
/** Callers that wait at a time. */
const WAITING = 32;

/**
 * The component. Its machine has a socket device: `new Machine({ sockets: true, … })`.
 * @param listeners the port of each offer: `{ files: 564 }` offers `files`, a listener
 * @throws RangeError for what is no port
 */
export function socketsServer(listeners: Readonly<Record<string, number>>): Component {
  for (const [name, port] of Object.entries(listeners)) {
    if (Number.isInteger(port) && port >= 0 && port < 2 ** 32) continue;
    throw new RangeError(`${name}: a port is a whole number from 0 to 2^32 - 1, not ${port}`);
  }
  const names = Object.keys(listeners);
  return component("sockets", {
    needs: { sockets: device(SOCKET_DEVICE), buffers: memory(LINK_PAGES) },
    offers: Object.fromEntries(names.map((name) => [name, Listener])),
    waiting: WAITING,
    *main(handles) {
      // The names of the offers are known when the component is made, not when it is compiled.
      const given = handles as unknown as { sockets: Device; buffers: Memory; self: Self };
      const offers = handles as unknown as Readonly<Record<string, Offer<typeof Listener>>>;
      const ports = new Ports(new Link(given.sockets, given.buffers));
      for (const name of names) new ListenerServer(ports, given.self, offers[name]!).serve(listeners[name]!);
      yield* ports.start();
      yield* given.self.serve();
    },
  });
}

/** A stream, as it is kept for its session. */
interface OpenStream {
  readonly connection: Connection;
  readonly number: number;
  /** The memory that its client shares with this server. */
  readonly window: Window | null;
  readonly changed: Condition;
  isReading: boolean;
  isWriting: boolean;
  /** Its client is to be told when it can read: it has read since it was told last. */
  tellsOfReading: boolean;
  /** Its client is to be told when it can write: it could not. */
  tellsOfWriting: boolean;
}

/** What is served at one port. */
class ListenerServer {
  readonly #ports: Ports;
  readonly #self: Self;
  readonly #offer: Offer<typeof Listener>;
  readonly #asked: Condition;
  readonly #watcher: Watcher;
  readonly #streams = new Map<Connection, OpenStream>();
  readonly #handlers: Handlers<typeof Stream, OpenStream>;
  #count = 0;
  /** There may be news of connections that wait. */
  #tellsOfAsking = true;
  /** The signal was rung, and nobody has asked for the last news since. */
  #isRung = false;
  #port: Port | null = null;

  constructor(ports: Ports, self: Self, offer: Offer<typeof Listener>) {
    this.#ports = ports;
    this.#self = self;
    this.#offer = offer;
    this.#asked = self.condition();
    this.#watcher = new Watcher(self);
    this.#handlers = {
      read: (stream, { length, at, wait }) => this.#read(stream, length, at, wait),
      write: (stream, { length, at, wait }) => this.#write(stream, length, at, wait),
      *end({ connection }) {
        yield* ports.end(connection);
      },
    };
  }

  /** Serve the offer, at this port. */
  serve(port: number): void {
    this.#port = this.#ports.listen(port, {
      asked: () => this.#someoneAsks(),
      changed: (connection) => this.#hasChanged(connection),
    });
    this.#offer.on(
      ({ badge, window }) => ({ badge, window }),
      {
        accept: ({ window }, { wait }) => this.#accept(window, wait),
        onNews: ({ badge }, { signal }) => this.#watch(badge, signal),
        news: () => this.#news(),
      },
      ({ badge }) => this.#watcher.readerDied(badge),
    );
  }

  *#accept(window: Window | null, wait: boolean) {
    for (;;) {
      if (!this.#ports.isUp) return fail("Broken");
      if (!this.#offer.hasRoom()) return fail("Busy");
      const connection = yield* this.#ports.accept(this.#port!);
      this.#tellsOfAsking = true;
      if (connection !== null) return this.#opened(connection, window);
      if (!wait) return fail("NotNow");
      yield* this.#asked.wait();
    }
  }

  #opened(connection: Connection, window: Window | null) {
    const stream: OpenStream = {
      connection,
      number: ++this.#count,
      window,
      changed: this.#self.condition(),
      isReading: false,
      isWriting: false,
      tellsOfReading: true,
      tellsOfWriting: false,
    };
    this.#streams.set(connection, stream);
    const session = this.#offer.session(Stream, stream, this.#handlers, (closed) => this.#close(closed));
    return { stream: session, number: stream.number };
  }

  *#close({ connection }: OpenStream): Thread<void> {
    this.#streams.delete(connection);
    yield* this.#ports.close(connection);
  }

  *#read(stream: OpenStream, length: number, at: number, wait: boolean) {
    const { connection, window } = stream;
    if (window === null || !window.holds(at, length)) return fail("NoWindow");
    if (stream.isReading) return fail("Busy");
    stream.tellsOfReading = true;
    if (length > 0 && !connection.canRead) {
      if (!wait) return fail("NotNow");
      stream.isReading = true;
      try {
        do yield* stream.changed.wait();
        while (!connection.canRead);
      } finally {
        stream.isReading = false;
      }
    }
    if (connection.isReset && !connection.othersHaveEnded) return fail("Reset");
    const bytes = yield* this.#ports.read(connection, length);
    yield* window.write(at, bytes);
    if (connection.canRead) yield* this.#ring();
    return { count: bytes.length };
  }

  *#write(stream: OpenStream, length: number, at: number, wait: boolean) {
    const { connection, window } = stream;
    if (window === null || !window.holds(at, length)) return fail("NoWindow");
    if (connection.hasEnded) return fail("Ended");
    if (stream.isWriting) return fail("Busy");
    if (length > 0 && this.#ports.roomOf(connection) === 0 && !connection.isReset) {
      connection.wantsRoom = true;
      if (!wait) {
        stream.tellsOfWriting = true;
        return fail("NotNow");
      }
      stream.isWriting = true;
      try {
        do yield* stream.changed.wait();
        while (this.#ports.roomOf(connection) === 0 && !connection.isReset && !connection.hasEnded);
      } finally {
        stream.isWriting = false;
        connection.wantsRoom = false;
      }
    }
    if (connection.isReset) return fail("Reset");
    if (connection.hasEnded) return fail("Ended");
    return { written: yield* this.#send(connection, window, length, at) };
  }

  /** Send as much as there is room for. */
  *#send(connection: Connection, window: Window, length: number, at: number): Thread<number> {
    let written = 0;
    while (written < length) {
      const count = Math.min(length - written, PACKET_DATA_BYTES, this.#ports.roomOf(connection));
      if (count === 0) break;
      yield* this.#ports.write(connection, yield* window.read(at + written, count));
      written += count;
    }
    return written;
  }

  *#watch(badge: number, signal: seL4_CPtr<"Notification">): Thread<void> {
    yield* this.#watcher.watch(badge, signal);
    this.#isRung = false;
    yield* this.#ring();
  }

  /** What its client has to hear; a stream is told of once, until its client has done something with it. */
  #news() {
    if (this.#hasAsker()) {
      this.#tellsOfAsking = false;
      return { number: 0, canRead: false, canWrite: false };
    }
    for (const stream of this.#streams.values()) {
      const news = this.#newsOf(stream);
      if (!news.canRead && !news.canWrite) continue;
      if (news.canRead) stream.tellsOfReading = false;
      if (news.canWrite) stream.tellsOfWriting = stream.connection.wantsRoom = false;
      return news;
    }
    this.#isRung = false;
    return fail("Nothing");
  }

  #newsOf({ connection, number, tellsOfReading, tellsOfWriting }: OpenStream) {
    const canWrite = tellsOfWriting && (this.#ports.roomOf(connection) > 0 || connection.isReset);
    return { number, canRead: tellsOfReading && connection.canRead, canWrite };
  }

  #hasAsker(): boolean {
    return this.#tellsOfAsking && (this.#port!.waiting.length > 0 || !this.#ports.isUp);
  }

  *#someoneAsks(): Thread<void> {
    this.#asked.wake();
    if (this.#hasAsker()) yield* this.#ring();
  }

  *#hasChanged(connection: Connection): Thread<void> {
    const stream = this.#streams.get(connection);
    if (stream === undefined) return;
    stream.changed.wake();
    const { canRead, canWrite } = this.#newsOf(stream);
    if (canRead || canWrite) yield* this.#ring();
  }

  /** Tell the client that there is news, once until it has asked for the last. */
  *#ring(): Thread<void> {
    if (this.#isRung) return;
    this.#isRung = true;
    yield* this.#watcher.ring();
  }
}
