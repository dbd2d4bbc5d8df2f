/** Messages of 9P2000.L as bytes: exact frames, all messages there and back, and frames that were damaged by seed. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BadMessage, decodeReply, decodeRequest, encodeReply, encodeRequest } from "../../src/ninep/codec.js";
import { Frames } from "../../src/ninep/frames.js";
import {
  ANSWERS,
  type Layout,
  REQUESTS,
  type Reply,
  type Request,
  type Table,
  type WireKind,
} from "../../src/ninep/messages.js";

const hex = (text: string) => Uint8Array.from(text.replace(/\s/g, "").match(/../g) ?? [], (pair) => parseInt(pair, 16));
const latin = (text: string) => new TextEncoder().encode(text);

const number = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 });
const u64 = fc.oneof(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), fc.constant(Infinity));
const qid = fc.record({ kind: number(8), version: number(32), path: u64 });
const VALUES: Readonly<Record<WireKind, fc.Arbitrary<unknown>>> = {
  u8: number(8),
  u16: number(16),
  u32: number(32),
  u64,
  name: fc.uint8Array({ maxLength: 300 }),
  names: fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 16 }),
  data: fc.uint8Array({ maxLength: 500 }),
  qid,
  qids: fc.array(qid, { maxLength: 16 }),
};

const messageOf = (type: string, layout: Layout) => {
  const fields = Object.fromEntries(Object.entries(layout).map(([field, kind]) => [field, VALUES[kind]]));
  return fc.record({ type: fc.constant(type), tag: number(16), ...fields });
};
const anyOf = (table: Table) => fc.oneof(...Object.entries(table).map(([type, { layout }]) => messageOf(type, layout)));
const requests = anyOf(REQUESTS) as unknown as fc.Arbitrary<Request>;
const replies = anyOf(ANSWERS) as unknown as fc.Arbitrary<Reply>;

describe("the codec of 9P2000.L", () => {
  it("writes and reads frames as they are on the wire", () => {
    const frames: [Request, string][] = [
      [
        { type: "Tversion", tag: 0xffff, msize: 65536, version: latin("9P2000.L") },
        "15000000 64 ffff 00000100 0800 395032303030 2e4c",
      ],
      [
        { type: "Twalk", tag: 1, fid: 2, newfid: 3, names: [latin("usr"), latin("..")] },
        "1a000000 6e 0100 02000000 03000000 0200 0300 757372 0200 2e2e",
      ],
      [
        { type: "Twrite", tag: 7, fid: 1, offset: 2 ** 40 + 5, data: hex("cafe") },
        "19000000 76 0700 01000000 0500000000010000 02000000 cafe",
      ],
    ];
    for (const [message, bytes] of frames) {
      expect(encodeRequest(message)).toEqual(hex(bytes));
      expect(decodeRequest(hex(bytes))).toEqual(message);
    }
    const answer: Reply = { type: "Rattach", tag: 4, qid: { kind: 0x80, version: 9, path: 2 } };
    expect(encodeReply(answer)).toEqual(hex("14000000 69 0400 80 09000000 0200000000000000"));
    expect(decodeReply(hex("0b000000 07 0500 02000000"))).toEqual({ type: "Rlerror", tag: 5, errno: 2 });
  });

  it("reads back every message that it writes", () => {
    fc.assert(fc.property(requests, (message) => void expect(decodeRequest(encodeRequest(message))).toEqual(message)));
    fc.assert(fc.property(replies, (message) => void expect(decodeReply(encodeReply(message))).toEqual(message)));
  });

  it("an offset beyond 2^53 is Infinity, and never another number", () => {
    const read = (offset: string) => decodeRequest(hex(`17000000 74 0100 01000000 ${offset} 10000000`));
    expect(read("ffffffffffff1f00")).toMatchObject({ offset: Number.MAX_SAFE_INTEGER });
    for (const beyond of ["0000000000002000", "ffffffffffffffff"])
      expect(read(beyond)).toMatchObject({ offset: Infinity });
  });

  it("a frame that was damaged anywhere is a message or none, and never an exception", () => {
    let [sound, bad] = [0, 0];
    const damaged = fc.tuple(requests, fc.array(fc.tuple(fc.nat(), number(8)), { maxLength: 4 }), fc.nat());
    fc.assert(
      fc.property(damaged, ([message, edits, cut]) => {
        const whole = encodeRequest(message);
        for (const [at, byte] of edits) whole[at % whole.length] = byte;
        const frame = whole.subarray(0, whole.length - (cut % 4 === 0 ? cut % whole.length : 0));
        const read = decodeRequest(frame);
        if (read instanceof BadMessage) return void bad++;
        sound++;
        // What was read is what stands there: the same but for the size, which is the stream's business.
        const again = decodeRequest(encodeRequest(read));
        expect(again).toEqual(read);
      }),
      { numRuns: 3000 },
    );
    expect(sound).toBeGreaterThan(300);
    expect(bad).toBeGreaterThan(300);
  });

  it("refuses what a field cannot say, names beyond a walk's sixteen, and bytes behind the end", () => {
    expect(() => encodeReply({ type: "Rreadlink", tag: 1, target: new Uint8Array(65536) })).toThrow(RangeError);
    const walk = (names: number) =>
      encodeRequest({ type: "Twalk", tag: 1, fid: 1, newfid: 2, names: Array(names).fill(latin("a")) });
    expect(decodeRequest(walk(16))).toMatchObject({ type: "Twalk" });
    expect(decodeRequest(walk(17))).toEqual(new BadMessage(1, "malformed"));
    expect(decodeRequest(hex("0c000000 78 0300 01000000 00"))).toEqual(new BadMessage(3, "malformed"));
    // Topen, of the protocol that this one has replaced.
    expect(decodeRequest(hex("0c000000 70 0300 01000000 00"))).toEqual(new BadMessage(3, "unknown"));
  });
});

describe("frames of a stream", () => {
  it("come out whole and in order however the stream is cut", () => {
    fc.assert(
      fc.property(
        fc.array(requests, { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }),
        (messages, cuts) => {
          const sent = messages.map(encodeRequest);
          const stream = Uint8Array.from(sent.flatMap((frame) => [...frame]));
          const frames = new Frames(65536);
          const got: Uint8Array[] = [];
          for (let at = 0, n = 0; at < stream.length; n++) {
            const piece = stream.subarray(at, at + cuts[n % cuts.length]!);
            at += piece.length;
            frames.push(piece);
            for (let frame = frames.take(); frame !== null; frame = frames.take())
              got.push((frame as Uint8Array).slice());
          }
          expect(got).toEqual(sent);
          expect(frames.length).toBe(0);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("a size below a header or above the limit ends the stream", () => {
    for (const size of ["06000000", "00000000", "01100000", "ffffffff"]) {
      const frames = new Frames(4096);
      frames.push(hex(`${size} 64 ffff`));
      expect([frames.take(), frames.length]).toEqual(["broken", 0]);
      frames.push(hex("0b000000 78 0100 01000000"));
      expect(frames.take()).toBe("broken");
    }
  });
});
