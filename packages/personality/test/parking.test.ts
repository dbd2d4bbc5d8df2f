/**
 * Handlers that wait for another server while their own one goes on, by callers: threads that the plan gives it.
 * `front` passes questions on to `slow`, which answers when somebody opens it.
 */
import { seL4_Signal, seL4_Yield } from "@tessera/libsel4";
import {
  type Client,
  calls,
  component,
  define,
  fail,
  must,
  type OpenSession,
  op,
  parsePlan,
  planImage,
  printPlan,
  sessionOf,
  text,
  u32,
} from "@tessera/servers";
import { bootWorld } from "@tessera/testing";
import { expect, test } from "vitest";
import { Personality } from "../src/index.js";

const Ticket = define("ticket", { number: op({}, { number: u32 }) });
const Slow = define("slow", {
  ask: op({ word: text(20) }, { echo: text(20) }, ["Never"], { waits: true }),
  ticket: op({}, { ticket: sessionOf(Ticket) }, [], { waits: true }),
  open: op({}, { tickets: u32 }),
});
const Front = define("front", {
  ask: op({ word: text(20) }, { echo: text(24) }, ["Never", "Gone"], { waits: true }),
  ticket: op({}, { number: u32 }, ["Gone"], { waits: true }),
  ping: op({}, {}),
  dieLater: op({}, {}),
});

/** Keeps all who ask waiting until it is opened; `open` answers how many tickets are out. */
const slow = component("slow", {
  offers: { slow: Slow },
  waiting: 32,
  *main({ slow, self }) {
    const opened = self.condition();
    let tickets = 0;
    const closed = () => {
      tickets -= 1;
    };
    yield* slow.serve(() => null, {
      *ask(_, { word }) {
        if (word === "die") throw new Error("asked to die");
        yield* opened.wait();
        return word === "never" ? fail("Never") : { echo: word };
      },
      *ticket() {
        yield* opened.wait();
        tickets += 1;
        return {
          ticket: slow.session(Ticket, tickets, { number: (number) => ({ number }) }, closed),
        };
      },
      open() {
        opened.wake();
        return { tickets };
      },
    });
  },
});

function front(callers: number, parks = true) {
  return component("front", {
    needs: { slow: calls(Slow) },
    offers: { front: Front },
    waiting: 16,
    callers,
    *main({ slow, front, self }) {
      let dies = false;
      const asking = parks ? self.parking(slow) : slow;
      yield* front.serve(() => null, {
        *ask(_, { word }) {
          if (dies && word === "hello") throw new Error("asked to die");
          const answer = yield* asking.ask({ word });
          if (answer.error === "Never" || answer.error === "Gone") return fail(answer.error);
          return { echo: `${must(answer).echo}!` };
        },
        *ticket() {
          const { ticket } = must(yield* asking.ticket());
          const { number } = must(yield* (parks ? self.parking(ticket) : ticket).number());
          yield* ticket.close();
          return { number };
        },
        ping: () => {},
        dieLater: () => {
          dies = true;
        },
      });
    },
  });
}

type Said = (line: string) => void;
type User = (front: Client<typeof Front>, slow: Client<typeof Slow>, say: Said) => Generator<void, void, void>;

/** Users in the order of their urgency, each a component; what they say, in order. */
function run(users: Readonly<Record<string, User>>, options: { callers?: number; parks?: boolean } = {}): string[] {
  return boot(users, options).said;
}

function boot(users: Readonly<Record<string, User>>, { callers = 2, parks = true } = {}) {
  const said: string[] = [];
  const personality = new Personality("desk")
    .add(slow, { priority: 150, budget: "1ms/10ms" })
    .add(front(callers, parks), { priority: 120, budget: "2ms/10ms" });
  for (const [i, [name, user]] of Object.entries(users).entries()) {
    const it = component(name, {
      needs: { front: calls(Front), slow: calls(Slow) },
      *main({ front, slow }) {
        yield* user(front, slow, (line) => void said.push(`${name}: ${line}`));
      },
    });
    personality.add(it, { priority: 100 - i, budget: "1ms/10ms" });
  }
  const plan = personality.plan();
  const world = bootWorld({
    ...planImage(plan, personality.components()),
    onReport: () => {},
    mayThrow: ["slow", "front"],
    kernel: { checkInvariants: true },
  });
  expect(world.machine.run({ events: 300_000 }).reason).toBe("idle");
  return { said, kernel: world.kernel };
}

const asker: User = function* (front, _, say) {
  say((yield* front.ask({ word: "hello" })).error ?? "answered");
};
const opener: User = function* (front, slow, say) {
  yield* front.ping();
  say("was answered at once");
  const { tickets } = must(yield* slow.open());
  say(`opened, ${tickets} tickets are out`);
};

