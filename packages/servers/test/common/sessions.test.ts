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
