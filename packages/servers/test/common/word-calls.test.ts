/** Calls whose message and answer are words: made without a generator, and answered without an activity of their own. */
import {
  type seL4_CPtr,
  seL4_MessageInfo_new,
  seL4_Recv,
  seL4_ReplyRecv,
  seL4_SetCap,
  seL4_SetMR,
} from "@tessera/libsel4";
import type { WorldHost } from "@tessera/testing";
import { expect, it } from "vitest";
import {
  type Client,
  calls,
  component,
  define,
  ENDPOINT_SLOT,
  fail,
  must,
  op,
  sessionOf,
  slotLayout,
  u32,
} from "../../src/index.js";
import { rigged } from "./rig.js";

const Leaf = define("leaf", { size: op({}, { size: u32 }) });
const Sums = define("sums", {
  add: op({ a: u32, b: u32 }, { sum: u32 }, ["TooMuch"]),
  /** Opens sessions that nobody gets, and answers with how many. */
  waste: op({ times: u32 }, { opened: u32 }),
  leaf: op({}, { leaf: sessionOf(Leaf) }),
});

const sums = component("sums", {
  offers: { sums: Sums },
  *main({ sums }) {
    const leaf = () => sums.session(Leaf, null, { size: () => ({ size: 1 }) });
    yield* sums.serve(() => null, {
      add: (_, { a, b }) => (a + b > 100 ? fail("TooMuch") : { sum: a + b }),
      waste(_, { times }) {
        for (let i = 0; i < times; i++) leaf();
        return { opened: times };
      },
      leaf: () => ({ leaf: leaf() }),
    });
  },
});

const user = (main: (sums: Client<typeof Sums>) => Generator<void, void, void>) =>
  component("user", {
    needs: { sums: calls(Sums) },
    *main({ sums }) {
      yield* main(sums);
    },
  });

const CLIENTS = [{ badge: 0x101, offer: 1 }];

it("calls that are made before the first of them begins have each their own arguments", () => {
  const seen: unknown[] = [];
  const client = user(function* (sums) {
    const first = sums.add({ a: 1, b: 2 });
    const second = sums.add({ a: 3, b: 4 });
    seen.push(yield* first, yield* second, yield* sums.add({ a: 5, b: 6 }));
  });
  rigged({ sums, client }, function* (_, start) {
    const { ep } = yield* start("sums", { priority: 120, clients: CLIENTS });
    yield* start("client", { priority: 100, needs: { sums: { ep, badge: 0x101 } } });
  });
  expect(seen).toEqual([3, 7, 11].map((sum) => ({ error: null, sum })));
});

it("a call within the arguments of the same one is answered first", () => {
  const seen: unknown[] = [];
  const client = user(function* (sums) {
    seen.push(must(yield* sums.add({ a: must(yield* sums.add({ a: 1, b: 2 })).sum, b: 4 })).sum);
  });
  rigged({ sums, client }, function* (_, start) {
    const { ep } = yield* start("sums", { priority: 120, clients: CLIENTS });
    yield* start("client", { priority: 100, needs: { sums: { ep, badge: 0x101 } } });
  });
  expect(seen).toEqual([7]);
});

it("an argument that does not fit throws, and the next call is made as if nothing had been", () => {
  const seen: unknown[] = [];
  const client = user(function* (sums) {
    expect(() => sums.add({ a: -1, b: 0 }).next()).toThrow('sums.add: "a" (u32) must be a whole number');
    seen.push((yield* sums.add({ a: 99, b: 2 })).error, must(yield* sums.add({ a: 1, b: 1 })).sum);
  });
  rigged({ sums, client }, function* (_, start) {
    const { ep } = yield* start("sums", { priority: 120, clients: CLIENTS });
    yield* start("client", { priority: 100, needs: { sums: { ep, badge: 0x101 } } });
  });
  expect(seen).toEqual(["TooMuch", 2]);
});

it("what was refused to one call (Busy) is refused to no later one, and what a call wasted is not kept", () => {
  const seen: unknown[] = [];
  const client = user(function* (sums) {
    for (let i = 0; i < 3; i++) {
      seen.push((yield* sums.waste({ times: 65 })).error, (yield* sums.waste({ times: 64 })).error);
      seen.push(must(yield* sums.add({ a: i, b: i })).sum);
    }
    for (let i = 0; i < 64; i++) must(yield* sums.leaf());
    seen.push((yield* sums.waste({ times: 1 })).error, must(yield* sums.add({ a: 1, b: 1 })).sum);
  });
  rigged({ sums, client }, function* (_, start) {
    const { ep } = yield* start("sums", { priority: 120, clients: CLIENTS });
    yield* start("client", { priority: 100, needs: { sums: { ep, badge: 0x101 } } });
  });
  expect(seen).toEqual(["Busy", null, 0, "Busy", null, 2, "Busy", null, 4, "Busy", 2]);
});

/** Answers everything with a sum and a capability that nobody has asked for: its own CNode. */
const pushy = component("pushy", {
  offers: { sums: Sums },
  *main() {
    const reply: seL4_CPtr<"Reply"> = slotLayout(pushy).firstReply;
    yield* seL4_Recv(ENDPOINT_SLOT, reply);
    for (;;) {
      seL4_SetMR(0, 7);
      seL4_SetCap(0, 1);
      yield* seL4_ReplyRecv(ENDPOINT_SLOT, seL4_MessageInfo_new(0, 0, 1, 1), reply);
    }
  },
});

it("an answer with a capability too many is Malformed, and the capability is thrown away", () => {
  const seen: unknown[] = [];
  let host: WorldHost | null = null;
  const held = () => host?.kernel.snapshot().capabilities.length;
  const client = user(function* (sums) {
    yield* sums.leaf(); // so that a slot is ready for one
    const before = held();
    for (let i = 0; i < 3; i++) seen.push((yield* sums.add({ a: 1, b: 1 })).error, (held() ?? 0) - (before ?? 0));
  });
  rigged({ pushy, client }, function* (rig, start) {
    host = rig.host;
    const { ep } = yield* start("pushy", { priority: 120, clients: CLIENTS });
    yield* start("client", { priority: 100, needs: { sums: { ep, badge: 0x101 } } });
  });
  expect(seen).toEqual(["Malformed", 0, "Malformed", 0, "Malformed", 0]);
});
