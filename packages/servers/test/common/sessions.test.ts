/** Sessions: opened, used, handed on and back, closed, and ended when their client is dead. */
import type { Thread } from "@tessera/hal-sim/isa";
import { seL4_AllRights, seL4_CNode_Copy } from "@tessera/libsel4";
import { expect, it } from "vitest";
import {
  type Client,
  calls,
  component,
  define,
  must,
  type Offer,
  type OpenSession,
  op,
  own,
  type Self,
  sessionOf,
  u32,
} from "../../src/index.js";
import { awaitEnd, rigged, tellDeath } from "./rig.js";

const Account = define("account", {
  add: op({ by: u32 }, { total: u32 }),
  /** Move all that is in another account here. */
  merge: op({ from: own() }, { total: u32 }),
});
const Bank = define("bank", { open: op({}, { account: sessionOf(Account) }) });
const Shop = define("shop", { pay: op({ from: sessionOf(Account), price: u32 }, { left: u32 }) });

interface Balance {
  total: number;
}

/** A bank that says which accounts have ended. */
function bank(ended: number[]) {
  return component("bank", {
    offers: { bank: Bank },
    *main({ bank }) {
      yield* bank.serve(() => null, {
        open() {
          return { account: account(bank, ended) };
        },
      });
    },
  });
}

function account(bank: Offer<typeof Bank>, ended: number[]) {
  return bank.session(
    Account,
    { total: 0 } as Balance,
    {
      add(balance, { by }) {
        balance.total += by;
        return { total: balance.total };
      },
      merge(balance, { from }) {
        const other = from as Balance;
        balance.total += other.total;
        other.total = 0;
        return { total: balance.total };
      },
    },
    ({ total }) => {
      ended.push(total);
    },
  );
}

const customer = (main: (account: Client<typeof Account>, bank: Client<typeof Bank>, self: Self) => Thread) =>
  component("customer", {
    needs: { bank: calls(Bank) },
    *main({ bank, self }) {
      yield* main(must(yield* bank.open()).account, bank, self);
    },
  });

it("keeps what belongs to a session apart from all others, and finds it by the badge", () => {
  const totals: number[] = [];
  const two = customer(function* (first, bank) {
    const second = must(yield* bank.open()).account;
    totals.push(must(yield* first.add({ by: 5 })).total);
    totals.push(must(yield* second.add({ by: 40 })).total);
    totals.push(must(yield* first.add({ by: 1 })).total);
  });
  rigged({ bank: bank([]), two }, function* (_, start) {
    const { ep } = yield* start("bank", { priority: 120, clients: [{ badge: 0x101, offer: 1 }] });
    yield* start("two", { priority: 100, needs: { bank: { ep, badge: 0x101 } } });
  });
  expect(totals).toEqual([5, 40, 6]);
});

it("finds by its badge the state of a session that is handed back to its server", () => {
  const totals: unknown[] = [];
  const merging = customer(function* (first, bank) {
    const second = must(yield* bank.open()).account;
    yield* first.add({ by: 5 });
    yield* second.add({ by: 40 });
    totals.push(yield* first.merge({ from: second }));
    // @ts-expect-error: the bank's own capability is no account, and a program in C might try
    totals.push(yield* first.merge({ from: bank }));
    totals.push(yield* second.add({ by: 0 }));
  });
  rigged({ bank: bank([]), merging }, function* (_, start) {
    const { ep } = yield* start("bank", { priority: 120, clients: [{ badge: 0x101, offer: 1 }] });
    yield* start("merging", { priority: 100, needs: { bank: { ep, badge: 0x101 } } });
  });
  expect(totals).toEqual([{ error: null, total: 45 }, { error: "Malformed" }, { error: null, total: 0 }]);
});

it("hands a session on to another server, which can use it and nothing else of the client's", () => {
  const seen: unknown[] = [];
  const shop = component("shop", {
    offers: { shop: Shop },
    *main({ shop }) {
      yield* shop.serve(() => null, {
        *pay(_, { from, price }) {
          const { total } = must(yield* from.add({ by: price }));
          yield* from.forget();
          expect(yield* from.add({ by: price })).toEqual({ error: "Closed" });
          return { left: total };
        },
      });
    },
  });
  const buyer = component("buyer", {
    needs: { bank: calls(Bank), shop: calls(Shop) },
    *main({ bank, shop }) {
      const { account } = must(yield* bank.open());
      // More often than the shop has slots.
      for (let i = 1; i <= 100; i++) seen.push(must(yield* shop.pay({ from: account, price: 2 })).left);
      seen.push(must(yield* account.add({ by: 0 })).total);
    },
  });
  rigged({ bank: bank([]), shop, buyer }, function* (_, start) {
    const { ep: bankEp } = yield* start("bank", { priority: 130, clients: [{ badge: 0x101, offer: 1 }] });
    const { ep: shopEp } = yield* start("shop", { priority: 120, clients: [{ badge: 0x101, offer: 1 }] });
    const needs = { bank: { ep: bankEp, badge: 0x101 }, shop: { ep: shopEp, badge: 0x101 } };
    yield* start("buyer", { priority: 100, needs });
  });
  expect(seen).toEqual([...Array.from({ length: 100 }, (_, i) => 2 * (i + 1)), 200]);
});

