/** Names: capabilities found by those who were given a directory, and by nobody else. */
import type { Thread } from "@tessera/hal-sim/isa";
import { seL4_Call, seL4_MessageInfo_new, seL4_SetCap, seL4_SetMR, setMessageBytes } from "@tessera/libsel4";
import { expectNoLeaks, type WorldHost } from "@tessera/testing";
import { expect, it } from "vitest";
import {
  type Client,
  type Component,
  calls,
  component,
  define,
  Lookup,
  must,
  NameDirectory,
  Names,
  nameServer,
  op,
  type Self,
  sessionOf,
  u32,
} from "../../src/index.js";
import { bury, letRun, rigged } from "../common/rig.js";
import { expectInReadme } from "../common/transcript.js";

const Counter = define("counter", { add: op({ by: u32 }, { total: u32 }) });
const Counters = define("counters", { open: op({}, { counter: sessionOf(Counter) }) });

/** Somebody who has something to register. */
const counters = component("counters", {
  offers: { counters: Counters },
  *main({ counters }) {
    yield* counters.serve(() => null, {
      open: () => ({
        counter: counters.session(
          Counter,
          { total: 0 },
          {
            add(it, { by }) {
              it.total += by;
              return it;
            },
          },
        ),
      }),
    });
  },
});

interface Given {
  readonly names: Client<typeof Names>;
  readonly directory: Client<typeof NameDirectory>;
  readonly counters: Client<typeof Counters>;
}

/** Who may register, and has counters. */
const owner = (main: (given: Given, self: Self) => Thread) =>
  component("owner", {
    needs: { names: calls(Names), directory: calls(NameDirectory), counters: calls(Counters) },
    *main({ self, ...given }) {
      yield* main(given, self);
    },
  });

/** Who may look up. */
const finder = (main: (lookup: Client<typeof Lookup>, self: Self) => Thread) =>
  component("finder", {
    needs: { lookup: calls(Lookup) },
    *main({ lookup, self }) {
      yield* main(lookup, self);
    },
  });

const NAMES = 1;
const DIRECTORY = 2;
const LOOKUP = 3;

function named(clients: readonly Component[], seeHost: (host: WorldHost) => void = () => {}) {
  return rigged(
    { names: nameServer, counters, ...Object.fromEntries(clients.map((client, n) => [`client${n}`, client])) },
    function* (rig, start) {
      seeHost(rig.host);
      const edges = [1, 2, 3].flatMap((n) =>
        [NAMES, DIRECTORY, LOOKUP].map((offer) => ({ badge: offer * 256 + n, offer })),
      );
      const { ep } = yield* start("names", { priority: 200, clients: edges });
      const counting = [1, 2, 3].map((n) => ({ badge: 0x100 + n, offer: 1 }));
      const { ep: counterEp } = yield* start("counters", { priority: 190, clients: counting });
      for (const [n, client] of clients.entries()) {
        const all = {
          names: { ep, badge: 0x101 + n },
          directory: { ep, badge: 0x201 + n },
          lookup: { ep, badge: 0x301 + n },
          counters: { ep: counterEp, badge: 0x101 + n },
        };
        const needs = Object.fromEntries(Object.entries(all).filter(([name]) => name in client.needs));
        yield* start(`client${n}`, { priority: 100 - n, needs });
      }
    },
  );
}

function* opened({ counters }: Given): Thread<Client<typeof Counter>> {
  return must(yield* counters.open()).counter;
}

it("finds what was registered under a name, and it is the same session", () => {
  const seen: unknown[] = [];
  named([
    owner(function* (given) {
      const counter = yield* opened(given);
      must(yield* counter.add({ by: 5 }));
      must(yield* given.directory.register({ name: "żółw", capability: counter.cptr }));
    }),
    finder(function* (lookup, self) {
      const { capability } = must(yield* lookup.lookUp({ name: "żółw" }));
      seen.push(must(yield* self.client(Counter, capability).add({ by: 1 })).total);
      seen.push((yield* lookup.lookUp({ name: "zolw" })).error);
    }),
  ]);
  expect(seen).toEqual([6, "NotFound"]);
});

