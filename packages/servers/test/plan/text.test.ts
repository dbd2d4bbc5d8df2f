/** Plans as text: read back as they were, stable, and refused with a place and a cure where they are wrong. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Plan, PlanTextError, parsePlan, planProblems, printPlan, programNames } from "../../src/index.js";
import { plans } from "./plans.js";

const DESK: Plan = {
  personality: "desk",
  components: [
    {
      name: "logger",
      program: "logger",
      args: "",
      priority: 150,
      budgetUs: 1000,
      periodUs: 10_000,
      cnodeBits: 4,
      free: { start: 0, end: 0 },
      offers: [{ offer: "log", interface: "log" }],
      slots: [
        { what: "endpoint", slot: 2 },
        { what: "notification", slot: 3 },
        { what: "parent", slot: 4, badge: 1 },
        { what: "replies", slot: 5, count: 9 },
      ],
      memory: [],
      restart: null,
    },
    {
      name: "files",
      program: "ramfs",
      args: "/motd\nsecond",
      priority: 120,
      budgetUs: 2500,
      periodUs: 1_000_000,
      cnodeBits: 7,
      free: { start: 16, end: 128 },
      offers: [],
      slots: [
        { what: "cnode", slot: 1 },
        { what: "notification", slot: 3 },
        { what: "parent", slot: 4, badge: 2 },
        { what: "replies", slot: 5, count: 1 },
        {
          what: "calls",
          slot: 14,
          need: "log",
          interface: "log",
          server: "logger",
          offer: "log",
          badge: 257,
          rights: "WP",
        },
        { what: "interrupt", slot: 15, need: "disk", interrupt: 1, source: 0 },
      ],
      memory: [
        { what: "memory", need: "cache", address: 0x6000_0000, pages: 16 },
        { what: "device", need: "disk", address: 0x6020_0000, pages: 1, physical: 0x1000_1000 },
        { what: "window", need: "log", address: 0x6040_0000, pages: 4, server: "logger", serverAddress: 0x8000_0000 },
        { what: "kept", need: "tree", address: 0x6060_0000, pages: 256 },
      ],
      restart: { firstUs: 10_000, mostUs: 1_000_000 },
    },
  ],
};

const TEXT = `-- Who exists here, on whose time, and who may do what. What is not written here is not given.
-- Made by composition; a root task reads this text and builds it. Change the composition, not this file.
personality desk

component logger {
  program logger
  prio 150
  sc (budget: 1ms, period: 10ms)
  restart never
  offer log: log
  cnode (4 bits) {
    2: ep (RWGP)
    3: notification (RW)
    4: parent (WP, badge: 0x1)
    5..13: rtreply
  }
}

component files {
  program ramfs
  args "/motd\\nsecond"
  prio 120
  sc (budget: 2500us, period: 1s)
  restart (first: 10ms, most: 1s)
  cnode (7 bits) {
    1: cnode
    3: notification (RW)
    4: parent (WP, badge: 0x2)
    5: rtreply
    14: log = ep logger.log (WP, badge: 0x101)
    15: disk = irq 1 (source: 0)
    16..127: free
  }
  vspace {
    0x60000000: cache = frame (RW, pages: 16)
    0x60200000: disk = device frame (RW, pages: 1, paddr: 0x10001000)
    0x60400000: log = shared frame (RW, pages: 4, with: logger, at: 0x80000000)
    0x60600000: tree = kept frame (RW, pages: 256)
  }
}
`;

describe("a plan as text", () => {
  test("is one block a component, in capDL's words", () => {
    expect(printPlan(DESK)).toBe(TEXT);
  });

  test("is read back as it was", () => {
    expect(parsePlan(TEXT)).toEqual(DESK);
  });

  test("is read back as it was, whatever the plan", () => {
    fc.assert(
      fc.property(plans, (plan) => {
        expect(planProblems(plan)).toEqual([]);
        expect(parsePlan(printPlan(plan))).toEqual(plan);
      }),
    );
  });

  test("may have other spaces, comments and line ends", () => {
    const loose = TEXT.replaceAll("\n", "\r\n").replaceAll("(", " ( ").replace("prio 150", "prio -- high\n 150");
    expect(parsePlan(loose)).toEqual(DESK);
    expect(parsePlan(TEXT.replaceAll(/\s+(?=[^"]*$|[^"]*"[^"]*"[^"]*$)/g, " ").replace(/^--.*?file\. /, ""))).toEqual(
      DESK,
    );
  });

  test("has nothing in it that cannot be seen", () => {
    fc.assert(
      fc.property(plans, (plan) => {
        expect(printPlan(plan)).not.toMatch(/(?![ \n])[\p{C}\p{Z}]/u);
      }),
    );
  });

  test("a fact more is a line more, and no other line", () => {
    const [logger, files] = DESK.components as [Plan["components"][0], Plan["components"][0]];
    const second = { ...files.slots[4]!, slot: 12, need: "second", badge: 258 } as (typeof files.slots)[0];
    const slots = [...files.slots.slice(0, 4), second, ...files.slots.slice(4)];
    const text = printPlan({ ...DESK, components: [logger, { ...files, slots }] });
    const added = text.split("\n").filter((line) => !TEXT.split("\n").includes(line));
    expect(added).toEqual(["    12: second = ep logger.log (WP, badge: 0x102)"]);
    expect(text.split("\n")).toHaveLength(TEXT.split("\n").length + 1);
  });
});

/** What is changed in the text, and the error that this is. */
const WRONG: readonly [change: string, from: string, to: string, error: string][] = [
  ["an unknown word", "  prio 150", "  pio 150", '7:3: "prio" belongs here, not "pio": write prio 100'],
  ["a line left out", "  prio 150\n", "", '7:3: "prio" belongs here, not "sc": write prio 100'],
  ["another order", "  sc (budget: 1ms", "  restart never\n  sc (budget: 1ms", '8:3: "sc" belongs here, not "restart"'],
  ["an unknown line", "  offer log: log", "  offers log: log", '10:3: "cnode" belongs here, not "offers"'],
  [
    "a unit that there is not",
    "budget: 1ms",
    "budget: 1min",
    "8:15: 1min is no time: write a whole number and us, ms or s",
  ],
  ["a number with a unit", "prio 150", "prio 150ms", "7:8: 150ms is no number"],
  ["a budget of nothing", "budget: 1ms", "budget: 0us", 'a budget of 0 is none: write "passive"'],
  [
    "a budget above its period",
    "budget: 1ms",
    "budget: 11ms",
    "5:1: logger: a budget of 11000 us in a period of 10000 us",
  ],
  ["rights that there are not", "log (WP,", "log (RWP,", "rights are WP, WGP, RWGP, not RWP"],
  ["an endpoint with fewer rights", "ep (RWGP)", "ep (RW)", '12:12: "RWGP" belongs here, not "RW": write ep (RWGP)'],
  ["a capability that there is not", "1: cnode\n", "1: tcb\n", '26:8: a slot does not hold "tcb": write cnode, ep,'],
  ["a range for one thing", "1: cnode\n", "0..1: cnode\n", 'a range of slots is for "rtreply", "callers", "free"'],
  ["a range backwards", "5..13", "13..5", "13..5: the first slot comes first"],
  ["free slots in the middle", "    14: log", "    14: free\n    15: log", "free slots come last: move this line up"],
  ["slots out of order", "14: log", "4: log", "30:5: files: slot 4 begins before slot 5 ends"],
  ["a slot outside", "16..127: free", "16..128: free", "free slots: its CNode of 7 bits has slots 1 to 127"],
  [
    "a server that there is not",
    "ep logger.log",
    "ep loger.log",
    '30:5: files.log: there is no component "loger", only logger, files',
  ],
  ["an offer that there is not", "ep logger.log", "ep logger.logs", 'files.log: logger offers log, and no "logs"'],
  [
    "a window with a stranger",
    "with: logger",
    "with: files",
    "files.log: shares memory with files, which it does not call",
  ],
  [
    "a window at no page",
    "at: 0x80000000",
    "at: 0x80000001",
    "the window of files.log: some pages, at an address that is",
  ],
  ["no pages", "pages: 16", "pages: 0", "files.cache: some pages, at an address"],
  ["pages on top of pages", "0x60200000", "0x60001000", "36:5: files: files.disk begins before files.cache ends"],
  [
    "a call without a badge",
    "badge: 0x101",
    "badge: 0",
    "files.log: without a badge logger cannot tell whose call it is",
  ],
  ["two components of one name", "component files", "component logger", '19:1: there are two components "logger"'],
  ["a priority too high", "prio 150", "prio 256", "logger: priorities go from 0 to 255, not to 256"],
  ["the supervisor's badge", "badge: 0x101", "badge: 0x1", "files.log: 0x1 is no badge of a client of logger.log"],
  ["a badge of another offer", "badge: 0x101", "badge: 0x201", "0x201 is no badge of a client of logger.log"],
  ["a session's badge", "badge: 0x101", "badge: 0x8000000000000", "is no badge of a client of logger.log"],
  ["the parent's badge of another", "parent (WP, badge: 0x2)", "parent (WP, badge: 0x1)", "a parent's badge is from 1"],
  ["a number too large", "badge: 0x1)", "badge: 0x20000000000001)", "0x20000000000001 is too large"],
  ["a restart after nothing", "first: 10ms", "first: 0us", "files: a restart comes first after more than 0"],
  [
    "an interrupt and no notification",
    "    3: notification (RW)\n    4: parent (WP, badge: 0x2)",
    "",
    "an interrupt signals its",
  ],
  ["an offer and no endpoint", "    2: ep (RWGP)\n", "", 'logger: offers something, so it has an "ep (RWGP)"'],
  ["free slots and no CNode", "    1: cnode\n", "", 'files: has free slots and no "cnode" by which to fill them'],
  [
    "a thing twice",
    "    1: cnode\n",
    "    1: cnode\n    2: cnode\n",
    "27:5: files: has its cnode twice: leave one out",
  ],
  ["a string without an end", 'second"', "second", '21:8: a string ends on its line, by a "'],
  ["an escape that there is not", "\\n", "\\z", "has an escape that there is not"],
  [
    "what cannot be seen",
    "personality desk",
    "personality\u00a0desk",
    'U+00A0 cannot be seen; leave it out, or write "\\u00a0"',
  ],
  ["what turns the writing round", "/motd", "\u202e/motd", "21:9: U+202E cannot be seen"],
  ["a mark that there is not", "prio 150", "prio = 150", '7:8: a priority belongs here, not "="'],
  ["an unknown mark", "restart never", "restart never;", '9:16: ";" has no meaning here'],
  ["an end too early", "  }\n}\n", "", 'belongs here, not "component"'],
  [
    "something behind the end",
    "pages: 256)\n  }\n}",
    "pages: 256)\n  }\n}\n}",
    '41:1: "component" belongs here, not "}"',
  ],
];