it("answers Closed to who still has the capability of a session that has ended", () => {
  const ended: number[] = [];
  const seen: unknown[] = [];
  const COPY = 100;
  const twice = customer(function* (account, _, self) {
    yield* account.add({ by: 7 });
    yield* seL4_CNode_Copy(1, COPY, 64, 1, account.cptr, 64, seL4_AllRights);
    yield* account.close();
    const copy = self.client(Account, COPY);
    seen.push([...ended], yield* copy.add({ by: 1 }));
  });
  rigged({ bank: bank(ended), twice }, function* (_, start) {
    const { ep } = yield* start("bank", { priority: 120, clients: [{ badge: 0x101, offer: 1 }] });
    yield* start("twice", { priority: 100, needs: { bank: { ep, badge: 0x101 } } });
  });
  expect(seen).toEqual([[7], { error: "Closed" }]);
});

it("lends what a client is: the same state by another badge, whose sessions end with it", () => {
  const ended: number[] = [];
  const seen: unknown[] = [];
  const lender = customer(function* (account, bank) {
    const { lent } = must(yield* bank.lend());
    const { account: opened } = must(yield* lent.open());
    yield* opened.add({ by: 30 });
    const { lent: same } = must(yield* account.lend());
    seen.push(must(yield* same.add({ by: 4 })).total, must(yield* account.add({ by: 1 })).total);
    yield* lent.close();
    seen.push([...ended], yield* opened.add({ by: 1 }));
    yield* account.close();
    seen.push([...ended], yield* same.add({ by: 1 }), must(yield* bank.open()).error);
  });
  rigged({ bank: bank(ended), lender }, function* (_, start) {
    const { ep } = yield* start("bank", { priority: 120, clients: [{ badge: 0x101, offer: 1 }] });
    yield* start("lender", { priority: 100, needs: { bank: { ep, badge: 0x101 } } });
  });
  expect(seen).toEqual([4, 5, [30], { error: "Closed" }, [30, 5], { error: "Closed" }, null]);
});

it("counts what is opened by a lent session as that one's: whoever has it cannot use up its lender's", () => {
  const refused: (string | null)[] = [];
  const lender = customer(function* (_, bank) {
    for (let round = 0; round < 2; round++) {
      const { lent } = must(yield* bank.lend());
      for (let i = 0; i < 64; i++) yield* must(yield* lent.open()).account.forget();
      const [theirs, own] = [yield* lent.open(), yield* bank.open()];
      refused.push(theirs.error, own.error);
      if (own.error === null) yield* own.account.close();
      yield* lent.close();
    }
    for (let more = yield* bank.lend(); more.error === null; more = yield* bank.lend()) yield* more.lent.forget();
    refused.push((yield* bank.open()).error);
  });
  rigged({ bank: bank([]), lender }, function* (_, start) {
    const { ep } = yield* start("bank", { priority: 120, clients: [{ badge: 0x101, offer: 1 }] });
    yield* start("lender", { priority: 100, needs: { bank: { ep, badge: 0x101 } } });
  });
  expect(refused).toEqual(["Busy", null, "Busy", null, "Busy"]);
});

it("ends what was lent, and what was opened by it, when the lender is dead", () => {
  const ended: number[] = [];
  const lender = customer(function* (account, bank) {
    const { lent } = must(yield* bank.lend());
    const { lent: again } = must(yield* lent.lend());
    yield* must(yield* again.open()).account.add({ by: 30 });
    yield* must(yield* lent.open()).account.add({ by: 40 });
    yield* account.add({ by: 50 });
  });
  rigged({ bank: bank(ended), lender }, function* (rig, start) {
    const { ep } = yield* start("bank", { priority: 120, clients: [{ badge: 0x101, offer: 1 }] });
    yield* start("lender", { priority: 100, needs: { bank: { ep, badge: 0x101 } } });
    yield* awaitEnd(rig);
    yield* tellDeath(rig, ep, 0x101);
  });
  expect([...ended].sort()).toEqual([30, 40, 50]);
});