it("names are taken once, told in their order, and free again when they are removed", () => {
  const seen: unknown[] = [];
  named([
    owner(function* (given) {
      const { directory } = given;
      const { cptr: capability } = yield* opened(given);
      for (const name of ["b", "", "a", "b", "c"]) seen.push((yield* directory.register({ name, capability })).error);
      const names: string[] = [];
      let next = yield* directory.after({ name: "" });
      for (; next.error === null; next = yield* directory.after({ name: next.name })) names.push(next.name);
      seen.push(names.join(), next.error);
      seen.push((yield* directory.remove({ name: "b" })).error, (yield* directory.remove({ name: "b" })).error);
      seen.push((yield* directory.lookUp({ name: "b" })).error);
      seen.push((yield* directory.register({ name: "b", capability })).error);
    }),
  ]);
  const registered = [null, "NoName", null, "Taken", null];
  expect(seen).toEqual([...registered, "a,b,c", "NoMore", null, "NotFound", "NotFound", null]);
});

it("a directory of one's own is seen by nobody, until it is handed on; its reader can change nothing", () => {
  const seen: unknown[] = [];
  named([
    owner(function* (given, self) {
      const { directory: mine } = must(yield* given.names.create());
      const { cptr: capability } = yield* opened(given);
      must(yield* mine.register({ name: "secret", capability }));
      seen.push((yield* given.directory.lookUp({ name: "secret" })).error);
      const { reader } = must(yield* mine.reader());
      seen.push((yield* reader.lookUp({ name: "secret" })).error);
      seen.push((yield* self.client(NameDirectory, reader.cptr).register({ name: "x", capability })).error);
      seen.push((yield* self.client(NameDirectory, reader.cptr).remove({ name: "secret" })).error);
      yield* mine.close();
      seen.push((yield* reader.lookUp({ name: "secret" })).error);
    }),
    finder(function* (lookup) {
      seen.push((yield* lookup.lookUp({ name: "secret" })).error);
    }),
  ]);
  expect(seen).toEqual(["NotFound", null, "Malformed", "Malformed", "NotFound", "NotFound"]);
});

it("who registers without end is refused (Full) from the 65th on, and others are not", () => {
  const seen: unknown[] = [];
  named([
    owner(function* (given) {
      const { cptr: capability } = yield* opened(given);
      const { directory: mine } = must(yield* given.names.create());
      for (let i = 0; i < 64; i++) must(yield* mine.register({ name: `n${i}`, capability }));
      const { directory: more } = must(yield* given.names.create());
      for (let i = 0; i < 100; i++) {
        const { error } = yield* more.register({ name: `m${i}`, capability });
        if (error !== "Full") seen.push(error);
      }
      yield* mine.close();
      seen.push((yield* more.register({ name: "again", capability })).error);
    }),
    owner(function* (given) {
      const { cptr: capability } = yield* opened(given);
      seen.push((yield* given.directory.register({ name: "other", capability })).error);
    }),
  ]);
  expect(seen).toEqual([null, null]);
});

it("a name without a capability, and with one of the server's own, are Malformed", () => {
  const seen: unknown[] = [];
  named([
    owner(function* ({ directory, names }) {
      const REGISTER = 3;
      seL4_SetMR(0, 1);
      setMessageBytes(1, Uint8Array.of(0x61));
      seen.push((yield* seL4_Call(directory.cptr, seL4_MessageInfo_new(REGISTER, 0, 0, 2))).label);
      seL4_SetMR(0, 1);
      setMessageBytes(1, Uint8Array.of(0x61));
      seL4_SetCap(0, names.cptr);
      seen.push((yield* seL4_Call(directory.cptr, seL4_MessageInfo_new(REGISTER, 0, 1, 2))).label);
      seen.push((yield* directory.lookUp({ name: "a" })).error);
    }),
  ]);
  expect(seen).toEqual([18, 18, "NotFound"]);
});

