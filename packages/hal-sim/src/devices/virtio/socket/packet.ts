/**
 * Packets of the virtio socket device (virtio 1.2, 5.10.6): a header of 44 bytes, and with `Data` so many bytes behind it.
 *
 * Every packet tells how large its sender's buffer is and how many bytes that one has taken out of it so far (5.10.6.3),
 * both modulo 2^32: what the other side may still send follows.
 */

/** Bytes of the header: two addresses of 64 bits, two ports, length, type, operation, flags, and the credit. */
export const PACKET_HEADER_BYTES = 44;
/** The most bytes behind a header. */
export const PACKET_DATA_BYTES = 65_536;

/** What a packet is for. */
export const SocketOperation = {
  Request: 1,
  Response: 2,
  Reset: 3,
  Shutdown: 4,
  Data: 5,
  CreditUpdate: 6,
  CreditRequest: 7,
} as const;

/** Flags of a Shutdown: its sender will receive no more, will send no more. */
export const SocketShutdown = { Receive: 1, Send: 2 } as const;

/** The type of a connection that is a stream of bytes. */
export const STREAM = 1;

/** The address of whoever is outside of the machine, and that of the machine (5.10.4). */
export const HOST_CID = 2;
export const GUEST_CID = 3;

/** A header. */
export interface PacketHeader {
  readonly sourceCid: number;
  readonly targetCid: number;
  readonly sourcePort: number;
  readonly targetPort: number;
  /** Bytes behind it. */
  readonly length: number;
  readonly type: number;
  readonly operation: number;
  readonly flags: number;
  /** Bytes of the sender's buffer, and how many it has taken out of it so far. */
  readonly buffer: number;
  readonly taken: number;
}

/** A header of its bytes. Addresses beyond 2^53 are nobody's, and lose low bits here. */
export function readHeader(bytes: Uint8Array): PacketHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, PACKET_HEADER_BYTES);
  const word = (at: number): number => view.getUint32(at, true);
  return {
    sourceCid: word(4) * 2 ** 32 + word(0),
    targetCid: word(12) * 2 ** 32 + word(8),
    sourcePort: word(16),
    targetPort: word(20),
    length: word(24),
    type: view.getUint16(28, true),
    operation: view.getUint16(30, true),
    flags: word(32),
    buffer: word(36),
    taken: word(40),
  };
}

/** The bytes of a header, and of what follows it. */
export function packetBytes(header: PacketHeader, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(PACKET_HEADER_BYTES + data.length);
  const view = new DataView(bytes.buffer);
  const words = [header.sourceCid, 0, header.targetCid, 0, header.sourcePort, header.targetPort, header.length];
  for (const [i, word] of words.entries()) view.setUint32(4 * i, word, true);
  view.setUint16(28, header.type, true);
  view.setUint16(30, header.operation, true);
  for (const [i, word] of [header.flags, header.buffer, header.taken].entries()) view.setUint32(32 + 4 * i, word, true);
  bytes.set(data, PACKET_HEADER_BYTES);
  return bytes;
}
