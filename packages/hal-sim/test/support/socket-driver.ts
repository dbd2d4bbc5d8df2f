/**
 * A driver of the socket device, outside any program: two queues whose buffers it keeps filled, and packets as they come.
 */
import {
  createImage,
  DESCRIPTOR_BYTES,
  DescriptorFlag,
  type HostSocket,
  type HostSockets,
  Machine,
  type MachineOptions,
  SocketOperation as Op,
  VirtioRegister as R,
  VirtioStatus as S,
  type SocketEvent,
  type VirtioMmio,
} from "../../src/index.js";

const RAM = 0x8030_0000;
const AREA_BYTES = 0x4_0000;
/** Buffers of a queue and their size. */
const BUFFERS = 8;
const BUFFER_BYTES = 4096 + 44;
const HEADER_BYTES = 44;

/** A packet, with what matters of its header. */
export interface Packet {
  readonly from: number;
  readonly to: number;
  readonly op: number;
  readonly flags: number;
  readonly buffer: number;
  readonly taken: number;
  readonly data: number[];
}

export class SocketDriver {
  readonly machine: Machine;
  readonly slot: VirtioMmio;
  readonly sockets: HostSockets;
  readonly reports: string[] = [];
  /** What the driver says of its own buffer. */
  buffer = 65536;
  taken = 0;
  #offered = [0, 0];
  #seen = [0, 0];

  constructor(options: Omit<MachineOptions, "image"> = {}) {
    this.machine = new Machine({
      image: createImage({ *root() {} }),
      ramBytes: 4 * 2 ** 20,
      sockets: true,
      onReport: (text) => this.reports.push(text),
      ...options,
    });
    this.machine.cpu.onTrap = () => {};
    this.slot = this.machine.virtio[4]!;
    this.sockets = this.machine.sockets!;
  }

  /** Reset, and everything up to DRIVER_OK; the device has `buffers` to write to. */
  start(buffers = BUFFERS): this {
    this.#store(R.Status, 0);
    this.#store(R.Status, S.Acknowledge | S.Driver);
    this.#store(R.DriverFeaturesSel, 0);
    this.#store(R.DriverFeatures, 1);
    this.#store(R.DriverFeaturesSel, 1);
    this.#store(R.DriverFeatures, 1);
    this.#store(R.Status, S.Acknowledge | S.Driver | S.FeaturesOk);
    this.machine.memory.zero(RAM, 2 * AREA_BYTES);
    this.#offered = [0, 0];
    this.#seen = [0, 0];
    for (const queue of [0, 1]) {
      this.#store(R.QueueSel, queue);
      this.#store(R.QueueNum, BUFFERS);
      this.#store(R.QueueDescLow, area(queue));
      this.#store(R.QueueDriverLow, area(queue) + 0x1000);
      this.#store(R.QueueDeviceLow, area(queue) + 0x2000);
      this.#store(R.QueueReady, 1);
    }
    this.#store(R.Status, S.Acknowledge | S.Driver | S.FeaturesOk | S.DriverOk);
    for (let n = 0; n < buffers; n++) this.offer();
    return this;
  }

  /** Give the device one more buffer to write a packet to. */
  offer(): void {
    const n = this.#offered[0]! % BUFFERS;
    this.#describe(0, n, BUFFER_BYTES, DescriptorFlag.Write);
    this.#send(0, n);
  }

  /** Send a packet to a port outside. */
  send(
    op: number,
    to: number,
    more: Partial<{ from: number; flags: number; data: Uint8Array; length: number }> = {},
  ): void {
    const { from = 564, flags = 0, data = new Uint8Array(0), length = data.length } = more;
    const header = new DataView(new ArrayBuffer(HEADER_BYTES));
    for (const [at, word] of [
      [0, 3],
      [8, 2],
      [16, from],
      [20, to],
      [24, length],
      [32, flags],
      [36, this.buffer],
      [40, this.taken],
    ] as const) {
      header.setUint32(at, word, true);
    }
    header.setUint16(28, 1, true);
    header.setUint16(30, op, true);
    this.sendRaw(Uint8Array.from([...new Uint8Array(header.buffer), ...data]));
  }

