/**
 * The virtio socket device (virtio 1.2, 5.10): streams between the machine, which listens, and whoever is outside, who
 * connects. Nobody outside listens: a connection that the machine asks for is reset.
 *
 * What is done outside enters by the input log (input.ts). A packet takes 5 µs and 1 ns a byte, one at a time in each
 * direction, so an alarm does bounded work. Connections that have something to say to the machine do so in turn. Answers
 * to packets of no connection are kept up to a limit: a driver that sends such and takes nothing back is not heard on
 * until it does (5.10.6.2).
 *
 * A driver that starts anew finds no connection. Who was outside then is told; who has asked and was not answered yet is
 * asked for once more.
 */
import type { Alarm, Clock } from "../../../clock.js";
import type { DescriptorChain } from "../chain.js";
import type { VirtioDevice } from "../device.js";
import type { Virtqueue } from "../queue.js";
import { VirtioDeviceId } from "../registers.js";
import { HOST_BUFFER_BYTES, SocketConnection } from "./connection.js";
import { readSocketInput, type SocketInput } from "./input.js";
import {
  GUEST_CID,
  HOST_CID,
  PACKET_DATA_BYTES,
  PACKET_HEADER_BYTES,
  type PacketHeader,
  packetBytes,
  readHeader,
  SocketOperation,
  SocketShutdown,
  STREAM,
} from "./packet.js";

/** The name by which inputs are addressed to it. */
export const SOCKETS_INPUT = "sockets";
/** Connections at a time. */
const MAX_CONNECTIONS = 256;

const QUEUE_SIZE = 128;
const QUEUES = { receive: 0, transmit: 1 } as const;
const START_CYCLES = 5_000;
/** Answers to packets of no connection that wait for the driver's buffers. */
const MAX_STRAY_ANSWERS = 128;
/** Feature 0: streams. */
const STREAMS = 1;
const BOTH_ENDS = SocketShutdown.Receive | SocketShutdown.Send;
const NO_BYTES = new Uint8Array(0);

/** What whoever is outside is told of one of its connections, at the end of a slice. */
export type SocketNews =
  | { readonly connection: number; readonly news: "opened" | "ended" }
  | { readonly connection: number; readonly news: "data"; readonly bytes: Uint8Array }
  /** The machine has got so many more bytes. */
  | { readonly connection: number; readonly news: "delivered"; readonly count: number }
  | { readonly connection: number; readonly news: "closed"; readonly how: SocketEnd };

/** How a connection came to its end: nobody listens there, both sides had ended, or it was cut off by the machine. */
export type SocketEnd = "refused" | "done" | "reset";

export class SocketDevice implements VirtioDevice {
  readonly name = SOCKETS_INPUT;
  readonly id = VirtioDeviceId.Socket;
  readonly features = STREAMS;
  readonly config = new Uint8Array(8);
  readonly queueSizes = [QUEUE_SIZE, QUEUE_SIZE, QUEUE_SIZE];
  /** Its interrupt: the number by which the trace knows it. */
  readonly irq: number;
  readonly #clock: Clock;
  readonly #report: (text: string) => void;
  readonly #receiving: Alarm;
  readonly #sending: Alarm;
  readonly #connections = new Map<number, SocketConnection>();
  /** Those that have something to say to the machine, in turn. */
  #speakers: SocketConnection[] = [];
  #strays: PacketHeader[] = [];
  #receiveQueue: Virtqueue | null = null;
  #sendQueue: Virtqueue | null = null;
  /** A packet of the machine that is on its way. */
  #packet: DescriptorChain | null = null;
  #news: SocketNews[] = [];

  constructor(parts: { irq: number; clock: Clock; report: (text: string) => void }) {
    this.irq = parts.irq;
    this.#clock = parts.clock;
    this.#report = parts.report;
    this.#receiving = parts.clock.createAlarm(() => this.#deliver());
    this.#sending = parts.clock.createAlarm(() => this.#hear());
    this.config[0] = GUEST_CID;
  }

