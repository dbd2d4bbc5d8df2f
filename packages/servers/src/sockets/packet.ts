/**
 * Packets of the virtio socket device (virtio 1.2, 5.10.6), as a driver writes and reads them: a header of 44 bytes, and
 * behind that of `Data` the bytes.
 */

/** Bytes of a header. */
export const HEADER_BYTES = 44;

/** What a packet is for. */
export const Operation = {
  Request: 1,
  Response: 2,
  Reset: 3,
  Shutdown: 4,
  Data: 5,
  CreditUpdate: 6,
  CreditRequest: 7,
} as const;

/** Flags of a Shutdown: its sender receives no more, sends no more. */
export const Shutdown = { Receive: 1, Send: 2 } as const;

/** The address of whoever is outside (5.10.4). */
const HOST_CID = 2;
/** The type of streams. */
const STREAM = 1;

/** What matters of a header, towards the other side: ports, what it is for, and the credit that its sender gives. */
export interface Packet {
  /** The port of whoever is outside. */
  readonly outer: number;
  /** The port here. */
  readonly inner: number;
  readonly operation: number;
  readonly flags: number;
  /** Bytes that its sender has room for in all, and those it has taken so far, modulo 2^32. */
  readonly room: number;
  readonly taken: number;
  readonly data: Uint8Array;
}

/** A packet to whoever is outside, as bytes. */
export function packetBytes(packet: Packet, cid: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + packet.data.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, cid, true);
  view.setUint32(8, HOST_CID, true);
  view.setUint32(16, packet.inner, true);
  view.setUint32(20, packet.outer, true);
  view.setUint32(24, packet.data.length, true);
  view.setUint16(28, STREAM, true);
  view.setUint16(30, packet.operation, true);
  view.setUint32(32, packet.flags, true);
  view.setUint32(36, packet.room, true);
  view.setUint32(40, packet.taken, true);
  bytes.set(packet.data, HEADER_BYTES);
  return bytes;
}

/**
 * The packet that a device has written.
 * @returns null when it comes from somebody else or is meant for somebody else, or is of another type: nobody here
 *   knows of such; "broken" when it is none
 */
export function readPacket(bytes: Uint8Array, cid: number): Packet | "broken" | null {
  if (bytes.length < HEADER_BYTES) return "broken";
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const word = (at: number): number => view.getUint32(at, true);
  if (word(24) !== bytes.length - HEADER_BYTES) return "broken";
  if (word(0) !== HOST_CID || word(4) !== 0 || word(8) !== cid || word(12) !== 0) return null;
  if (view.getUint16(28, true) !== STREAM) return null;
  return {
    outer: word(16),
    inner: word(20),
    operation: view.getUint16(30, true),
    flags: word(32),
    room: word(36),
    taken: word(40),
    data: bytes.subarray(HEADER_BYTES),
  };
}
