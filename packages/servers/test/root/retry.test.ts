/** Clients that ask again: servers die under their hands, and are started anew by the root task. */
import type { Thread } from "@tessera/hal-sim/isa";
import { describe, expect, it } from "vitest";
import {
  again,
  type Client,
  calls,
  component,
  define,
  fail,
  must,
  op,
  Reopening,
  sessionOf,
  u32,
} from "../../src/index.js";
import { bootPlan } from "./planned.js";

const Note = define("note", {
  /** Which of the servers answers. It dies first if it is one of the first `deaths`. */
  read: op({ deaths: u32 }, { life: u32 }),
});
const Notes = define("notes", {
  /** Refused by the servers with these numbers and above. */
  open: op({ refusedFrom: u32 }, { note: sessionOf(Note) }, ["Refused"]),
  read: op({ deaths: u32 }, { life: u32 }),
});

const notes = component("notes", {
  offers: { notes: Notes },
  *main({ notes, self }) {
    const read = (_: unknown, { deaths }: { deaths: number }) => {
      if (self.incarnation < deaths) throw new Error("it was asked to die");
      return { life: self.incarnation };
    };
    yield* notes.serve(() => null, {
      read,
      open(_, { refusedFrom }) {
        if (self.incarnation >= refusedFrom) return fail("Refused");
        return { note: notes.session(Note, null, { read }) };
      },
    });
  },
});

const NEVER = 1000;

/** A client with few slots, which does `main` while servers die. */
function run(main: (notes: Client<typeof Notes>) => Thread): void {
  const client = component("client", {
    needs: { notes: calls(Notes) },
    slots: 2,
    *main({ notes }) {
      yield* main(notes);
    },
  });
  const restart = { firstUs: 1000, mostUs: 2000 };
  const world = bootPlan([
    { component: notes, priority: 120, restart },
    { component: client, priority: 100, restart: null },
  ]);
  expect(world.machine.run({ events: 400_000 }).reason).toBe("idle");
  expect(world.output).toContain("client has ended\n");
}

const reopening = (notes: Client<typeof Notes>, refusedFrom = NEVER) =>
  new Reopening(
    () => notes.open({ refusedFrom }),
    ({ note }) => note,
  );

describe("again", () => {
  it("asks the server that was started in the place of the dead one", () => {
    const seen: unknown[] = [];
    run(function* (notes) {
      seen.push(yield* notes.read({ deaths: 1 }));
      seen.push(yield* again(() => notes.read({ deaths: 3 })));
    });
    expect(seen).toEqual([{ error: "Gone" }, { error: null, life: 3 }]);
  });

  it("gives up after three deaths: who kills all servers does not go on for ever", () => {
    const seen: unknown[] = [];
    run(function* (notes) {
      seen.push(yield* again(() => notes.read({ deaths: NEVER })));
      seen.push(yield* notes.read({ deaths: 0 }));
    });
    expect(seen).toEqual([{ error: "Gone" }, { error: null, life: 3 }]);
  });
});

describe("a session that is opened again", () => {
  it("goes on with the next server as often as one dies, and keeps no slot of those before", () => {
    const seen: number[] = [];
    run(function* (notes) {
      const note = reopening(notes);
      for (let life = 0; life < 12; life++) {
        seen.push(must(yield* note.ask((note) => note.read({ deaths: 0 }))).life);
        yield* notes.read({ deaths: life + 1 });
      }
    });
    expect(seen).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  });

  it("does not ask again what may have been carried out, unless it is told that this does no harm", () => {
    const seen: unknown[] = [];
    run(function* (notes) {
      const note = reopening(notes);
      seen.push(yield* note.ask((note) => note.read({ deaths: 1 })));
      seen.push(yield* note.ask((note) => note.read({ deaths: 1 })));
      seen.push(yield* note.ask((note) => note.read({ deaths: 3 }), { twice: true }));
      seen.push(yield* note.ask((note) => note.read({ deaths: NEVER }), { twice: true }));
    });
    expect(seen).toEqual([{ error: "Gone" }, { error: null, life: 1 }, { error: null, life: 3 }, { error: "Gone" }]);
  });

  it("answers by what the server says who will not open it again", () => {
    const seen: unknown[] = [];
    run(function* (notes) {
      const note = reopening(notes, 1);
      seen.push((yield* note.ask((note) => note.read({ deaths: 0 }))).error);
      yield* notes.read({ deaths: 1 });
      seen.push((yield* note.ask((note) => note.read({ deaths: 0 }))).error);
    });
    expect(seen).toEqual([null, "Refused"]);
  });

  it("is opened anew after it was closed", () => {
    const seen: unknown[] = [];
    run(function* (notes) {
      const note = reopening(notes);
      yield* note.close();
      for (let i = 0; i < 5; i++) {
        seen.push((yield* note.ask((note) => note.read({ deaths: 0 }))).error);
        yield* note.close();
      }
    });
    expect(seen).toEqual([null, null, null, null, null]);
  });
});