it("registering, refusing, looking up, removing and ending leave nothing behind", () => {
  let host: WorldHost | null = null;
  named(
    [
      owner(function* (given, self) {
        const { cptr: capability } = yield* opened(given);
        const round = function* (): Thread {
          const { directory: mine } = must(yield* given.names.create());
          for (const name of ["a", "b", "a", ""]) yield* mine.register({ name, capability });
          const found = must(yield* mine.lookUp({ name: "a" }));
          yield* self.drop(found.capability);
          const { reader } = must(yield* mine.reader());
          yield* reader.lookUp({ name: "c" });
          yield* reader.close();
          yield* mine.remove({ name: "b" });
          yield* mine.close();
        };
        yield* round();
        yield* round();
        const before = host?.kernel.snapshot();
        for (let i = 0; i < 30; i++) yield* round();
        if (host !== null && before !== undefined) expectNoLeaks(host.kernel, before);
      }),
    ],
    (it) => {
      host = it;
    },
  );
});

it("who dies takes his names and directories with him, and leaves those of others", () => {
  const seen: unknown[] = [];
  const dies = owner(function* (given) {
    const { cptr: capability } = yield* opened(given);
    const { directory: mine } = must(yield* given.names.create());
    for (let i = 0; i < 10; i++) {
      must(yield* mine.register({ name: `n${i}`, capability }));
      must(yield* given.directory.register({ name: `n${i}`, capability }));
    }
    must(yield* mine.reader());
  });
  const stays = owner(function* (given) {
    const { cptr: capability } = yield* opened(given);
    must(yield* given.directory.register({ name: "stays", capability }));
  });
  const looks = finder(function* (lookup) {
    for (let name = ""; ; ) {
      const next = yield* lookup.after({ name });
      if (next.error !== null) break;
      name = next.name;
      seen.push(name);
    }
  });
  rigged({ names: nameServer, counters, dies, stays, looks }, function* (rig, start) {
    const edges = [1, 2, 3].flatMap((n) =>
      [NAMES, DIRECTORY, LOOKUP].map((offer) => ({ badge: offer * 256 + n, offer })),
    );
    const { ep } = yield* start("names", { priority: 254, clients: edges });
    const counting = [1, 2].map((n) => ({ badge: 0x100 + n, offer: 1 }));
    const { ep: counterEp } = yield* start("counters", { priority: 254, clients: counting });
    const needs = (n: number) => ({
      names: { ep, badge: 0x100 + n },
      directory: { ep, badge: 0x200 + n },
      counters: { ep: counterEp, badge: 0x100 + n },
    });
    yield* start("stays", { priority: 253, needs: needs(1) });
    let before = rig.host.kernel.snapshot();
    for (let i = 0; i < 5; i++) {
      if (i === 1) before = rig.host.kernel.snapshot();
      const dead = yield* start("dies", { priority: 253, needs: needs(2) });
      yield* letRun();
      yield* bury(rig, dead, Object.values(needs(2)));
    }
    expectNoLeaks(rig.host.kernel, before, { allow: ["untyped"] });
    yield* start("looks", { priority: 100, needs: { lookup: { ep, badge: 0x303 } } });
  });
  expect(seen).toEqual(["stays"]);
});

it("its README shows what a run says", () => {
  const said: string[] = [];
  named([
    owner(function* (given) {
      const counter = yield* opened(given);
      must(yield* given.directory.register({ name: "counter", capability: counter.cptr }));
      said.push(
        `owner: counter is registered; a second time: ${(yield* given.directory.register({ name: "counter", capability: counter.cptr })).error}`,
      );
    }),
    finder(function* (lookup, self) {
      const found = must(yield* lookup.lookUp({ name: "counter" }));
      const { total } = must(yield* self.client(Counter, found.capability).add({ by: 7 }));
      said.push(`finder: counter has been found, and says ${total}`);
      said.push(`finder: what about clock? ${(yield* lookup.lookUp({ name: "clock" })).error}`);
    }),
  ]);
  expectInReadme("names", said);
});