test("a server goes on while one of its handlers waits for another server", () => {
  expect(run({ asker, opener })).toEqual([
    "opener: was answered at once",
    "asker: answered",
    "opener: opened, 0 tickets are out",
  ]);
});

test("without callers it would not: the same two, with calls that make the whole server wait", () => {
  expect(run({ asker, opener }, { callers: 0, parks: false })).toEqual([]);
});

test("handlers that find no caller free wait for their turn, and errors come back as they are", () => {
  const ask = (word: string): User =>
    function* (front, _, say) {
      say((yield* front.ask({ word })).error ?? "answered");
    };
  const often: User = function* (front, slow, say) {
    for (let i = 0; i < 3; i++) yield* opener(front, slow, say);
  };
  const said = run({ one: ask("1"), two: ask("never"), three: ask("3"), often }, { callers: 1 });
  expect(said.filter((line) => !line.startsWith("often"))).toEqual(["one: answered", "two: Never", "three: answered"]);
});

test("a session comes by a parking call, is asked by one, and is closed", () => {
  const taker: User = function* (front, _, say) {
    say(`ticket ${must(yield* front.ticket()).number}`);
  };
  const said = run({ taker, second: taker, opener, last: opener });
  expect(said).toContain("taker: ticket 1");
  expect(said).toContain("second: ticket 2");
  expect(said.at(-1)).toBe("last: opened, 0 tickets are out");
});

test("when the other server dies with the call, the handler is told, and its caller can be used again", () => {
  const murderer: User = function* (front, _, say) {
    say((yield* front.ask({ word: "die" })).error ?? "answered");
    say((yield* front.ask({ word: "hello" })).error ?? "answered");
  };
  expect(run({ murderer, opener }, { callers: 1 }).filter((line) => line.startsWith("murderer"))).toEqual([
    "murderer: Gone",
    "murderer: answered",
  ]);
});

const witness: User = function* (front, _, say) {
  yield* front.dieLater();
  say((yield* front.ask({ word: "hello" })).error ?? "answered");
  say((yield* front.ask({ word: "again" })).error ?? "answered");
};

test("when the server itself dies with calls under way, its callers begin again with it", () => {
  expect(run({ asker, witness, opener }, { callers: 1 })).toEqual([
    "asker: Gone",
    "witness: Gone",
    "opener: was answered at once",
    "witness: answered",
    "opener: opened, 0 tickets are out",
  ]);
});

test("whoever dies, nothing is left of it", () => {
  const deaths = (count: number): User =>
    function* (front, _, say) {
      for (let i = 0; i < count; i++) {
        yield* front.dieLater();
        say((yield* front.ask({ word: "hello" })).error ?? "answered");
      }
    };
  const existing = (count: number) => {
    const { said, kernel } = boot({ asker, murderer: deaths(count) });
    expect(said.filter((line) => line === "murderer: Gone")).toHaveLength(count);
    const { objects, capabilities } = kernel.snapshot();
    return [objects.map(({ kind, name }) => `${kind} ${name}`), capabilities.length];
  };
  expect(existing(5)).toEqual(existing(1));
});

const Asking = define("asking", { ticket: op({}, { number: u32 }, [], { waits: true }) });
const Sessions = define("sessions", { open: op({}, { asking: sessionOf(Asking) }) });
const Helper = define("helper", { take: op({ asking: sessionOf(Asking) }, {}) });

test("when nobody waits for the answer any more, what it brings is given back", () => {
  const said: string[] = [];
  const server = component("server", {
    needs: { slow: calls(Slow) },
    offers: { sessions: Sessions },
    callers: 1,
    *main({ slow, sessions, self }) {
      yield* sessions.serve(() => null, {
        open: () => ({
          asking: sessions.session(Asking, null, {
            *ticket() {
              const { ticket } = must(yield* self.parking(slow).ticket());
              return must(yield* ticket.number());
            },
          }),
        }),
      });
    },
  });
  /** Asks by a session that another one has opened, and closes under its feet. */
  const helper = component("helper", {
    offers: { helper: Helper },
    *main({ helper, self }) {
      let taken: Client<typeof Asking> | null = null;
      const later = yield* self.signal(function* () {
        if (taken !== null) said.push(`helper: ${(yield* taken.ticket()).error}`);
      });
      yield* helper.serve(() => null, {
        *take(_, { asking }) {
          taken = asking;
          yield* seL4_Signal(later);
        },
      });
    },
  });
  const user = component("user", {
    needs: { sessions: calls(Sessions), helper: calls(Helper), slow: calls(Slow) },
    *main({ sessions, helper, slow }) {
      for (let i = 0; i < 3; i++) {
        const { asking } = must(yield* sessions.open());
        must(yield* helper.take({ asking }));
        yield* asking.close();
        must(yield* slow.open());
        const { tickets } = must(yield* slow.open());
        said.push(`user: ${tickets} tickets are out`);
      }
    },
  });
  const personality = new Personality("desk")
    .add(slow, { priority: 150, budget: "1ms/10ms" })
    .add(server, { priority: 120, budget: "2ms/10ms" })
    .add(helper, { priority: 110, budget: "2ms/10ms" })
    .add(user, { priority: 100, budget: "2ms/10ms" });
  const world = bootWorld({ ...planImage(personality.plan(), personality.components()), onReport: () => {} });
  expect(world.machine.run({ events: 300_000 }).reason).toBe("idle");
  expect(said).toEqual(Array(3).fill(["helper: Closed", "user: 0 tickets are out"]).flat());
});