it("lends nothing where the server has no slots to make a capability in", () => {
  const Plain = define("plain", { ask: op({}, {}) });
  const answers: unknown[] = [];
  const plain = component("plain", {
    offers: { plain: Plain },
    *main({ plain }) {
      yield* plain.serve(() => null, { ask: () => {} });
    },
  });
  const asker = component("asker", {
    needs: { plain: calls(Plain) },
    slots: 8,
    *main({ plain }) {
      answers.push(yield* plain.lend(), yield* plain.ask());
    },
  });
  rigged({ plain, asker }, function* (_, start) {
    const { ep } = yield* start("plain", { priority: 120, clients: [{ badge: 0x101, offer: 1 }] });
    yield* start("asker", { priority: 100, needs: { plain: { ep, badge: 0x101 } } });
  });
  expect(answers).toEqual([{ error: "Busy" }, { error: null }]);
});

const Door = define("door", {
  leave: op({}, { said: u32 }, [], { waits: true }),
  stay: op({}, { said: u32 }, [], { waits: true }),
});
const Doors = define("doors", {
  open: op({}, { door: sessionOf(Door) }),
  knock: op({}, { waiting: u32 }),
});

it("lets a handler end its own session: before it answers, and not so that it waits for ever", () => {
  const seen: unknown[] = [];
  const doors = component("doors", {
    offers: { doors: Doors },
    waiting: 2,
    *main({ doors, self }) {
      const knocked = self.condition();
      yield* doors.serve(() => null, {
        open() {
          const door: OpenSession<typeof Door> = doors.session(Door, null, {
            *leave() {
              yield* knocked.wait();
              yield* doors.end(door);
              return { said: 1 };
            },
            *stay() {
              yield* doors.end(door);
              yield* knocked.wait();
              return { said: 2 };
            },
          });
          return { door };
        },
        knock() {
          const waiting = knocked.waiters;
          knocked.wake();
          return { waiting };
        },
      });
    },
  });
  const visitor = component("visitor", {
    needs: { doors: calls(Doors) },
    *main({ doors }) {
      for (let i = 0; i < 4; i++) {
        const { door } = must(yield* doors.open());
        seen.push(yield* door.stay(), yield* door.stay());
      }
      for (let i = 0; i < 4; i++) {
        const { door } = must(yield* doors.open());
        seen.push(yield* door.leave(), yield* door.leave());
      }
    },
  });
  const knocker = component("knocker", {
    needs: { doors: calls(Doors) },
    *main({ doors }) {
      for (let i = 0; i < 4; i++) seen.push(must(yield* doors.knock()).waiting);
    },
  });
  rigged({ doors, visitor, knocker }, function* (_, start) {
    const clients = [0x101, 0x102].map((badge) => ({ badge, offer: 1 }));
    const { ep } = yield* start("doors", { priority: 120, clients });
    yield* start("visitor", { priority: 110, needs: { doors: { ep, badge: 0x101 } } });
    yield* start("knocker", { priority: 100, needs: { doors: { ep, badge: 0x102 } } });
  });
  const closed = { error: "Closed" };
  const left = [{ error: null, said: 1 }, closed];
  expect(seen.filter((each) => typeof each === "object")).toEqual([
    ...Array(8).fill(closed),
    ...Array(4).fill(left).flat(),
  ]);
  expect(seen.filter((each) => typeof each === "number")).toEqual([1, 1, 1, 1]);
});

it("ends all sessions of a client when its supervisor says that it is dead, and nobody else's", () => {
  const ended: number[] = [];
  const totals: number[] = [];
  const spender = (by: number) =>
    customer(function* (account) {
      totals.push(must(yield* account.add({ by })).total);
    });
  rigged({ bank: bank(ended), one: spender(1), two: spender(20) }, function* (rig, start) {
    const { ep } = yield* start("bank", {
      priority: 120,
      clients: [
        { badge: 0x101, offer: 1 },
        { badge: 0x102, offer: 1 },
      ],
    });
    for (const [name, badge] of [
      ["one", 0x101],
      ["two", 0x102],
    ] as const) {
      yield* start(name, { priority: 100, needs: { bank: { ep, badge } } });
      yield* awaitEnd(rig);
    }
    expect(ended).toEqual([]);
    yield* tellDeath(rig, ep, 0x102);
    expect(ended).toEqual([20]);
  });
  expect(totals).toEqual([1, 20]);
});
