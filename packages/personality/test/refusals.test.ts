/** What is no composition: each rule broken once, and the whole sentence that says so. */
import {
  calls,
  component,
  define,
  device,
  leftover,
  memory,
  type Need,
  op,
  priorities,
  programs,
  text,
  time,
  u32,
  untyped,
} from "@tessera/servers";
import { describe, expect, test } from "vitest";
import { CompositionRefused, Personality, type Placing } from "../src/index.js";
import { browser, desk, editor, Log, logger, network, ramfs, uart } from "./desk.js";

function* nothing() {}

/** The reasons for which `make` is refused. */
function reasons(make: () => unknown): readonly string[] {
  try {
    make();
  } catch (error) {
    if (error instanceof CompositionRefused) return error.reasons;
    throw error;
  }
  return [];
}

const at = (priority: number, more: Partial<Placing> = {}): Placing => ({ priority, budget: "1ms/20ms", ...more });

describe("a need that nobody offers", () => {
  test("is refused, with what resembles it", () => {
    const Logs = define("logs", { write: op({ line: text(200) }, {}) });
    const personality = new Personality("desk").add(
      component("keeper", { offers: { logs: Logs }, main: nothing }),
      at(150),
    );
    expect(reasons(() => personality.add(ramfs, at(100)).plan())).toEqual([
      'ramfs.log needs "log", which nobody offers: add a component that does; did you mean "logs"?',
    ]);
  });

  test("is refused, with all that there is when nothing resembles it", () => {
    const personality = new Personality("desk").add(network, at(150)).add(logger, at(200)).add(editor, at(100));
    expect(reasons(() => personality.plan())).toEqual([
      'editor.files needs "files", which nobody offers: add a component that does; there is log, sockets',
      'editor.console needs "console", which nobody offers: add a component that does; there is log, sockets',
    ]);
  });

  test("is refused when another interface of that name is offered", () => {
    const Other = define("log", { write: op({ level: u32 }, {}) });
    const other = component("other", { offers: { log: Other }, main: nothing });
    expect(reasons(() => new Personality("desk").add(other, at(150)).add(ramfs, at(100)).plan())).toEqual([
      'ramfs.log needs "log", and other.log offers another interface of that name: import the same one in both',
    ]);
  });

  test("is what inversify found too", () => {
    expect(() => new Personality("desk").add(ramfs, at(100)).plan()).toThrow(
      expect.objectContaining({ cause: expect.objectContaining({ message: expect.stringContaining("No bindings") }) }),
    );
  });
});

describe("two offers", () => {
  const two = () =>
    new Personality("desk")
      .add(logger, at(150))
      .add(logger, at(151, { name: "audit" }))
      .add(ramfs, at(100));

  test("without a choice are refused", () => {
    expect(reasons(() => two().plan())).toEqual([
      'ramfs.log needs "log", which audit.log and logger.log offer: choose one of them, such as choose: { log: "audit.log" }',
    ]);
    expect(() => two().plan()).toThrow(
      expect.objectContaining({ cause: expect.objectContaining({ message: expect.stringContaining("Ambiguous") }) }),
    );
  });

  test.each(["audit", "audit.log"])("with the choice %s are none", (choice) => {
    const personality = two().add(ramfs, at(100, { name: "second", choose: { log: choice } }));
    expect(reasons(() => personality.plan())).toHaveLength(1);
    const chosen = new Personality("desk").add(logger, at(150)).add(logger, at(151, { name: "audit" }));
    const plan = chosen.add(ramfs, at(100, { choose: { log: choice } })).plan();
    expect(plan.components.find(({ name }) => name === "ramfs")?.slots).toContainEqual(
      expect.objectContaining({ need: "log", server: "audit" }),
    );
  });

  test("of one component are refused until one is chosen by its name", () => {
    const both = component("both", { offers: { user: Log, kernel: Log }, main: nothing });
    const personality = (choice: string) =>
      new Personality("desk").add(both, at(150)).add(ramfs, at(100, { choose: { log: choice } }));
    expect(reasons(() => personality("both").plan())).toEqual([
      'ramfs.log needs "log", which both.user and both.kernel offer: choose one of them, such as choose: { log: "both.user" }',
    ]);
    const [slot] = personality("both.kernel").plan().components[1]?.slots.slice(-1) ?? [];
    expect(slot).toMatchObject({ what: "calls", offer: "kernel", badge: 0x201 });
  });
});