/** One that makes processes, behind the text. */
const MAKER = `
component maker {
  program maker
  prio 100
  sc (budget: 1ms, period: 10ms)
  restart never
  cnode (5 bits) {
    4: parent (WP, badge: 0x3)
    5: store = ut (22 bits)
    6: spaces = asid_pool
    7: view = vspace (own, at: 0x60400000)
    8: urgency = tcb (mcp: 80)
    9..12: time = sc (budget: 2ms, period: 10ms)
    13: turn = sc (turns: 5ms)
    14..15: programs = frame (RX, programs: cat, ls)
  }
}
`;

describe("what processes are made of", () => {
  test("is read back as it was", () => {
    const plan = parsePlan(TEXT + MAKER);
    expect(printPlan(plan)).toBe(TEXT + MAKER);
    expect(plan.components[2]?.slots).toEqual([
      { what: "parent", slot: 4, badge: 3 },
      { what: "untyped", slot: 5, need: "store", bits: 22 },
      { what: "spaces", slot: 6, need: "spaces" },
      { what: "ownSpace", slot: 7, need: "view", address: 0x6040_0000 },
      { what: "priorities", slot: 8, need: "urgency", most: 80 },
      { what: "time", slot: 9, count: 4, need: "time", budgetUs: 2000, periodUs: 10_000 },
      { what: "leftover", slot: 13, count: 1, need: "turn", sliceUs: 5000 },
      { what: "programs", slot: 14, need: "programs", programs: ["cat", "ls"] },
    ]);
    expect(programNames(plan)).toEqual(["logger", "ramfs", "maker", "cat", "ls"]);
  });

  test.each([
    ["more programs than slots", "cat, ls", "cat, ls, rm", '"programs" are 3: give them 14..16'],
    ["fewer programs than slots", "cat, ls", "cat", 'give "programs" one slot'],
    ["a range of memory", "5: store", "1..2: store", 'give "store" one slot'],
    ["too much memory", "22 bits", "50 bits", "maker.store: untyped memory has from 12 to 38 bits, not 50"],
    ["threads above their maker", "mcp: 80", "mcp: 100", "maker.urgency: its threads would keep it from watching them"],
    ["a budget above its period", "budget: 2ms", "budget: 20ms", "maker.time: a budget is at least 20 us, and at most"],
    ["turns of nothing", "turns: 5ms", "turns: 1us", "maker.turn: turns take at least 20 us each"],
    ["a view on no page", "at: 0x60400000", "at: 0x60400001", "maker.view: some pages, at an address"],
    ["another's space", "(own, at", "(cat, at", '"own" belongs here, not "cat"'],
    ["rights to write programs", "(RX,", "(RW,", '"RX" belongs here, not "RW"'],
  ])("with %s is refused", (_, from, to, error) => {
    const text = TEXT + MAKER.replace(from, () => to);
    expect(text).not.toBe(TEXT + MAKER);
    expect(() => parsePlan(text)).toThrow(error);
  });
});

