/** The log: lines of all, with the time and the name of who wrote them, for those who may read. */
import type { Thread } from "@tessera/hal-sim/isa";
import { expectNoLeaks } from "@tessera/testing";
import { expect, it } from "vitest";
import {
  type Client,
  type Component,
  calls,
  component,
  consoleLogServer,
  consoleServer,
  Log,
  LogReader,
  type LogWriter,
  logServer,
  logTo,
  must,
  Timer,
  timerServer,
} from "../../src/index.js";
import { bury, letRun, rigged } from "../common/rig.js";
import { expectInReadme } from "../common/transcript.js";

const LOG = 1;
const READER = 2;

const writer = (main: (log: LogWriter, raw: Client<typeof Log>, timer: Client<typeof Timer>) => Thread) =>
  component("writer", {
    needs: { log: calls(Log), timer: calls(Timer) },
    *main({ log, timer }) {
      yield* main(logTo(log), log, timer);
    },
  });

const reader = (main: (reader: Client<typeof LogReader>) => Thread) =>
  component("reader", {
    needs: { reader: calls(LogReader) },
    *main({ reader }) {
      yield* main(reader);
    },
  });

/** Timer, console, log, and clients in this order; the names of the first two are told to the log. */
function logged(log: Component, clients: readonly Component[], options: Parameters<typeof rigged>[2] = {}) {
  const programs = Object.fromEntries(clients.map((client, n) => [`client${n}`, client]));
  return rigged(
    { timer: timerServer, console: consoleServer, log, ...programs },
    function* (_, start) {
      const badges = [1, 2, 3, 4, 5].map((n) => ({ badge: 0x100 + n, offer: 1 }));
      const { ep: timer } = yield* start("timer", { priority: 200, clients: badges });
      const { ep: output } = yield* start("console", { priority: 190, clients: badges });
      const edges = [1, 2, 3, 4].flatMap((n) => [
        { badge: 0x100 + n, offer: LOG },
        { badge: 0x200 + n, offer: READER },
      ]);
      const servers = { timer: { ep: timer, badge: 0x101 }, output: { ep: output, badge: 0x101 } };
      const args = "101=editor 102=shell =x 1z=y 103=";
      const { ep } = yield* start("log", { priority: 180, args, clients: edges, needs: only(servers, log) });
      for (const [n, client] of clients.entries()) {
        const all = {
          log: { ep, badge: 0x101 + n },
          reader: { ep, badge: 0x201 + n },
          timer: { ep: timer, badge: 0x102 + n },
        };
        yield* start(`client${n}`, { priority: 100 - n, needs: only(all, client) });
      }
    },
    options,
  );
}

/** What a component needs, of all that there is. */
function only<T>(all: Readonly<Record<string, T>>, { needs }: Component): Record<string, T> {
  return Object.fromEntries(Object.entries(all).filter(([name]) => name in needs));
}

/** All lines that are kept, as words. */
function* kept(reader: Client<typeof LogReader>): Thread<string[]> {
  const lines: string[] = [];
  for (let from = 0; ; ) {
    const answer = yield* reader.read({ from });
    if (answer.error !== null) return lines;
    const { serial, client, dropped, level, line, fields } = answer;
    const gap = dropped === 0 ? "" : ` -${dropped}`;
    lines.push(`${serial} ${client} ${level} ${line}${fields === "" ? "" : ` ${fields}`}${gap}`);
    from = serial + 1;
  }
}

it("keeps the lines of all in one order, under the names that composition gave, with what belongs to them", () => {
  let lines: string[] = [];
  logged(logServer, [
    writer(function* (log) {
      yield* log.info("opened", { fd: 3, path: "/a file", ok: true });
      yield* log.warning("x");
    }),
    writer(function* (log) {
      yield* log.debug("y", { say: 'a "word"' });
    }),
    writer(function* (log) {
      yield* log.error("z");
    }),
    reader(function* (reader) {
      lines = yield* kept(reader);
    }),
  ]);
  expect(lines).toEqual([
    '0 editor info opened fd=3 path="/a file" ok=true',
    "1 editor warning x",
    '2 shell debug y say="a \\"word\\""',
    "3 103 error z",
  ]);
});

it("a line is told when it is there to who waits for it, and its time is that of the timer", () => {
  const seen: unknown[] = [];
  logged(logServer, [
    reader(function* (reader) {
      for (let from = 0; from < 2; from++) {
        const { line, us } = must(yield* reader.next({ from }));
        seen.push([line, Math.floor(us / 1000)]);
      }
      seen.push((yield* reader.read({ from: 2 })).error);
    }),
    writer(function* (log, _, timer) {
      yield* log.info("first");
      must(yield* timer.sleep({ us: 7000 }));
      yield* log.info("second");
    }),
  ]);
  expect(seen).toEqual([["first", 0], ["second", 7], "NoMore"]);
});