describe("a choice", () => {
  const choosing = (choose: Record<string, string>) => () =>
    new Personality("desk").add(uart, at(150)).add(logger, at(150)).add(ramfs, at(100, { choose })).plan();

  test.each([
    [{ log: "loger" }, 'ramfs.log chooses "loger", and there is no component "loger": did you mean "logger"?'],
    [
      { log: "uart" },
      'ramfs.log chooses "uart", which does not offer "log": uart offers console ("console"); choose logger.log',
    ],
    [
      { log: "logger.lgo" },
      'ramfs.log chooses "logger.lgo", which does not offer "lgo" of interface "log": logger offers log ("log"); choose logger.log',
    ],
    [{ lgo: "logger" }, 'ramfs: choose: it has no need "lgo" of a server: did you mean "log"?'],
    [{ blocks: "logger" }, 'ramfs: choose: it has no need "blocks" of a server: there is log'],
  ])("that leads nowhere is refused: %o", (choose, reason) => {
    expect(reasons(choosing(choose as Record<string, string>))).toEqual([reason]);
  });
});

describe("a cycle of blocking calls", () => {
  const A = define("a", { ask: op({}, {}) });
  const B = define("b", { ask: op({}, {}) });
  const first = component("first", { needs: { b: calls(B), log: calls(Log) }, offers: { a: A }, main: nothing });
  const second = component("second", { needs: { a: calls(A) }, offers: { b: B }, main: nothing });

  test("is refused and printed", () => {
    const user = component("another", { needs: { a: calls(A) }, main: nothing });
    const personality = new Personality("desk")
      .add(first, at(100))
      .add(second, at(100))
      .add(logger, at(150))
      .add(user, at(50));
    expect(reasons(() => personality.plan())[0]).toBe(
      "a cycle of blocking calls: first calls second (b), second calls first (a). Each could wait for the next for ever: " +
        "break it by a signal in one direction, or by moving what both need into a component of its own",
    );
    expect(() => personality.plan()).toThrow(
      expect.objectContaining({ cause: expect.objectContaining({ message: expect.stringContaining("Circular") }) }),
    );
  });

  test("is refused when a component would call itself", () => {
    const narcissus = component("narcissus", { needs: { a: calls(A) }, offers: { own: A }, main: nothing });
    expect(reasons(() => new Personality("desk").add(narcissus, at(100)).plan())[0]).toMatch(
      /^a cycle of blocking calls: narcissus calls narcissus \(a\)\./,
    );
  });
});

describe("priorities against the direction of calls", () => {
  test.each([100, 150])("are refused: a client at %i calls a server at 100", (priority) => {
    const personality = new Personality("desk").add(logger, at(100)).add(ramfs, at(priority));
    expect(reasons(() => personality.plan())).toEqual([
      `priorities against the direction of calls: ramfs (prio ${priority}) calls logger (prio 100) by its need "log", and ` +
        `whoever is between them would keep both waiting: give logger more than ${priority}, or ramfs less than 100, ` +
        'or have logger say trusts: ["ramfs"]',
    ]);
  });

  test("are allowed to whom the server trusts", () => {
    const personality = new Personality("desk").add(logger, at(100, { trusts: ["ramfs"] })).add(ramfs, at(150));
    expect(personality.plan().components).toHaveLength(2);
  });
});

describe("a passive server", () => {
  const passive = component("gate", { offers: { log: Log }, passive: true, main: nothing });

  test("with a client that it does not trust is refused", () => {
    const personality = new Personality("desk").add(passive, { priority: 150 }).add(ramfs, at(100));
    expect(reasons(() => personality.plan())).toEqual([
      'ramfs calls gate by its need "log", and gate is passive and does not trust it: when ramfs\'s time ends in the ' +
        'middle of a call, all others wait. Let gate say trusts: ["ramfs"], or give it time of its own (no "passive", ' +
        "and a budget)",
    ]);
  });

  test("runs on the time of those that it trusts, and has none", () => {
    const trusting = new Personality("desk").add(passive, { priority: 150, trusts: ["ramfs"] }).add(ramfs, at(100));
    expect(trusting.plan().components[0]).toMatchObject({ name: "gate", budgetUs: 0, periodUs: 0 });
  });

  test("with a budget is refused", () => {
    expect(reasons(() => new Personality("desk").add(passive, at(150)))).toEqual([
      'gate: it is passive and runs on its callers\' time: leave out the budget "1ms/20ms"',
    ]);
  });
});