  notified(queue: Virtqueue): void {
    if (queue.index === QUEUES.receive) {
      this.#receiveQueue = queue;
      this.#speak();
    } else if (queue.index === QUEUES.transmit) {
      this.#sendQueue = queue;
      this.#listen();
    }
  }

  closed(queue: Virtqueue): void {
    if (queue === this.#receiveQueue) this.#receiveQueue = null;
    if (queue === this.#sendQueue) this.#sendQueue = null;
    this.#packet = null;
    this.#strays = [];
    this.#clock.set(this.#receiving, Infinity);
    this.#clock.set(this.#sending, Infinity);
    for (const connection of this.#connections.values()) {
      if (connection.stage === "asked") {
        connection.wasAsked = false;
        this.#queue(connection);
      } else this.#gone(connection, "reset");
    }
  }

  /** Something is done outside. */
  receive(bytes: Uint8Array): void {
    const input = readSocketInput(bytes);
    if (input === null) this.#report(`an input of ${bytes.length} bytes for ${this.name} is none that it knows`);
    else this.#enter(input);
  }

  /** For the machine, between slices: what whoever is outside is to be told. */
  takeNews(): SocketNews[] {
    const news = this.#news;
    if (news.length > 0) this.#news = [];
    return news;
  }

  #enter(input: SocketInput): void {
    if (input.does === "connect") {
      this.#connect(input.connection, input.port);
      return;
    }
    const connection = this.#connections.get(input.connection);
    if (connection === undefined || connection.isAborted) return; // it is gone, which whoever is outside did not know yet
    switch (input.does) {
      case "send":
        if (!connection.hostHasEnded) connection.push(input.bytes);
        break;
      case "taken":
        connection.take(input.count);
        break;
      case "end":
        connection.hostHasEnded = true;
        break;
      case "abort":
        connection.isAborted = true;
        connection.drop();
        if (!connection.wasAsked) this.#connections.delete(connection.id);
        break;
    }
    this.#queue(connection);
  }

  #connect(id: number, port: number): void {
    if (this.#connections.size >= MAX_CONNECTIONS || this.#connections.has(id)) {
      this.#tell({ connection: id, news: "closed", how: "refused" });
      return;
    }
    const connection = new SocketConnection(id, port);
    this.#connections.set(id, connection);
    this.#queue(connection);
  }