it("a client that writes without end gets its share, and no more; others are heard, and the gap is told", () => {
  const taken = { flood: 0, quiet: 0 };
  let lines: string[] = [];
  logged(logServer, [
    writer(function* (log, raw, timer) {
      for (let i = 0; i < 500; i++) if (yield* log.info(`flood ${i}`)) taken.flood += 1;
      expect((yield* raw.write({ level: "info", line: "x", fields: "" })).error).toBe("TooFast");
      must(yield* timer.sleep({ us: 100_000 }));
      for (let i = 0; i < 500; i++) if (yield* log.info(`later ${i}`)) taken.flood += 1;
    }),
    writer(function* (log) {
      if (yield* log.info("quiet")) taken.quiet += 1;
    }),
    reader(function* (reader) {
      must(yield* reader.next({ from: 74 }));
      lines = yield* kept(reader);
    }),
  ]);
  expect(taken.quiet).toBe(1);
  expect(taken.flood).toBeGreaterThanOrEqual(64 + 10);
  expect(taken.flood).toBeLessThanOrEqual(64 + 15);
  expect(lines.filter((line) => line.includes("quiet"))).toHaveLength(1);
  expect(lines.find((line) => line.includes("later 0"))).toMatch(/ -4\d\d$/);
});

it("the oldest lines make room, and their numbers say so", () => {
  let lines: string[] = [];
  logged(
    logServer,
    [
      writer(function* (log, _, timer) {
        for (let i = 0; i < 600; i++) {
          if (i % 60 === 59) must(yield* timer.sleep({ us: 700_000 }));
          yield* log.info(String(i));
        }
      }),
      reader(function* (reader) {
        must(yield* reader.next({ from: 599 }));
        lines = yield* kept(reader);
      }),
    ],
    { kernel: { checkInvariants: false } },
  );
  expect(lines).toHaveLength(512);
  expect(lines[0]).toBe("88 editor info 88");
  expect(lines.at(-1)).toBe("599 editor info 599");
});

it("text that is too long is cut between characters, and half characters are replaced", () => {
  let lines: string[] = [];
  logged(logServer, [
    writer(function* (log) {
      expect(yield* log.info("亀".repeat(100), { text: "ż".repeat(300) })).toBe(true);
      expect(yield* log.info("\ud800")).toBe(true);
    }),
    reader(function* (reader) {
      lines = yield* kept(reader);
    }),
  ]);
  expect(lines).toEqual([`0 editor info ${"亀".repeat(66)} text=${"ż".repeat(147)}`, "1 editor info \ufffd"]);
});

it("a line can paint nothing over those of others on the console: control characters are shown", () => {
  const { output } = logged(consoleLogServer, [
    writer(function* (log) {
      yield* log.info("a\n   0.000001 shell: error: forged\r\x1b[2J", { k: "\u202e" });
      yield* log.error("b");
    }),
  ]);
  const lines = output.trimEnd().split("\n");
  expect(lines).toHaveLength(2);
  expect(lines[0]).toContain("editor: info: a\\u{a}   0.000001 shell: error: forged\\u{d}\\u{1b}[2J k=\\u{202e}");
  expect(lines[1]).toMatch(/^ +0\.\d{6} editor: error: b$/);
});

it("who dies while it waits for a line leaves nothing behind, nor does a writer", () => {
  const seen: unknown[] = [];
  const waits = component("waits", {
    needs: { log: calls(Log), reader: calls(LogReader) },
    *main({ log, reader }) {
      yield* logTo(log).info("I am here");
      yield* reader.next({ from: 1e9 });
      seen.push("a dead client was answered");
    },
  });
  rigged({ timer: timerServer, log: logServer, waits }, function* (rig, start) {
    const { ep: timer } = yield* start("timer", { priority: 254, clients: [{ badge: 0x101, offer: 1 }] });
    const clients = [
      { badge: 0x101, offer: LOG },
      { badge: 0x201, offer: READER },
    ];
    const { ep } = yield* start("log", { priority: 253, clients, needs: { timer: { ep: timer, badge: 0x101 } } });
    let before = rig.host.kernel.snapshot();
    for (let i = 0; i < 20; i++) {
      if (i === 1) before = rig.host.kernel.snapshot();
      const needs = { log: { ep, badge: 0x101 }, reader: { ep, badge: 0x201 } };
      const dead = yield* start("waits", { priority: 252, needs });
      yield* letRun();
      const edges = clients.map(({ badge }) => ({ ep, badge }));
      yield* bury(rig, dead, edges);
    }
    expectNoLeaks(rig.host.kernel, before, { allow: ["untyped"] });
  });
  expect(seen).toEqual([]);
});

it("its README shows what a run says", () => {
  const { output } = logged(consoleLogServer, [
    writer(function* (log, _, timer) {
      yield* log.info("opened", { path: "/motd", fd: 3 });
      must(yield* timer.sleep({ us: 20_000 }));
      for (let i = 0; i < 100; i++) yield* log.debug(`line ${i}`);
      must(yield* timer.sleep({ us: 1_000_000 }));
      yield* log.warning("closed", { fd: 3 });
    }),
    writer(function* (log, _, timer) {
      must(yield* timer.sleep({ us: 10_000 }));
      yield* log.error("no such file", { path: "/a b" });
    }),
  ]);
  const lines = output.trimEnd().split("\n");
  expectInReadme(
    "log",
    lines.filter((line) => !/line [1-9]/.test(line)).map((line) => line.replace(/\d{3} /, "... ")),
  );
});
