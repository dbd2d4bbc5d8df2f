/** Who can reach whom: on the desk, on plans that nobody would write, and as an assertion that prints the way. */
import { calls, capability, component, define, op, parsePlan, printPlan, sessionOf, u32 } from "@tessera/servers";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  expectCannotReach,
  expectCanReach,
  expectLeastRights,
  Personality,
  pathText,
  planSteps,
  reaches,
  reachOf,
} from "../src/index.js";
import { browser, desk, Log, logger, Sockets } from "./desk.js";

const plan = desk().plan();

describe("on the desk", () => {
  test("the editor can never reach the network", () => {
    expectCannotReach(plan, "editor", "network");
    expectCannotReach(plan, "viewer", "network");
    expectCanReach(plan, "browser", "network");
  });

  test("the editor reaches the log by itself, and through the files", () => {
    expect(pathText(reaches(plan, "editor", "logger") ?? [])).toBe(
      '  1. editor calls logger.log by its need "log" (WP, badge 0x102)',
    );
    expect(reachOf(plan, "editor")).toEqual({
      direct: ["logger", "uart", "ramfs"],
      all: ["logger", "uart", "ramfs", "viewer"],
    });
  });

  test("the editor reaches the viewer only if the files play along", () => {
    expect(() => expectCannotReach(plan, "editor", "viewer")).toThrow(
      [
        "editor can reach viewer, and must not:",
        '  1. editor calls ramfs.files by its need "files" (WGP, badge 0x101)',
        '  2. ramfs may be handed capabilities by viewer, which calls it with Grant (need "files")',
        'Take away one of these needs, or say who in between is trusted not to play along: { trusting: ["ramfs"] }.',
      ].join("\n"),
    );
    expectCannotReach(plan, "editor", "viewer", { trusting: ["ramfs"] });
    expectCannotReach(plan, "editor", "viewer", { directly: true });
  });

  test("a server does not reach its clients by answering them", () => {
    expectCannotReach(plan, "network", "browser");
    expectCannotReach(plan, "logger", "editor");
  });

  test("a server may be handed capabilities by sessions that its clients can open", () => {
    const Gift = define("gift", { give: op({ what: capability("Endpoint") }, {}) });
    const Gifts = define("gifts", { open: op({}, { gift: sessionOf(Gift) }) });
    const table = component("table", { offers: { gifts: Gifts }, *main() {} });
    const guest = component("guest", { needs: { gifts: calls(Gifts), log: calls(Log) }, *main() {} });
    const party = new Personality("party")
      .add(logger, { priority: 150, budget: "1ms/10ms" })
      .add(table, { priority: 140, budget: "1ms/10ms" })
      .add(guest, { priority: 100, budget: "1ms/10ms" })
      .plan();
    expect(printPlan(party)).toContain("\n  offer gifts: gifts (sessions: WGP)\n");
    expect(parsePlan(printPlan(party))).toEqual(party);
    expect(pathText(reaches(party, "table", "logger") ?? [])).toBe(
      '  1. table may be handed capabilities by guest, by sessions with Grant that it can open (need "gifts")\n' +
        '  2. guest calls logger.log by its need "log" (WP, badge 0x101)',
    );
    expectCannotReach(party, "table", "logger", { directly: true });
  });

  test("a window is a way in both directions", () => {
    const ways = planSteps(plan).filter(({ by }) => by === "window");
    expect(ways.map(({ from, to, need }) => `${from} ${to} ${need}`)).toEqual([
      "editor ramfs editor.files",
      "ramfs editor editor.files",
      "viewer ramfs viewer.files",
      "ramfs viewer viewer.files",
    ]);
  });

  test("an offer is reached only by a call of it", () => {
    expectCanReach(plan, "editor", "ramfs.files");
    expectCannotReach(plan, "editor", "network.sockets");
    expect(() => expectCannotReach(plan, "browser", "network.sockets")).toThrow(
      /\n {2}1\. browser calls network\.sockets/,
    );
  });

  test("what does not exist cannot be asked about: it would never be reached", () => {
    expect(() => reaches(plan, "editor", "netwrok")).toThrow(
      'desk has no component "netwrok": did you mean "network"?',
    );
    expect(() => reaches(plan, "editr", "network")).toThrow('desk has no component "editr": did you mean "editor"?');
    expect(() => reaches(plan, "editor", "network.socket")).toThrow(
      'network has no offer "socket": did you mean "sockets"?',
    );
    expect(() => expectCannotReach(plan, "editor", "network", { trusting: ["ramsf"] })).toThrow('no component "ramsf"');
  });

  test("an expectation that there is a way fails where there is none", () => {
    expect(() => expectCanReach(plan, "editor", "network")).toThrow("editor cannot reach network, and should");
  });

  test("a need more is a way more, and the assertion prints it", () => {
    const Upload = define("upload", { put: op({ word: u32 }, {}) });
    const cloud = component("cloud", { needs: { out: calls(Sockets) }, offers: { upload: Upload }, *main() {} });
    const saver = component("saver", { needs: { up: calls(Upload) }, *main() {} });
    const spoilt = desk()
      .add(cloud, { priority: 110, budget: "1ms/100ms" })
      .add(saver, { priority: 90, budget: "1ms/100ms" });
    expect(() => expectCannotReach(spoilt.plan(), "saver", "network")).toThrow(
      [
        "saver can reach network, and must not:",
        '  1. saver calls cloud.upload by its need "up" (WP, badge 0x101)',
        '  2. cloud calls network.sockets by its need "out" (WP, badge 0x102)',
      ].join("\n"),
    );
  });
});