  /** It may have something to say to the machine. */
  #queue(connection: SocketConnection): void {
    if (connection.isQueued || !hasToSay(connection)) return;
    connection.isQueued = true;
    this.#speakers.push(connection);
    this.#speak();
  }

  /** Have the next packet delivered, if there is one and the driver has given the queue. */
  #speak(): void {
    if (this.#receiveQueue === null || this.#receiving.at !== Infinity) return;
    const next = this.#strays.length > 0 ? 0 : this.#nextLength();
    if (next !== null) this.#clock.set(this.#receiving, this.#clock.cycles + START_CYCLES + next);
  }

  /** Bytes of the packet that comes next; null: nobody has anything to say. */
  #nextLength(): number | null {
    for (;;) {
      const connection = this.#speakers[0];
      if (connection === undefined) return null;
      if (this.#isKnown(connection) && hasToSay(connection)) return connection.sendable;
      connection.isQueued = false;
      this.#speakers.shift();
    }
  }

  #isKnown(connection: SocketConnection): boolean {
    return this.#connections.get(connection.id) === connection;
  }

  #deliver(): void {
    const queue = this.#receiveQueue;
    if (queue === null || (this.#strays.length === 0 && this.#nextLength() === null)) return;
    const chain = queue.take();
    if (chain === null) return; // the driver notifies when it has buffers again
    if (chain.readableBytes > 0 || chain.writableBytes <= PACKET_HEADER_BYTES) {
      queue.refuse("a buffer for packets can be written, has room for more than a header, and is nothing else");
      return;
    }
    const stray = this.#strays.shift();
    const packet =
      stray === undefined ? this.#nextPacket(chain.writableBytes - PACKET_HEADER_BYTES) : packetBytes(stray, NO_BYTES);
    chain.write(0, packet);
    queue.complete(chain, packet.length);
    if (stray !== undefined) this.#listen();
    this.#speak();
  }

  /** What the connection whose turn it is has to say; it has something. */
  #nextPacket(room: number): Uint8Array {
    const connection = this.#speakers.shift()!;
    connection.isQueued = false;
    const packet = this.#packetOf(connection, room);
    this.#queue(connection);
    return packet;
  }

  #packetOf(connection: SocketConnection, room: number): Uint8Array {
    const { Request, Reset, Shutdown, Data, CreditUpdate } = SocketOperation;
    if (connection.isAborted) {
      this.#connections.delete(connection.id);
      return this.#packetBytes(connection, Reset);
    }
    if (connection.stage === "asked") {
      connection.wasAsked = true;
      return this.#packetBytes(connection, Request);
    }
    const count = Math.min(connection.sendable, room);
    if (count > 0) {
      const bytes = connection.shift(count);
      this.#tell({ connection: connection.id, news: "delivered", count });
      return this.#packetBytes(connection, Data, 0, bytes);
    }
    if (connection.owesCredit) return this.#packetBytes(connection, CreditUpdate);
    connection.wasToldOfEnd = true;
    if (!connection.guestHasEnded) return this.#packetBytes(connection, Shutdown, SocketShutdown.Send);
    connection.stage = "leaving";
    return this.#packetBytes(connection, Shutdown, BOTH_ENDS);
  }

  #packetBytes(connection: SocketConnection, operation: number, flags = 0, data: Uint8Array = NO_BYTES): Uint8Array {
    const header = {
      sourceCid: HOST_CID,
      targetCid: GUEST_CID,
      sourcePort: connection.id,
      targetPort: connection.port,
      length: data.length,
      type: STREAM,
      operation,
      flags,
      buffer: HOST_BUFFER_BYTES,
      taken: connection.tellTaken(),
    };
    return packetBytes(header, data);
  }

  /** Take the next packet of the machine, unless its driver owes room for answers. */
  #listen(): void {
    if (this.#sendQueue === null || this.#packet !== null || this.#strays.length >= MAX_STRAY_ANSWERS) return;
    const chain = this.#sendQueue.take();
    if (chain === null) return;
    this.#packet = chain;
    const bytes = Math.min(chain.readableBytes, PACKET_DATA_BYTES);
    this.#clock.set(this.#sending, this.#clock.cycles + START_CYCLES + bytes);
  }

  /** A packet of the machine has come out. */
  #hear(): void {
    const [queue, chain] = [this.#sendQueue, this.#packet];
    if (queue === null || chain === null) return;
    this.#packet = null;
    const header = headerOf(chain);
    if (typeof header === "string") {
      queue.refuse(header);
      return;
    }
    const data = new Uint8Array(header.length);
    chain.read(PACKET_HEADER_BYTES, data);
    queue.complete(chain, 0);
    this.#handle(header, data);
    this.#listen();
  }

  #handle(header: PacketHeader, data: Uint8Array): void {
    const connection = this.#connections.get(header.targetPort);
    if (connection === undefined || !isOf(header, connection)) {
      if (header.operation !== SocketOperation.Reset && header.sourceCid === GUEST_CID) this.#refuseStray(header);
      return;
    }
    connection.credit(header.buffer, header.taken);
    switch (header.operation) {
      case SocketOperation.Response:
        this.#opened(connection);
        break;
      case SocketOperation.Reset:
        this.#gone(connection, endOf(connection));
        break;
      case SocketOperation.Shutdown:
        this.#ended(connection, header.flags);
        break;
      case SocketOperation.Data:
        this.#received(connection, data);
        break;
      case SocketOperation.CreditUpdate:
        break;
      case SocketOperation.CreditRequest:
        connection.owesCredit = true;
        break;
      default:
        this.#cutOff(connection);
    }
    this.#queue(connection);
  }

  /** There is no such connection: its sender is told. */
  #refuseStray(header: PacketHeader): void {
    this.#strays.push({
      ...header,
      sourceCid: header.targetCid,
      targetCid: header.sourceCid,
      sourcePort: header.targetPort,
      targetPort: header.sourcePort,
      length: 0,
      operation: SocketOperation.Reset,
      flags: 0,
      buffer: 0,
      taken: 0,
    });
    this.#speak();
  }

  #opened(connection: SocketConnection): void {
    if (connection.stage !== "asked") {
      this.#cutOff(connection);
      return;
    }
    connection.stage = "open";
    this.#tell({ connection: connection.id, news: "opened" });
  }

  #received(connection: SocketConnection, bytes: Uint8Array): void {
    if (connection.stage !== "open" || connection.guestHasEnded || !connection.receive(bytes.length)) {
      this.#cutOff(connection);
    } else if (bytes.length > 0 && !connection.isAborted) {
      this.#tell({ connection: connection.id, news: "data", bytes });
    }
  }

  #ended(connection: SocketConnection, flags: number): void {
    if (connection.stage === "asked") {
      this.#cutOff(connection);
      return;
    }
    if ((flags & SocketShutdown.Send) !== 0 && !connection.guestHasEnded) {
      connection.guestHasEnded = true;
      this.#tell({ connection: connection.id, news: "ended" });
    }
    if ((flags & BOTH_ENDS) !== BOTH_ENDS) return;
    // It receives nothing either: what waits is for nobody.
    connection.drop();
    connection.isAborted = true;
    this.#tell({ connection: connection.id, news: "closed", how: "done" });
  }

  /** The machine has done what nobody does by the rules: it is told by a reset, and whoever is outside, too. */
  #cutOff(connection: SocketConnection): void {
    if (connection.isAborted) return;
    connection.drop();
    connection.isAborted = true;
    this.#tell({ connection: connection.id, news: "closed", how: "reset" });
  }

  #gone(connection: SocketConnection, how: SocketEnd): void {
    this.#connections.delete(connection.id);
    if (!connection.isAborted) this.#tell({ connection: connection.id, news: "closed", how });
  }

  #tell(news: SocketNews): void {
    this.#news.push(news);
  }
}

