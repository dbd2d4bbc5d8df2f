/** Clients that do what they should not. The server answers, forgets it, and serves the next one. */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_Call,
  type seL4_CPtr,
  seL4_GetMR,
  seL4_MessageInfo_new,
  seL4_Send,
  seL4_SetCap,
  seL4_SetMR,
  setMessageBytes,
} from "@tessera/libsel4";
import { expect, it } from "vitest";
import {
  bool,
  calls,
  capability,
  component,
  define,
  must,
  oneOf,
  op,
  own,
  sessionOf,
  text,
  u32,
} from "../../src/index.js";
import { rigged } from "./rig.js";

const Note = define("note", { add: op({ line: text(16) }, { length: u32 }) });
const Notes = define("notes", {
  open: op({}, { note: sessionOf(Note) }),
  say: op({ line: text(16), loud: bool, how: oneOf("up", "down") }, { bytes: u32 }),
  join: op({ note: own(Note) }, {}),
  ring: op({ bell: capability("Notification") }, {}),
});

const SAY = 2;
const JOIN = 3;
const MALFORMED = 18;

interface Seen {
  said: string[];
  /** Whom the server has made a session for, by their first call. */
  admitted: number[];
}

function notes(seen: Seen) {
  return component("notes", {
    offers: { notes: Notes },
    *main({ notes, self }) {
      yield* notes.serve(({ badge }) => void seen.admitted.push(badge), {
        open: () => ({
          note: notes.session(Note, [] as string[], { add: (note, { line }) => ({ length: note.push(line) }) }),
        }),
        say(_, { line }) {
          seen.said.push(line);
          return { bytes: line.length };
        },
        join() {},
        *ring(_, { bell }) {
          yield* self.drop(bell);
        },
      });
    },
  });
}

/** A server, somebody who does `attack` to it by raw messages, and then an honest client. */
function attacked(attack: (notes: seL4_CPtr<"Endpoint">) => Thread) {
  const seen: Seen = { said: [], admitted: [] };
  const attacker = component("attacker", {
    needs: { notes: calls(Notes) },
    *main({ notes }) {
      yield* attack(notes.cptr);
    },
  });
  const honest = component("honest", {
    needs: { notes: calls(Notes) },
    *main({ notes }) {
      must(yield* notes.say({ line: "still there?", loud: false, how: "up" }));
      const { note } = must(yield* notes.open());
      expect(must(yield* note.add({ line: "abc" })).length).toBe(1);
    },
  });
  rigged({ notes: notes(seen), attacker, honest }, function* (_, start) {
    const clients = [0x101, 0x102].map((badge) => ({ badge, offer: 1 }));
    const { ep } = yield* start("notes", { priority: 120, clients });
    yield* start("attacker", { priority: 110, needs: { notes: { ep, badge: 0x101 } } });
    yield* start("honest", { priority: 100, needs: { notes: { ep, badge: 0x102 } } });
  });
  return seen;
}

it.each([
  { what: "an operation that there is not", label: 77, words: [] },
  { what: "the end of a session that was not opened", label: 0, words: [] },
  { what: "a message too short", label: SAY, words: [] },
  { what: "a text whose length lies", label: SAY, words: [16, 0] },
  { what: "a text that is too long", label: SAY, words: [17, 0, 0, 0, 0, 0] },
  { what: "a length beyond 2^53", label: SAY, words: [2n ** 63n, 0, 0, 0] },
  { what: "neither true nor false", label: SAY, words: [0, 2, 0] },
  { what: "a name that is not in the list", label: SAY, words: [0, 1, 2] },
  { what: "words too many", label: SAY, words: [0, 1, 1, 9] },
  { what: "no session where one is declared", label: JOIN, words: [] },
])("$what is Malformed and has no effect", ({ label, words }) => {
  const { said, admitted } = attacked(function* (notes) {
    for (const [i, word] of words.entries()) seL4_SetMR(i, word);
    const info = yield* seL4_Call(notes, seL4_MessageInfo_new(label, 0, 0, words.length));
    expect(info.label).toBe(MALFORMED);
  });
  expect(said).toEqual(["still there?"]);
  expect(admitted).toEqual([0x102]);
});

it("half a character is Malformed: texts are UTF-8", () => {
  const { said } = attacked(function* (notes) {
    seL4_SetMR(0, 1);
    setMessageBytes(1, new Uint8Array([0xc5]));
    seL4_SetMR(2, 1);
    seL4_SetMR(3, 1);
    expect((yield* seL4_Call(notes, seL4_MessageInfo_new(SAY, 0, 0, 4))).label).toBe(MALFORMED);
  });
  expect(said).toEqual(["still there?"]);
});