/** A second client of the logger, and a second driver, behind the text. */
const SECOND = `
component second {
  program second
  prio 1
  passive
  restart never
  cnode (4 bits) {
    3: notification (RW)
    4: parent (WP, badge: 0x3)
    5: log = ep logger.log (WP, badge: 0x102)
    6: disk = irq 2 (source: 0)
  }
  vspace {
    0x60000000: disk = device frame (RW, pages: 1, paddr: 0x10002000)
    0x60200000: log = shared frame (RW, pages: 4, with: logger, at: 0x80004000)
  }
}
`;

/** What is changed in it so that it collides with what is there. */
const COLLISIONS: readonly [change: string, from: string, to: string, error: string][] = [
  [
    "the badge of another client",
    "0x102",
    "0x101",
    "50:5: second.log: has the badge of files.log, so logger could not",
  ],
  [
    "an interrupt of another",
    "irq 2",
    "irq 1",
    "the same interrupt is of files.disk and second.disk: they exclude each other",
  ],
  ["registers of another", "0x10002000", "0x10001000", "the same registers are of files.disk and second.disk"],
  [
    "a window on top of another's",
    "0x80004000",
    "0x80003000",
    "logger has the window of files.log and the window of second.log",
  ],
  ["a need that is there twice", "6: disk", "6: log", 'second: its need "log" is there twice'],
  ["memory that is there twice", "0x60200000: log", "0x60200000: disk", 'second: its need "disk" is there twice'],
  ["a source that there is not", "source: 0", "source: 48", "second: source 48 is taken, or not from 0 to 47"],
  [
    "an offer that is there twice",
    "never\n",
    "never\n  offer a: a\n  offer a: b\n",
    'second: its offer "a" is there twice',
  ],
];