/** Whether the machine is to be told something, and can be. */
function hasToSay(connection: SocketConnection): boolean {
  if (connection.isAborted) return true;
  if (connection.stage === "asked") return !connection.wasAsked;
  if (connection.stage === "leaving") return false;
  if (connection.sendable > 0 || connection.owesCredit) return true;
  if (!connection.hostHasEnded || connection.waiting > 0) return false;
  return !connection.wasToldOfEnd || connection.guestHasEnded;
}

function isOf({ sourceCid, targetCid, sourcePort, type }: PacketHeader, { port, wasAsked }: SocketConnection): boolean {
  return wasAsked && sourceCid === GUEST_CID && targetCid === HOST_CID && sourcePort === port && type === STREAM;
}

function endOf({ stage, hostHasEnded, guestHasEnded }: SocketConnection): SocketEnd {
  if (stage === "asked") return "refused";
  return hostHasEnded && guestHasEnded ? "done" : "reset";
}

/** The header of a packet of the machine, or why it is none. */
function headerOf(chain: DescriptorChain): PacketHeader | string {
  if (chain.writableBytes > 0 || chain.readableBytes < PACKET_HEADER_BYTES) {
    return "a packet is a buffer to be read, which begins with a header";
  }
  const bytes = new Uint8Array(PACKET_HEADER_BYTES);
  chain.read(0, bytes);
  const header = readHeader(bytes);
  if (header.length > PACKET_DATA_BYTES)
    return `a packet of ${header.length} bytes is longer than ${PACKET_DATA_BYTES}`;
  if (header.length > chain.readableBytes - PACKET_HEADER_BYTES) {
    return `a packet says that ${header.length} bytes follow, and ${chain.readableBytes - PACKET_HEADER_BYTES} do`;
  }
  return header;
}