test("trust in a stranger, in somebody who does not call, and in somebody who needs none is refused", () => {
  const personality = new Personality("desk")
    .add(logger, at(150, { trusts: ["ramsf", "uart", "ramfs"] }))
    .add(uart, at(200))
    .add(ramfs, at(100));
  expect(reasons(() => personality.plan())).toEqual([
    'logger trusts "ramsf", and did you mean "ramfs"?',
    'logger trusts "uart", which does not call it: leave it out',
    'logger trusts "ramfs" and has no need to: it is active and above it; leave it out',
  ]);
});

describe("two drivers", () => {
  test("of one device are refused", () => {
    const personality = new Personality("desk").add(uart, at(200)).add(uart, at(200, { name: "second" }));
    expect(reasons(() => personality.plan())).toEqual([
      "two drivers of one device: second.registers and uart.registers both need the registers at 0x10000000 and " +
        "interrupt 10. Let one of them drive it and offer it to the other",
    ]);
  });

  test("of pages that overlap, or of an interrupt alone, are refused", () => {
    const wide = component("wide", { needs: { all: device({ address: 0x0fff_f000, pages: 3 }) }, main: nothing });
    const irq = component("irq", { needs: { line: device({ address: 0x2000_0000, interrupt: 10 }) }, main: nothing });
    const personality = new Personality("desk").add(uart, at(200)).add(wide, at(200)).add(irq, at(200));
    expect(reasons(() => personality.plan()).map((reason) => reason.split(". ")[0])).toEqual([
      "two drivers of one device: irq.line and uart.registers both need interrupt 10",
      "two drivers of one device: uart.registers and wide.all both need the registers at 0x10000000",
    ]);
  });

  test("of devices side by side are allowed", () => {
    const beside = component("beside", { needs: { next: device({ address: 0x1000_1000 }) }, main: nothing });
    expect(new Personality("desk").add(uart, at(200)).add(beside, at(200)).plan().components).toHaveLength(2);
  });
});

describe("more time than there is", () => {
  const share = (budget: string, other: string) => () =>
    new Personality("desk")
      .add(logger, { priority: 150, budget })
      .add(logger, { name: "audit", priority: 150, budget: other })
      .plan();

  test("is refused, with everybody's share", () => {
    expect(reasons(share("3ms/10ms", "701us/1ms"))).toEqual([
      "more time than there is: audit 70.1 % (701us/1ms) and logger 30 % (3ms/10ms) are 100.1 % of the CPU. " +
        "Lower a budget or lengthen a period",
    ]);
  });

  test("is not exactly all of it", () => {
    expect(reasons(share("3ms/10ms", "7ms/10ms"))).toEqual([]);
    expect(reasons(share("1s/3s", "2ms/3ms"))).toEqual([]);
    expect(reasons(share("1s/3s", "666667us/1s"))).toHaveLength(1);
  });
});

describe("more memory than there is", () => {
  const hungry = component("hungry", { needs: { heap: memory(512), more: memory(512) }, main: nothing });

  test("is refused, with who needs the most", () => {
    const personality = new Personality("desk", { ramBytes: 4 * 2 ** 20 }).add(hungry, at(100)).add(logger, at(150));
    expect(reasons(() => personality.plan())).toEqual([
      "more memory than there is: its objects take 4162 KiB at least, the machine has 4096 KiB; the most is hungry's, " +
        "1024 pages by its needs. Ask for less, or set ramBytes",
    ]);
    expect(new Personality("desk", { ramBytes: 6 * 2 ** 20 }).add(hungry, at(100)).plan().components).toHaveLength(1);
  });

  test("is refused for what a component is told: it has one page for it", () => {
    const talkative = new Personality("desk").add(logger, at(150, { args: "x".repeat(4100) }));
    expect(reasons(() => talkative.plan())).toEqual([
      "logger: an environment of 0 clients and 4100 bytes of arguments is 4172 bytes, a page has 4096: give it shorter " +
        "arguments, or put another server beside it",
    ]);
  });
});