it("capabilities that nobody asked for are thrown away, so that those of others arrive", () => {
  const { said } = attacked(function* (notes) {
    for (let i = 0; i < 100; i++) {
      seL4_SetCap(0, 1); // its own CNode, of all things
      seL4_SetMR(0, 0);
      seL4_SetMR(1, 1);
      seL4_SetMR(2, 1);
      expect((yield* seL4_Call(notes, seL4_MessageInfo_new(SAY, 0, 1, 3))).label).toBe(MALFORMED);
      seL4_SetCap(0, 1);
      expect((yield* seL4_Call(notes, seL4_MessageInfo_new(JOIN, 0, 1, 0))).label).toBe(MALFORMED);
    }
  });
  expect(said).toEqual(["still there?"]);
});

it("a Send, which wants no answer, is carried out and answered to nobody", () => {
  const { said } = attacked(function* (notes) {
    seL4_SetMR(0, 0);
    seL4_SetMR(1, 1);
    seL4_SetMR(2, 1);
    yield* seL4_Send(notes, seL4_MessageInfo_new(SAY, 0, 0, 3));
  });
  expect(said).toEqual(["", "still there?"]);
});

it("a client that opens sessions for ever is refused (Busy) from the 65th on, and nobody else is", () => {
  const seen: unknown[] = [];
  const hoarder = component("hoarder", {
    needs: { notes: calls(Notes) },
    *main({ notes }) {
      for (let i = 0; i < 64; i++) must(yield* notes.open());
      const one = must(yield* notes.say({ line: "x", loud: true, how: "up" }));
      seen.push(one.bytes, yield* notes.open(), yield* notes.open());
    },
  });
  const other = component("other", {
    needs: { notes: calls(Notes) },
    *main({ notes }) {
      seen.push((yield* notes.open()).error);
    },
  });
  rigged({ notes: notes({ said: [], admitted: [] }), hoarder, other }, function* (_, start) {
    const clients = [0x101, 0x102].map((badge) => ({ badge, offer: 1 }));
    const { ep } = yield* start("notes", { priority: 120, clients });
    yield* start("hoarder", { priority: 110, needs: { notes: { ep, badge: 0x101 } } });
    yield* start("other", { priority: 100, needs: { notes: { ep, badge: 0x102 } } });
  });
  expect(seen).toEqual([1, { error: "Busy" }, { error: "Busy" }, null]);
});

it("who has as many sessions as he may is refused (Busy), though the handler goes on; a careful one asks before", () => {
  const Rooms = define("rooms", {
    open: op({}, { note: sessionOf(Note) }),
    careless: op({}, { done: u32 }),
    careful: op({}, { room: bool }),
  });
  const done: number[] = [];
  const server = component("server", {
    offers: { rooms: Rooms },
    *main({ rooms }) {
      const open = () => rooms.session(Note, null, { add: () => ({ length: 0 }) });
      yield* rooms.serve(() => null, {
        open: () => ({ note: open() }),
        careless() {
          try {
            open();
          } catch {
            done.push(1);
          }
          return { done: 1 };
        },
        careful: () => ({ room: rooms.hasRoom() }),
      });
    },
  });
  const seen: unknown[] = [];
  const client = component("client", {
    needs: { rooms: calls(Rooms) },
    *main({ rooms }) {
      for (let i = 0; i < 64; i++) {
        expect(must(yield* rooms.careful()).room).toBe(true);
        must(yield* rooms.open());
      }
      seen.push(yield* rooms.careful(), yield* rooms.careless(), yield* rooms.open());
    },
  });
  rigged({ server, client }, function* (_, start) {
    const { ep } = yield* start("server", { priority: 120, clients: [{ badge: 0x101, offer: 1 }] });
    yield* start("client", { priority: 100, needs: { rooms: { ep, badge: 0x101 } } });
  });
  expect(seen).toEqual([{ error: null, room: false }, { error: "Busy" }, { error: "Busy" }]);
  expect(done).toEqual([1]);
});

it("a badge that the composition gave to nobody is Closed", () => {
  const seen: number[] = [];
  const stranger = component("stranger", {
    needs: { notes: calls(Notes) },
    *main({ notes }) {
      seen.push((yield* seL4_Call(notes.cptr, seL4_MessageInfo_new(1, 0, 0, 0))).label, seL4_GetMR(0) * 0);
    },
  });
  rigged({ notes: notes({ said: [], admitted: [] }), stranger }, function* (_, start) {
    const { ep } = yield* start("notes", { priority: 120, clients: [{ badge: 0x101, offer: 1 }] });
    yield* start("stranger", { priority: 110, needs: { notes: { ep, badge: 0x177 } } });
  });
  expect(seen).toEqual([16, 0]);
});
