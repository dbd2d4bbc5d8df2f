/**
 * The ports of a machine: who listens at each, which connections there are, and what is done about packets.
 *
 * A packet of no connection is answered by a reset, as is one that breaks the rules: bytes beyond the room that was given,
 * an answer that nobody has asked for. So a peer that knows no rules loses its connection, and no other one anything.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { Connection } from "./connection.js";
import type { Link } from "./link.js";
import { Operation, type Packet, Shutdown } from "./packet.js";

/** Connections that wait at a port until they are accepted. */
const BACKLOG = 16;
/** Connections in all. */
const MAX_CONNECTIONS = 128;
/** Resets that wait for the device; beyond that nobody is told. */
const MAX_WAITING_RESETS = 256;

const BOTH = Shutdown.Receive | Shutdown.Send;
const NO_BYTES = new Uint8Array(0);

/** What somebody who listens hears of. */
export interface PortListener {
  /** A connection waits at the port, or none does any more. */
  readonly asked: () => Thread<void>;
  /** Something about this connection has changed. */
  readonly changed: (connection: Connection) => Thread<void>;
}

/** A port at which somebody listens. */
export class Port {
  readonly number: number;
  readonly listener: PortListener;
  /** Connections that were not accepted yet, in the order in which they were asked for. */
  readonly waiting: Connection[] = [];

  constructor(number: number, listener: PortListener) {
    this.number = number;
    this.listener = listener;
  }
}

/** All ports, and all connections. */
export class Ports {
  readonly #link: Link;
  readonly #ports = new Map<number, Port>();
  readonly #connections = new Map<string, Connection>();

  constructor(link: Link) {
    this.#link = link;
    link.onInterrupt(() => this.#interrupted());
  }

  /** Whether there is a device that works. */
  get isUp(): boolean {
    return this.#link.isUp;
  }

  /** Bytes that this connection can send at once. */
  roomOf(connection: Connection): number {
    return Math.min(connection.room, this.#link.room);
  }

  /** Somebody listens at a port. */
  listen(number: number, listener: PortListener): Port {
    const port = new Port(number, listener);
    this.#ports.set(number, port);
    return port;
  }

  /** Accept the connection that waits longest; null: none does. */
  *accept(port: Port): Thread<Connection | null> {
    const connection = port.waiting.shift();
    if (connection === undefined) return null;
    connection.stage = "open";
    yield* this.#link.send(connection.packet(Operation.Response));
    return connection;
  }

  /** Bytes that have come, up to `most`. */
  *read(connection: Connection, most: number): Thread<Uint8Array> {
    const bytes = connection.take(most);
    if (connection.owesCredit) yield* this.#link.send(connection.packet(Operation.CreditUpdate));
    return bytes;
  }

  /** Send bytes: there is room for them, and they fit into one packet. */
  *write(connection: Connection, data: Uint8Array): Thread<void> {
    yield* this.#link.send(connection.packet(Operation.Data, 0, data));
  }

  /** No more will be sent. */
  *end(connection: Connection): Thread<void> {
    if (connection.hasEnded || connection.isReset) return;
    connection.hasEnded = true;
    yield* this.#link.send(connection.packet(Operation.Shutdown, Shutdown.Send));
  }

  /** Nobody here wants it any more. */
  *close(connection: Connection): Thread<void> {
    if (connection.isReset) return;
    connection.stage = "closing";
    yield* this.#link.send(connection.packet(Operation.Shutdown, BOTH));
  }

  /** Start the device, first or again: no connection is there then. */
  *start(): Thread<void> {
    yield* this.#link.start();
    const gone = [...this.#connections.values()];
    this.#connections.clear();
    for (const port of this.#ports.values()) port.waiting.length = 0;
    for (const connection of gone) {
      connection.isReset = true;
      yield* this.#tell(connection);
    }
  }

  *#interrupted(): Thread<void> {
    const packets = yield* this.#link.interrupted();
    if (packets === "broken") {
      yield* this.start();
      for (const port of this.#ports.values()) yield* port.listener.asked();
      return;
    }
    for (const packet of packets) yield* this.#handle(packet);
    yield* this.#tellOfRoom();
  }

  /** A buffer may be free again. Who is told of it is the last to be told next time. */
  *#tellOfRoom(): Thread<void> {
    for (const [key, connection] of [...this.#connections]) {
      if (!connection.wantsRoom || this.roomOf(connection) === 0) continue;
      this.#connections.delete(key);
      this.#connections.set(key, connection);
      yield* this.#tell(connection);
    }
  }

  *#handle(packet: Packet): Thread<void> {
    const connection = this.#connections.get(keyOf(packet));
    if (packet.operation === Operation.Request) {
      if (connection === undefined) yield* this.#asked(packet);
      else yield* this.#cutOff(connection);
      return;
    }
    if (connection === undefined) {
      if (packet.operation !== Operation.Reset) yield* this.#refuse(packet);
      return;
    }
    connection.hear(packet);
    switch (packet.operation) {
      case Operation.Data:
        if (connection.stage === "asked" || connection.othersHaveEnded) yield* this.#cutOff(connection);
        else if (connection.stage === "open" && !connection.push(packet.data)) yield* this.#cutOff(connection);
        break;
      case Operation.Shutdown:
        yield* this.#ended(connection, packet.flags);
        break;
      case Operation.Reset:
        yield* this.#gone(connection);
        return;
      case Operation.CreditUpdate:
        break;
      case Operation.CreditRequest:
        yield* this.#link.send(connection.packet(Operation.CreditUpdate));
        break;
      default:
        yield* this.#cutOff(connection);
    }
    yield* this.#tell(connection);
  }

  *#asked(packet: Packet): Thread<void> {
    const port = this.#ports.get(packet.inner);
    if (port === undefined || port.waiting.length >= BACKLOG || this.#connections.size >= MAX_CONNECTIONS) {
      yield* this.#refuse(packet);
      return;
    }
    const connection = new Connection(packet.outer, packet.inner);
    connection.hear(packet);
    this.#connections.set(keyOf(packet), connection);
    port.waiting.push(connection);
    yield* port.listener.asked();
  }

  *#ended(connection: Connection, flags: number): Thread<void> {
    if ((flags & Shutdown.Send) !== 0) connection.othersHaveEnded = true;
    if ((flags & BOTH) === BOTH) yield* this.#cutOff(connection);
  }

  /** There is no such connection. */
  *#refuse({ outer, inner }: Packet): Thread<void> {
    if (this.#link.backlog >= MAX_WAITING_RESETS) return;
    const none = { flags: 0, room: 0, taken: 0, data: NO_BYTES };
    yield* this.#link.send({ outer, inner, operation: Operation.Reset, ...none });
  }

  /** The other side is told that it is gone. */
  *#cutOff(connection: Connection): Thread<void> {
    yield* this.#link.send(connection.packet(Operation.Reset));
    yield* this.#gone(connection);
  }

  *#gone(connection: Connection): Thread<void> {
    this.#connections.delete(keyOf(connection));
    connection.isReset = true;
    const port = this.#ports.get(connection.inner);
    const place = port?.waiting.indexOf(connection) ?? -1;
    if (place >= 0) port?.waiting.splice(place, 1);
    yield* this.#tell(connection);
  }

  *#tell(connection: Connection): Thread<void> {
    yield* this.#ports.get(connection.inner)!.listener.changed(connection);
  }
}

function keyOf({ outer, inner }: { readonly outer: number; readonly inner: number }): string {
  return `${outer}:${inner}`;
}