describe("through others", () => {
  const Relay = define("relay", { pass: op({ word: u32 }, {}) });
  const Notify = define("notify", { subscribe: op({ signal: capability("Notification") }, {}) });
  const give = { budget: "1ms/100ms" };
  const relay = component("relay", { needs: { log: calls(Log) }, offers: { relay: Relay }, *main() {} });
  const timer = component("timer", { offers: { notify: Notify }, *main() {} });
  const user = component("user", { needs: { relay: calls(Relay), notify: calls(Notify) }, *main() {} });
  const other = component("other", { needs: { notify: calls(Notify) }, *main() {} });
  const system = new Personality("system")
    .add(logger, { ...give, priority: 200 })
    .add(relay, { ...give, priority: 150 })
    .add(timer, { ...give, priority: 150 })
    .add(user, { ...give, priority: 100 })
    .add(other, { ...give, priority: 100 })
    .plan();

  test("a call leads on to what the server calls", () => {
    expect(reaches(system, "user", "logger")?.map(({ from, to }) => `${from}-${to}`)).toEqual([
      "user-relay",
      "relay-logger",
    ]);
    expectCannotReach(system, "user", "logger", { directly: true });
    expectCannotReach(system, "user", "logger", { trusting: ["relay"] });
  });

  test("who is handed capabilities may act on what its clients act on", () => {
    expect(reaches(system, "other", "logger")?.map(({ by, to }) => `${by} ${to}`)).toEqual([
      "calls timer",
      "hand-over user",
      "calls relay",
      "calls logger",
    ]);
    expectCannotReach(system, "other", "logger", { trusting: ["timer"] });
  });

  test("to trust the one who asks, or the one who is asked about, changes nothing", () => {
    expectCanReach(system, "user", "logger", { trusting: ["user", "logger"] });
  });

  test("the shortest way is the one that is told, as a naive search finds it", () => {
    const names = system.components.map(({ name }) => name);
    const steps = planSteps(system);
    /** Lengths of all ways, by repeated relaxation. */
    const naive = (from: string): Map<string, number> => {
      const lengths = new Map([[from, 0]]);
      for (let round = 0; round < names.length; round++) {
        for (const step of steps) {
          const here = lengths.get(step.from);
          if (here !== undefined && here + 1 < (lengths.get(step.to) ?? Number.POSITIVE_INFINITY))
            lengths.set(step.to, here + 1);
        }
      }
      return lengths;
    };
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.constantFrom(...names), (from, to) => {
        expect(reaches(system, from, to)?.length).toBe(naive(from).get(to));
      }),
    );
  });
});

describe("rights", () => {
  test("are the least that the interfaces need", () => {
    expectLeastRights(plan, desk().components());
  });

  test("that are more, or of an unknown component, are named", () => {
    const spoilt = {
      ...plan,
      components: plan.components.map((component) => ({
        ...component,
        slots: component.slots.map((slot) =>
          slot.what === "calls" && slot.need === "console" ? { ...slot, rights: "WGP" as const } : slot,
        ),
      })),
    };
    const known = desk().components();
    expect(() =>
      expectLeastRights(
        spoilt,
        known.filter((component) => component !== browser),
      ),
    ).toThrow(
      [
        "more rights than needed:",
        '  - browser.sockets is a need of "browser", which is not among the components given',
        '  - browser.log is a need of "browser", which is not among the components given',
        '  - editor.console has WGP, "console" needs WP',
        '  - viewer.console has WGP, "console" needs WP',
      ].join("\n"),
    );
  });
});