  /** Send what may be no packet. */
  sendRaw(bytes: Uint8Array): void {
    const n = this.#offered[1]! % BUFFERS;
    this.machine.memory.writeBytes(bufferOf(1, n), bytes);
    this.#describe(1, n, bytes.length, 0);
    this.#send(1, n);
    this.pass();
  }

  /** Packets that have come; the device gets their buffers back unless told otherwise. */
  packets(again = true): Packet[] {
    this.pass();
    const packets: Packet[] = [];
    while (this.#seen[0] !== this.#load16(area(0) + 0x2002)) {
      const entry = area(0) + 0x2004 + 8 * (this.#seen[0]! % BUFFERS);
      const raw = new Uint8Array(this.#load16(entry + 4));
      this.machine.memory.readBytes(bufferOf(0, this.#load16(entry)), raw);
      packets.push(packetOf(raw));
      this.#seen[0] = (this.#seen[0]! + 1) & 0xffff;
      if (again) this.offer();
      this.pass();
    }
    return packets;
  }

  /** A connection from outside, which the driver has accepted, and what its outer end is told. */
  connected(port = 564): { socket: HostSocket; id: number; events: SocketEvent[] } {
    const { socket, events } = this.connect(port);
    const id = this.packets().find(({ to }) => to === port)!.from;
    this.send(Op.Response, id, { from: port });
    return { socket, id, events };
  }

  /** A connection that was asked for. */
  connect(port = 564): { socket: HostSocket; events: SocketEvent[] } {
    const socket = this.sockets.connect(port);
    const events: SocketEvent[] = [];
    socket.events.subscribe((event) => events.push(event));
    this.pass();
    return { socket, events };
  }

  /** How many packets the device has taken. */
  heard(): number {
    return this.#load16(area(1) + 0x2002);
  }

  status(): number {
    return this.slot.load(R.Status, 4);
  }

  /** Let modelled time pass, enough for some packets, and tell whoever is outside. */
  pass(): void {
    for (let n = 0; n < 40; n++) {
      this.machine.clock.advance(20_000);
      this.machine.clock.ringDue();
    }
    this.sockets.emit();
  }

  #store(register: number, value: number): void {
    this.slot.store(register, value, 4);
  }

  #send(queue: number, n: number): void {
    this.#store16(area(queue) + 0x1000 + 4 + 2 * (this.#offered[queue]! % BUFFERS), n);
    this.#offered[queue] = (this.#offered[queue]! + 1) & 0xffff;
    this.#store16(area(queue) + 0x1002, this.#offered[queue]!);
    this.#store(R.QueueNotify, queue);
  }

  #describe(queue: number, n: number, bytes: number, flags: number): void {
    const raw = new DataView(new ArrayBuffer(DESCRIPTOR_BYTES));
    raw.setUint32(0, bufferOf(queue, n), true);
    raw.setUint32(8, bytes, true);
    raw.setUint16(12, flags, true);
    this.machine.memory.writeBytes(area(queue) + n * DESCRIPTOR_BYTES, new Uint8Array(raw.buffer));
  }

  #load16(paddr: number): number {
    const bytes = new Uint8Array(2);
    this.machine.memory.readBytes(paddr, bytes);
    return bytes[0]! + bytes[1]! * 256;
  }

  #store16(paddr: number, value: number): void {
    this.machine.memory.writeBytes(paddr, Uint8Array.of(value, value >>> 8));
  }
}

const area = (queue: number): number => RAM + queue * AREA_BYTES;
const bufferOf = (queue: number, n: number): number => area(queue) + 0x4000 + n * 0x2000;

function packetOf(raw: Uint8Array): Packet {
  const view = new DataView(raw.buffer);
  const word = (at: number) => view.getUint32(at, true);
  return {
    from: word(16),
    to: word(20),
    op: view.getUint16(30, true),
    flags: word(32),
    buffer: word(36),
    taken: word(40),
    data: [...raw.subarray(HEADER_BYTES, HEADER_BYTES + word(24))],
  };
}