const Room = define("room", { ask: op({}, {}, [], { waits: true }) });
const House = define("house", {
  room: op({}, { room: sessionOf(Room) }),
  askAndClose: op({}, {}, [], { waits: true }),
  ask: op({}, {}, [], { waits: true }),
  openWhileBusy: op({}, {}),
});

test("when a session ends between an answer and the handler that waits for it, its caller can be used again", () => {
  const said: string[] = [];
  const house = component("house", {
    needs: { slow: calls(Slow) },
    offers: { house: House },
    waiting: 16,
    callers: 2,
    *main({ slow, house, self }) {
      const asking = self.parking(slow);
      const rooms: OpenSession<typeof Room>[] = [];
      const ask = function* () {
        must(yield* asking.ask({ word: "" }));
      };
      yield* house.serve(() => null, {
        room() {
          const room = house.session(Room, null, { ask });
          rooms.push(room);
          return { room };
        },
        *askAndClose() {
          yield* ask();
          for (const room of rooms) yield* house.end(room);
        },
        ask,
        // Both answers come while this lasts, so that both handlers are woken before either goes on.
        *openWhileBusy() {
          yield* slow.open();
          yield* seL4_Yield();
        },
      });
    },
  });
  const lives: Record<string, (house: Client<typeof House>) => Generator<void, string, void>> = {
    *one(house) {
      return `${(yield* house.askAndClose()).error}`;
    },
    *two(house) {
      return `${(yield* must(yield* house.room()).room.ask()).error}`;
    },
    *three(house) {
      return `${(yield* house.openWhileBusy()).error}`;
    },
    *four(house) {
      return `${(yield* house.ask()).error}`;
    },
    *five(house) {
      return `${(yield* house.ask()).error}`;
    },
    *six(house) {
      // The first time lets the callers come to `slow`, the second time opens it for them.
      yield* house.openWhileBusy();
      return `${(yield* house.openWhileBusy()).error}`;
    },
  };
  const personality = new Personality("desk")
    .add(slow, { priority: 150, budget: "1ms/10ms" })
    .add(house, { priority: 120, budget: "4ms/10ms" });
  for (const [i, [name, life]] of Object.entries(lives).entries()) {
    const it = component(name, {
      needs: { house: calls(House) },
      *main({ house }) {
        said.push(`${name}: ${yield* life(house)}`);
      },
    });
    personality.add(it, { priority: 100 - i, budget: "500us/10ms" });
  }
  const world = bootWorld({ ...planImage(personality.plan(), personality.components()), onReport: () => {} });
  expect(world.machine.run({ events: 300_000 }).reason).toBe("idle");
  expect(said.sort()).toEqual(["five: null", "four: null", "one: null", "six: null", "three: null", "two: Closed"]);
});

test("callers are a line of the plan, and their time is their component's", () => {
  const text = printPlan(
    new Personality("desk")
      .add(slow, { priority: 150, budget: "1ms/10ms" })
      .add(front(2), { priority: 120, budget: "2ms/10ms" })
      .plan(),
  );
  expect(text).toContain("callers (RW, budget: 100us)");
  expect(text).toContain("sc (budget: 1800us, period: 10ms)");
  expect(parsePlan(text)).toEqual(parsePlan(printPlan(parsePlan(text))));
});

test("what cannot have callers is refused, with the cure", () => {
  const plain = define("plain", { ask: op({}, {}) });
  const needless = () => component("needless", { offers: { plain }, callers: 1, *main() {} });
  expect(needless).toThrow(
    "needless: callers are for handlers that wait, and no operation of its offers declares waits",
  );
  const tight = () => new Personality("desk").add(front(8), { priority: 120, budget: "1ms/10ms" });
  expect(tight).toThrow("its 8 callers take 800us of its budget");
});
