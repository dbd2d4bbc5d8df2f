/**
 * What whoever is outside does with its ends of connections, as inputs of the machine: so a log has all of it, and a
 * replay needs nobody outside.
 *
 *     operation[1] connection[4] …     little-endian; behind it the port or the count (4 bytes), or the bytes that are sent
 *
 * Connections are numbered from 1 on, by whoever asks for them; a number is never used again.
 */

const OPERATIONS = ["connect", "send", "taken", "end", "abort"] as const;
const HEAD_BYTES = 5;

/** Something that is done outside. */
export type SocketInput =
  /** Ask for a connection to a port of the machine. */
  | { readonly does: "connect"; readonly connection: number; readonly port: number }
  | { readonly does: "send"; readonly connection: number; readonly bytes: Uint8Array }
  /** So many more bytes of what came are not in the way any more. */
  | { readonly does: "taken"; readonly connection: number; readonly count: number }
  /** No more will be sent. */
  | { readonly does: "end"; readonly connection: number }
  /** Neither will be sent nor received: the connection is gone at once. */
  | { readonly does: "abort"; readonly connection: number };

/** As bytes of an input. */
export function socketInputBytes(input: SocketInput): Uint8Array {
  const rest = input.does === "send" ? input.bytes : numberOf(input);
  const bytes = new Uint8Array(HEAD_BYTES + rest.length);
  bytes[0] = OPERATIONS.indexOf(input.does);
  new DataView(bytes.buffer).setUint32(1, input.connection, true);
  bytes.set(rest, HEAD_BYTES);
  return bytes;
}

/** What an input says; null: it was made by nobody who knows how. */
export function readSocketInput(bytes: Uint8Array): SocketInput | null {
  const does = OPERATIONS[bytes[0] ?? OPERATIONS.length];
  if (does === undefined || bytes.length < HEAD_BYTES) return null;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const connection = view.getUint32(1, true);
  if (does === "send") return { does, connection, bytes: bytes.subarray(HEAD_BYTES) };
  if (does === "end" || does === "abort") return bytes.length === HEAD_BYTES ? { does, connection } : null;
  if (bytes.length !== HEAD_BYTES + 4) return null;
  const number = view.getUint32(HEAD_BYTES, true);
  return does === "connect" ? { does, connection, port: number } : { does, connection, count: number };
}

function numberOf(input: Exclude<SocketInput, { does: "send" }>): Uint8Array {
  if (input.does === "end" || input.does === "abort") return new Uint8Array(0);
  return new Uint8Array(Uint32Array.of(input.does === "connect" ? input.port : input.count).buffer);
}