describe("who makes processes", () => {
  const program = component("cat", { main: nothing });
  const maker = (needs: Record<string, Need>) =>
    component("maker", { needs: needs as Readonly<Record<never, never>>, main: nothing });
  const withMaker = (needs: Record<string, Need>, priority = 50) =>
    new Personality("desk").add(logger, { priority: 100, budget: "2ms/10ms" }).add(maker(needs), at(priority));

  test("has its threads' time counted", () => {
    expect(reasons(() => withMaker({ time: time(3, "3ms/10ms") }).plan())).toEqual([
      "more time than there is: maker.time 90 % (3 x 3ms/10ms), logger 20 % (2ms/10ms) and maker 5 % (1ms/20ms) are " +
        "115 % of the CPU. Lower a budget or lengthen a period",
    ]);
    expect(reasons(() => withMaker({ time: time(3, "2500us/10ms") }).plan())).toEqual([]);
  });

  test("gives threads less than its own priority", () => {
    expect(reasons(() => withMaker({ urgency: priorities(50) }).plan())).toEqual([
      "maker.urgency lets threads run at up to 50, and maker at 50 could not stop them: give maker more than 50, or its " +
        "threads less",
    ]);
    expect(reasons(() => withMaker({ urgency: priorities(49) }).plan())).toEqual([]);
  });

  test("has turns only below all that have a budget", () => {
    const needs = { turns: leftover(4, "5ms"), urgency: priorities(100) };
    expect(reasons(() => withMaker(needs, 150).plan())).toEqual([
      "maker.turns is time that nobody has counted, and its threads at up to 100 could take all of logger's (prio 100): " +
        "let them have less than 100",
    ]);
    expect(reasons(() => withMaker({ ...needs, urgency: priorities(99) }, 150).plan())).toEqual([]);
    expect(reasons(() => withMaker({ turns: leftover(4, "5ms") }, 150).plan())).toEqual([]);
  });

  test("has turns only below the threads of others that have a budget", () => {
    const other = component("other", { needs: { time: time(1, "1ms/10ms"), urgency: priorities(20) }, main: nothing });
    const mixed = (most: number) =>
      withMaker({ turns: leftover(4, "5ms"), urgency: priorities(most) }).add(other, at(60));
    expect(reasons(() => mixed(20).plan())).toEqual([
      "maker.turns is time that nobody has counted, and its threads at up to 20 could take all of other.time (prio 20 at " +
        "most): let them have less",
    ]);
    expect(reasons(() => mixed(19).plan())).toEqual([]);
  });

  test("has its memory counted", () => {
    const personality = new Personality("desk", { ramBytes: 2 ** 22 }).add(maker({ store: untyped(22) }), at(1));
    expect(reasons(() => personality.plan())).toEqual([
      expect.stringContaining("the most is maker's, 1024 pages by its needs"),
    ]);
  });

  test("has programs that nobody else means otherwise", () => {
    const own = component("cat", { main: nothing });
    const personality = new Personality("desk").add(own, at(1)).add(maker({ programs: programs([own]) }), at(1));
    expect(personality.components()).toEqual([own, expect.objectContaining({ name: "maker" })]);
    expect(reasons(() => personality.add(maker({ programs: programs([program]) }), at(1, { name: "two" })))).toEqual([
      'two and maker are two different programs "maker": rename one where it is defined',
      'two.cat and cat are two different programs "cat": rename one where it is defined',
    ]);
    const root = component("root", { main: nothing });
    expect(reasons(() => new Personality("desk").add(maker({ programs: programs([root]) }), at(1)))).toEqual([
      'maker.root: a program cannot be called "root", as the root task is: rename it where it is defined',
    ]);
  });

  test.each<[string, () => unknown, string]>([
    ["half a page", () => untyped(11), "untyped(), log2 of its bytes: a whole number from 12 to 38, not 11"],
    ["the supervisor's priority", () => priorities(254), "priorities(): a whole number from 0 to 253, not 254"],
    ["time for nobody", () => time(0, "1ms/10ms"), "time(), how often: a whole number from 1 to 256, not 0"],
    ["a budget of none", () => time(1, "1ms"), 'time(): "1ms" is no budget'],
    ["turns of none", () => leftover(1, "5"), 'leftover(): a slice is a time such as "5ms", not "5"'],
    ["no programs", () => programs([]), "programs(), their number: a whole number from 1 to 256, not 0"],
    ["two programs of a name", () => programs([program, program]), 'programs(): there are two programs "cat"'],
  ])("cannot declare %s", (_, declare, error) => {
    expect(declare).toThrow(RangeError);
    expect(declare).toThrow(error);
  });
});

