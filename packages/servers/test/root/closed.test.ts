/** What has been closed stays closed, what was given stays given, and nobody else's door opens instead. */
import { seL4_Call, seL4_MessageInfo_new, seL4_Recv, seL4_Send, seL4_SetCap, seL4_SetMR } from "@tessera/libsel4";
import { expect, it } from "vitest";
import { calls, component, define, fail, must, op, own, sessionOf, u32 } from "../../src/index.js";
import { bootPlan, type Entry } from "./planned.js";

const Note = define("note", { read: op({}, { n: u32 }) });
const Notes = define("notes", {
  open: op({ n: u32 }, { note: sessionOf(Note) }, ["Odd"]),
  count: op({}, { open: u32 }),
});

/** Opens notes, and refuses odd numbers after it has opened one. */
function notes(passive: boolean) {
  return component("notes", {
    offers: { notes: Notes },
    passive,
    *main({ notes }) {
      let open = 0;
      yield* notes.serve(() => null, {
        open(_, { n }) {
          open += 1;
          const note = notes.session(Note, n, { read: (it) => ({ n: it }) }, () => {
            open -= 1;
          });
          return n % 2 === 1 ? fail("Odd") : { note };
        },
        count: () => ({ open }),
      });
    },
  });
}

function run(...entries: Entry[]): void {
  bootPlan(entries).machine.run({ events: 200_000 });
}

it.each([false, true])("sessions are handed out and used, also by a passive server (%s)", (passive) => {
  const seen: unknown[] = [];
  const user = component("user", {
    needs: { notes: calls(Notes) },
    *main({ notes }) {
      for (const n of [2, 4]) {
        const { note } = must(yield* notes.open({ n }));
        seen.push(must(yield* note.read()).n);
      }
    },
  });
  run({ component: notes(passive), priority: 120 }, { component: user, priority: 100 });
  expect(seen).toEqual([2, 4]);
});

it("a session that does not go out with the answer ends, so refusals use nothing up", () => {
  const seen: unknown[] = [];
  const user = component("user", {
    needs: { notes: calls(Notes) },
    *main({ notes }) {
      for (let i = 0; i < 100; i++) expect((yield* notes.open({ n: 1 })).error).toBe("Odd");
      seen.push(must(yield* notes.count()).open, (yield* notes.open({ n: 2 })).error, must(yield* notes.count()).open);
    },
  });
  run({ component: notes(false), priority: 120 }, { component: user, priority: 100 });
  expect(seen).toEqual([0, null, 1]);
});

it("a client that was closed answers Closed, though its slot is another capability's by now", () => {
  const seen: unknown[] = [];
  const user = component("user", {
    needs: { notes: calls(Notes) },
    *main({ notes }) {
      const { note } = must(yield* notes.open({ n: 2 }));
      yield* note.close();
      const { note: other } = must(yield* notes.open({ n: 4 }));
      expect(other.cptr).toBe(note.cptr);
      seen.push(yield* note.read());
      yield* note.close();
      seen.push(must(yield* other.read()).n);
    },
  });
  run({ component: notes(false), priority: 120 }, { component: user, priority: 100 });
  expect(seen).toEqual([{ error: "Closed" }, 4]);
});

it("what composition has given cannot be closed", () => {
  const seen: unknown[] = [];
  const user = component("user", {
    needs: { notes: calls(Notes) },
    *main({ notes }) {
      yield* notes.close();
      seen.push((yield* notes.open({ n: 2 })).error);
    },
  });
  run({ component: notes(false), priority: 120 }, { component: user, priority: 100 });
  expect(seen).toEqual([null]);
});

it("a server that answers with a capability nobody asked for finds no slot to leave it in", () => {
  const Log = define("log", { write: op({}, {}) });
  const seen: unknown[] = [];
  const evil = component("evil", {
    offers: { log: Log },
    *main() {
      for (;;) {
        yield* seL4_Recv(2, 5);
        seL4_SetCap(0, 3);
        yield* seL4_Send(5, seL4_MessageInfo_new(0, 0, 1, 0));
      }
    },
  });
  const user = component("user", {
    needs: { notes: calls(Notes), log: calls(Log) },
    *main({ notes, log }) {
      const { note } = must(yield* notes.open({ n: 2 }));
      yield* note.close();
      yield* log.write();
      for (let i = 0; i < 3; i++) seen.push((yield* notes.open({ n: 2 })).error);
    },
  });
  run(
    { component: notes(false), priority: 130 },
    { component: evil, priority: 120 },
    { component: user, priority: 100 },
  );
  expect(seen).toEqual([null, null, null]);
});

it("a server whose slot is armed for an answer throws away what a client puts there", () => {
  const Relay = define("relay", { ask: op({ n: u32 }, { worked: u32 }), join: op({ with: own() }, {}) });
  const seen: unknown[] = [];
  const relay = component("relay", {
    needs: { notes: calls(Notes) },
    offers: { relay: Relay },
    *main({ notes, relay }) {
      yield* relay.serve(() => null, {
        *ask(_, { n }) {
          return { worked: (yield* notes.open({ n })).error === null ? 1 : 0 };
        },
        join() {},
      });
    },
  });
  const user = component("user", {
    needs: { relay: calls(Relay) },
    slots: 1,
    *main({ relay }) {
      seen.push(must(yield* relay.ask({ n: 1 })).worked); // refused: the relay's slot stays armed
      seL4_SetCap(0, 1);
      seL4_SetMR(0, 2);
      seen.push((yield* seL4_Call(relay.cptr, seL4_MessageInfo_new(1, 0, 1, 1))).label);
      seen.push(must(yield* relay.ask({ n: 2 })).worked);
    },
  });
  run(
    { component: notes(false), priority: 130 },
    { component: relay, priority: 120 },
    { component: user, priority: 100 },
  );
  expect(seen).toEqual([0, 18, 1]);
});
