/**
 * The driver's side of the virtio socket device (virtio 1.2, 5.10): packets to and from whoever is outside.
 *
 * The memory that it shares with the device begins with three queues, a page each: of packets that come, of packets that
 * go, of events, which is never given a buffer. Behind them lie the buffers: 32 of 4 KiB and some for what comes, 8 of
 * 16 KiB and some for what goes. A packet without data always finds a place: it waits in a list until a buffer is free,
 * and data are not sent before it. What the device says is not believed.
 */
import { copyIn, copyOut, type Thread } from "@tessera/hal-sim/isa";
import type { Device, Memory } from "../common/handles.js";
import { VirtioTransport } from "../virtio/transport.js";
import { queueBytes, type Virtqueue } from "../virtio/virtqueue.js";
import { HEADER_BYTES, type Packet, packetBytes, readPacket } from "./packet.js";

/** The kind of the device (virtio 1.2, 5). */
const DEVICE_ID = 19;
/** Feature 0: streams. */
const STREAMS = 1;
const PAGE_BYTES = 4096;
const QUEUE_SIZE = 64;
const QUEUES = { receive: 0, send: 1, events: 2 } as const;
/** Buffers, and the bytes that each takes of the memory. */
const RECEIVE = { buffers: 32, bytes: PAGE_BYTES + 64, at: 3 * PAGE_BYTES } as const;
const SEND = { buffers: 8, bytes: 4 * PAGE_BYTES + 64, at: RECEIVE.at + RECEIVE.buffers * RECEIVE.bytes } as const;
/** Pages of memory that it needs. */
export const LINK_PAGES = Math.ceil((SEND.at + SEND.buffers * SEND.bytes) / PAGE_BYTES);
/** The most bytes of one packet that is sent. */
export const PACKET_DATA_BYTES = SEND.bytes - HEADER_BYTES;
/** How often a device that breaks is started again. */
const MOST_STARTS = 4;

/** The queues of a device that works. */
interface Queues {
  readonly receive: Virtqueue<number>;
  readonly send: Virtqueue<number>;
}

/** The way to whoever is outside. */
export class Link {
  readonly #device: Device;
  readonly #transport: VirtioTransport;
  readonly #memory: Memory;
  #queues: Queues | null = null;
  #cid = 0;
  #starts = 0;
  /** Buffers for what is sent, that nobody uses. */
  #free: number[] = [];
  /** Packets without data that wait for a buffer. */
  #waiting: Packet[] = [];

  constructor(device: Device, memory: Memory) {
    if (queueBytes(QUEUE_SIZE) > PAGE_BYTES) throw new Error("a queue takes more than its page");
    this.#device = device;
    this.#transport = new VirtioTransport(device);
    this.#memory = memory;
  }

  /** Whether there is a device that works. */
  get isUp(): boolean {
    return this.#queues !== null;
  }

  /** How many bytes can be sent at once. */
  get room(): number {
    return this.#queues === null || this.#waiting.length > 0 ? 0 : this.#free.length * PACKET_DATA_BYTES;
  }

  /** How many packets without data wait. */
  get backlog(): number {
    return this.#waiting.length;
  }

  /** Call `handler` at each interrupt of the device. */
  onInterrupt(handler: () => Thread<void>): void {
    this.#device.onInterrupt(handler);
  }

  /** Start the device, or start it anew. @returns false when there is none that works, or it has broken too often */
  *start(): Thread<boolean> {
    this.#queues = null;
    if (++this.#starts > MOST_STARTS) return false;
    if ((yield* this.#transport.start(DEVICE_ID, STREAMS)) === null) return false;
    const cid = yield* this.#transport.config(0, 2);
    if (cid === null || cid[0] === undefined || cid[1] !== 0) return false;
    this.#cid = cid[0];
    const receive = yield* this.#openQueue(QUEUES.receive);
    const send = yield* this.#openQueue(QUEUES.send);
    const events = yield* this.#openQueue(QUEUES.events);
    if (receive === null || send === null || events === null) return false;
    yield* this.#transport.go();
    this.#waiting = [];
    this.#free = Array.from({ length: SEND.buffers }, (_, n) => n);
    for (let n = 0; n < RECEIVE.buffers; n++) yield* this.#lend(receive, n);
    this.#queues = { receive, send };
    yield* this.#transport.notify(receive);
    return true;
  }

  /** Send a packet: one with data only where there is room for it. */
  *send(packet: Packet): Thread<void> {
    if (this.#queues === null) return;
    if (this.room === 0) {
      if (packet.data.length > 0) throw new Error("data are sent where there is room for them");
      this.#waiting.push(packet);
    } else {
      yield* this.#transmit(this.#queues, packet);
      yield* this.#transport.notify(this.#queues.send);
    }
  }

  /** The interrupt was heard. @returns what has come, in order; "broken": nothing more will, until it is started anew */
  *interrupted(): Thread<Packet[] | "broken"> {
    const heard = yield* this.#transport.interrupted();
    if (this.#queues === null) return [];
    if (heard === "broken" || !(yield* this.#takeSent(this.#queues))) return yield* this.#break();
    return yield* this.#takeReceived(this.#queues);
  }

  #openQueue(index: number): Thread<Virtqueue<number> | null> {
    const { address, physical } = this.#memory;
    const at = index * PAGE_BYTES;
    return this.#transport.openQueue(index, QUEUE_SIZE, { address: address + at, physical: physical + at });
  }

  /** The device touches nothing of this driver's any more. */
  *#break(): Thread<"broken"> {
    this.#queues = null;
    yield* this.#transport.reset();
    return "broken";
  }

  *#takeSent(queues: Queues): Thread<boolean> {
    for (let sent = yield* queues.send.take(); sent !== null; sent = yield* queues.send.take()) {
      if (sent === "broken") return false;
      this.#free.push(sent.request);
    }
    if (this.#waiting.length === 0) return true;
    while (this.#waiting.length > 0 && this.#free.length > 0) {
      yield* this.#transmit(queues, this.#waiting.shift()!);
    }
    yield* this.#transport.notify(queues.send);
    return true;
  }

  *#takeReceived(queues: Queues): Thread<Packet[] | "broken"> {
    const packets: Packet[] = [];
    for (let come = yield* queues.receive.take(); come !== null; come = yield* queues.receive.take()) {
      if (come === "broken") return yield* this.#break();
      const bytes = new Uint8Array(come.written);
      yield* copyIn(this.#memory.address + RECEIVE.at + come.request * RECEIVE.bytes, bytes);
      const packet = readPacket(bytes, this.#cid);
      if (packet === "broken") return yield* this.#break();
      if (packet !== null) packets.push(packet);
      yield* this.#lend(queues.receive, come.request);
    }
    if (packets.length > 0) yield* this.#transport.notify(queues.receive);
    return packets;
  }

  /** Give the device buffer number `n` to write a packet to. */
  *#lend(queue: Virtqueue<number>, n: number): Thread<void> {
    const physical = this.#memory.physical + RECEIVE.at + n * RECEIVE.bytes;
    yield* queue.add(n, [], [{ physical, bytes: RECEIVE.bytes }]);
  }

  *#transmit({ send }: Queues, packet: Packet): Thread<void> {
    const n = this.#free.pop()!;
    const at = SEND.at + n * SEND.bytes;
    const bytes = packetBytes(packet, this.#cid);
    yield* copyOut(this.#memory.address + at, bytes);
    yield* send.add(n, [{ physical: this.#memory.physical + at, bytes: bytes.length }], []);
  }
}
