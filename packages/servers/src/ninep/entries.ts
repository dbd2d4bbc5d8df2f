/** The entries of a directory: from how a volume lists them to how 9P2000.L does. */
import { entryType, KIND_NAMES, qidOf } from "./attributes.js";
import { QID_BYTES } from "./codec.js";

/** Of an entry of a volume: node (8), cursor behind it (8), kind (1), length of the name (1). */
const VOLUME_HEAD_BYTES = 18;
/** Of an entry here: qid, offset behind it (8), type (1), length of the name (2). */
const HEAD_BYTES = QID_BYTES + 8 + 1 + 2;

/** As many of the entries of `listed` as fit in `most` bytes, in their order. */
export function entriesBytes(listed: Uint8Array, most: number): Uint8Array {
  const from = new DataView(listed.buffer, listed.byteOffset, listed.byteLength);
  const bytes = new Uint8Array(most);
  const to = new DataView(bytes.buffer);
  let used = 0;
  for (let at = 0; at + VOLUME_HEAD_BYTES <= listed.length; ) {
    const name = listed.subarray(at + VOLUME_HEAD_BYTES, at + VOLUME_HEAD_BYTES + from.getUint8(at + 17));
    if (used + HEAD_BYTES + name.length > most) break;
    const kind = KIND_NAMES[from.getUint8(at + 16)] ?? "file";
    to.setUint8(used, qidOf({ kind, node: 0, modifiedUs: 0 }).kind);
    copyNumber(from, at, to, used + 5);
    copyNumber(from, at + 8, to, used + QID_BYTES);
    to.setUint8(used + QID_BYTES + 8, entryType(kind));
    to.setUint16(used + QID_BYTES + 9, name.length, true);
    bytes.set(name, used + HEAD_BYTES);
    used += HEAD_BYTES + name.length;
    at += VOLUME_HEAD_BYTES + name.length;
  }
  return bytes.subarray(0, used);
}

/** A number of 64 bits. */
function copyNumber(from: DataView, at: number, to: DataView, place: number): void {
  const [low, high] = [from.getUint32(at, true), from.getUint32(at + 4, true)];
  to.setUint32(place, low, true);
  to.setUint32(place + 4, high, true);
}