describe("components that collide", () => {
  test("do not as long as each has its own", () => {
    expect(parsePlan(TEXT + SECOND).components.map(({ name }) => name)).toEqual(["logger", "files", "second"]);
  });

  test.each(COLLISIONS)("by %s are refused", (_, from, to, error) => {
    const text = TEXT + SECOND.replace(from, () => to);
    expect(text).not.toBe(TEXT + SECOND);
    expect(() => parsePlan(text)).toThrow(error);
  });
});

describe("a text that is no plan", () => {
  test.each(WRONG)("%s is refused with its place and a cure", (_, from, to, error) => {
    const text = TEXT.replace(from, () => to);
    expect(text).not.toBe(TEXT);
    expect(() => parsePlan(text, "authority.txt")).toThrow(PlanTextError);
    expect(() => parsePlan(text, "authority.txt")).toThrow(error);
    expect(() => parsePlan(text, "authority.txt")).toThrow(/^authority\.txt:\d+:\d+: /);
  });

  test("is refused wherever it is cut off", () => {
    for (let length = 0; length < TEXT.length - 2; length++) {
      const cut = TEXT.slice(0, length);
      if (/\n}\n*$/.test(cut) || /\npersonality desk?\n*$/.test(cut) || /personality [a-z]+$/.test(cut)) continue;
      expect(() => parsePlan(cut), `cut at ${length}`).toThrow(PlanTextError);
    }
  });

  test("is refused whatever character is in it by mistake, or read as the same plan", () => {
    const mistake = fc.record({
      at: fc.nat({ max: TEXT.length - 1 }),
      by: fc.string({ unit: "binary", maxLength: 2 }),
    });
    fc.assert(
      fc.property(mistake, ({ at, by }) => {
        const text = TEXT.slice(0, at) + by + TEXT.slice(at + 1);
        let plan: Plan;
        try {
          plan = parsePlan(text);
        } catch (error) {
          expect(error).toBeInstanceOf(PlanTextError);
          return;
        }
        expect(parsePlan(printPlan(plan))).toEqual(plan);
      }),
      { numRuns: 500 },
    );
  });
});