describe("a component is refused where it is added", () => {
  test.each<[string, Placing, string]>([
    ["without a budget", { priority: 1 }, 'logger: without a budget it never runs: add one such as budget: "2ms/10ms"'],
    ["of a budget that is none", at(1, { budget: "2/10" }), 'logger: "2/10" is no budget: write what it may use'],
    ["of a budget in parts", at(1, { budget: "1ms/2ms/3ms" }), 'logger: "1ms/2ms/3ms" is no budget'],
    ["of half a microsecond", at(1, { budget: "0.5us/10ms" }), 'logger: "0.5us/10ms" is no budget'],
    ["of a budget above its period", at(1, { budget: "10ms/2ms" }), 'logger: "10ms/2ms" is more than all'],
    ["of a budget of nothing", at(1, { budget: "0ms/2ms" }), 'logger: "0ms/2ms" is too little: the kernel gives no'],
    ["of a priority above all", at(254), "logger: a priority is a whole number from 0 to 253, not 254"],
    ["of half a priority", at(1.5), "logger: a priority is a whole number from 0 to 253, not 1.5"],
    ["of a name that is none", at(1, { name: "2nd" }), "2nd: a component is called by a word such as ramfs2"],
    ["of a restart at once", at(1, { restart: { first: "0ms", most: "1s" } }), 'logger: restart: { first: "10ms",'],
    [
      "of a watch that is no time",
      at(1, { restart: { first: "1s", most: "1s", watch: "soon" } }),
      'logger: restart: { watch: "1s" } is a time, not "soon"',
    ],
    ["of a restart backwards", at(1, { restart: { first: "2s", most: "1s" } }), 'logger: restart: { first: "10ms",'],
    [
      "of an option that there is not",
      { ...at(1), prioriti: 2 } as Placing,
      'logger: there is no option "prioriti": did you mean "priority"?',
    ],
  ])("because %s", (_, placing, reason) => {
    expect(reasons(() => new Personality("desk").add(logger, placing))).toEqual([expect.stringContaining(reason)]);
  });

  test("because its name is taken", () => {
    expect(reasons(() => new Personality("desk").add(logger, at(1)).add(logger, at(2)))).toEqual([
      'there are two components "logger": give one of them another name: "logger2"',
    ]);
  });

  test("because it is another program of the same name", () => {
    const other = component("logger", { offers: { log: Log }, main: nothing });
    expect(reasons(() => new Personality("desk").add(logger, at(1)).add(other, at(2, { name: "audit" })))).toEqual([
      'audit and logger are two different programs "logger": rename one where it is defined',
    ]);
  });

  test("because it is called as the root task is", () => {
    const root = component("root", { *main() {} });
    expect(reasons(() => new Personality("desk").add(root, at(1, { name: "mine" })))).toEqual([
      'mine: a program cannot be called "root", as the root task is: rename it where it is defined',
    ]);
  });

  test("and a personality because of its name", () => {
    expect(reasons(() => new Personality("my desk"))).toEqual(["a personality is called by a word such as desk"]);
  });
});

describe("what TypeScript refuses has a sentence, too", () => {
  const untyped = (placing: unknown) => () => new Personality("desk").add(logger, placing as Placing);

  test.each([
    [
      untyped(undefined),
      'logger: say how urgent it is and on whose time it runs: add(logger, { priority: 100, budget: "2ms/10ms" })',
    ],
    [untyped({ priority: 1, budget: 5 }), 'logger: 5 is no budget: write a text such as "2ms/10ms"'],
    [
      untyped({ priority: 1, budget: "2ms/10ms", restart: "10ms" }),
      'logger: restart: { first: "10ms", most: "1s" } are two times above 0, not "10ms"',
    ],
    [
      () => new Personality("desk").add(Log as never, at(1)),
      "what is added is no component: write add(component(…), { … })",
    ],
  ])("%#", (make, sentence) => {
    expect(reasons(make)).toEqual([sentence]);
  });
});

test("all reasons come at once, in one error that lists them", () => {
  const personality = new Personality("desk").add(editor, at(100)).add(browser, at(100));
  expect(() => personality.plan()).toThrow(
    [
      "desk cannot be composed:",
      '  - browser.sockets needs "sockets", which nobody offers: add a component that does; there are no offers at all',
      '  - browser.log needs "log", which nobody offers: add a component that does; there are no offers at all',
    ].join("\n"),
  );
});

test("a server has at most 255 clients", () => {
  const many = {
    needs: Object.fromEntries(Array.from({ length: 64 }, (_, i) => [`log${i}`, calls(Log)])),
    main: nothing,
  };
  const personality = new Personality("desk").add(logger, at(150));
  for (let i = 0; i < 4; i++) personality.add(component(`many${i}`, many), at(100));
  expect(reasons(() => personality.plan())).toEqual([
    "logger has 256 clients, and can tell 255 apart: put another one beside it",
  ]);
});

test("the desk is refused for nothing", () => {
  expect(reasons(() => desk().plan())).toEqual([]);
});
