/** The console on the machine's serial port: writers, a reader, and what is typed. */
import { cspace_alloc_slot, cspace_copy, cspace_mint } from "@tessera/cspace-lib";
import { compute, copyOut, type Thread } from "@tessera/hal-sim/isa";
import {
  seL4_AllRights,
  seL4_CapInitThreadVSpace,
  type seL4_CPtr,
  seL4_RISCV_ExecuteNever,
  throwOnError,
} from "@tessera/libsel4";
import { type BootedWorld, expectNoLeaks, type WorldHost } from "@tessera/testing";
import { map_frame } from "@tessera/ut-alloc";
import { describe, expect, it } from "vitest";
import {
  belongingsOf,
  type Client,
  ConsoleInput,
  ConsoleOutput,
  calls,
  client,
  component,
  consoleServer,
  must,
  mustPrint,
  NO_ECHO,
  type Self,
  WRITE_BYTES,
} from "../../src/index.js";
import { bootRigged, bury, letRun, type Rig, type rigged } from "../common/rig.js";
import { expectInReadme } from "../common/transcript.js";

type Out = Client<typeof ConsoleOutput>;
type In = Client<typeof ConsoleInput>;

const writer = (main: (out: Out) => Thread) =>
  component("writer", {
    needs: { out: calls(ConsoleOutput) },
    *main({ out }) {
      yield* main(out);
    },
  });

const user = (main: (out: Out, input: In, self: Self) => Thread) =>
  component("user", {
    needs: { out: calls(ConsoleOutput), input: calls(ConsoleInput) },
    signals: true,
    *main({ out, input, self }) {
      yield* main(out, input, self);
      yield* self.serve();
    },
  });

const OUTPUT = 1;
const INPUT = 2;

/** The console and its clients, of the same priority; nothing has run. */
function onConsole(
  clients: readonly ReturnType<typeof writer>[],
  options: Parameters<typeof rigged>[2] = {},
  args = "",
): BootedWorld<void> {
  return bootRigged(
    { console: consoleServer, ...Object.fromEntries(clients.map((client, n) => [`client${n}`, client])) },
    function* (_, start) {
      const edges = [...clients.keys()].flatMap((n) => [
        { badge: 0x101 + n, offer: OUTPUT },
        { badge: 0x201 + n, offer: INPUT },
      ]);
      const { ep } = yield* start("console", { priority: 200, args, clients: edges });
      for (const [n, { needs }] of clients.entries()) {
        const out = { ep, badge: 0x101 + n };
        const input = { ep, badge: 0x201 + n };
        yield* start(`client${n}`, { priority: 100, needs: "input" in needs ? { out, input } : { out } });
      }
    },
    options,
  );
}

describe("writing", () => {
  it("what several write comes out whole, line by line, and in the order of each of them", () => {
    const lines = 20;
    const writes = (name: string, length: number) =>
      writer(function* (out) {
        for (let i = 0; i < lines; i++)
          yield* mustPrint(out, `${name}${String(i).padStart(3)} ${"=".repeat(length)}\n`);
      });
    const world = onConsole([writes("a", 10), writes("b", 200), writes("c", 480)]).finish({ events: 1_000_000 });
    const seen = world.output.trimEnd().split("\n");
    expect(seen).toHaveLength(3 * lines);
    for (const [name, length] of [
      ["a", 10],
      ["b", 200],
      ["c", 480],
    ] as const) {
      const mine = seen.filter((line) => line.startsWith(name));
      expect(mine).toEqual(
        Array.from({ length: lines }, (_, i) => `${name}${String(i).padStart(3)} ${"=".repeat(length)}`),
      );
    }
  });

  it("a text of any length goes out in pieces that end where lines end", () => {
    const text = `${Array.from({ length: 40 }, (_, i) => `line ${i} ${"ż".repeat(i)}`).join("\n")}\n`;
    const other = `${"-".repeat(WRITE_BYTES - 1)}\n`;
    const world = onConsole([
      writer((out) => mustPrint(out, text)),
      writer(function* (out) {
        for (let i = 0; i < 10; i++) yield* mustPrint(out, other);
      }),
    ]).finish({ events: 1_000_000 });
    const lines = world.output.split("\n");
    expect(lines.filter((line) => !line.startsWith("-")).join("\n")).toBe(text);
    expect(lines.filter((line) => line.startsWith("-"))).toHaveLength(10);
  });

  it("a line longer than a message is cut between characters", () => {
    const text = `${"亀".repeat(1000)}\n`;
    const world = onConsole([writer((out) => mustPrint(out, text))]).finish({ events: 1_000_000 });
    expect(world.output).toBe(text);
  });

  it("flush answers when all is out that was written before", () => {
    let flushed = false;
    const world: BootedWorld<void> = onConsole([
      writer(function* (out) {
        yield* mustPrint(out, "x".repeat(3000));
        must(yield* out.flush());
        flushed = true;
      }),
    ]);
    world.runUntil(() => flushed);
    expect(world.output).toHaveLength(3000);
  });

  it("no time is spent while there is nothing to do: the machine is idle between characters", () => {
    const world = onConsole([writer((out) => mustPrint(out, "done\n"))]);
    world.runUntil(() => world.output === "done\n");
    world.machine.run({ ticks: world.machine.clock.cycles + 10_000_000 });
    const { events } = world.machine;
    world.machine.run({ ticks: 100_000_000 });
    expect(world.machine.events).toBe(events);
  });
});

/** A reader that says what it read, in line mode. */
const reads = (seen: unknown[], times: number) =>
  user(function* (_, input) {
    for (let i = 0; i < times; i++) {
      const answer = yield* input.readLine();
      seen.push(answer.error ?? answer.line);
    }
  });

describe("reading lines", () => {
  it("echoes, edits, and answers with whole lines, those that were typed before included", () => {
    const seen: unknown[] = [];
    const world = onConsole([reads(seen, 4)]);
    world.input("before anybody reads\r");
    world.runUntil(() => seen.length === 1);
    world.input("hellp\x7fo, ż");
    world.input("ółw\r\nand more\n");
    world.runUntil(() => seen.length === 3);
    world.input("\x04");
    world.finish();
    expect(seen).toEqual(["before anybody reads", "hello, żółw", "and more", "EndOfInput"]);
    expect(world.output).toBe("before anybody reads\nhellp\b \bo, żółw\nand more\n");
  });

  it("shows nothing of what is typed where it is told so, and edits all the same", () => {
    const seen: unknown[] = [];
    const world = onConsole([reads(seen, 2)], {}, NO_ECHO);
    world.input("hellp\x7fo\rx\x15and more\n");
    world.finish();
    expect([seen, world.output]).toEqual([["hello", "and more"], ""]);
  });

  it("what is no UTF-8 is replaced, and the line arrives", () => {
    const seen: unknown[] = [];
    const world = onConsole([reads(seen, 1)]);
    world.input(Uint8Array.of(0x61, 0xff, 0xc5, 0x62, 0x0a));
    world.finish();
    expect(seen).toEqual(["a\ufffd\ufffdb"]);
  });

  it("a second reader is refused (InUse) while one waits, and served when it does not", () => {
    const seen: unknown[] = [];
    const world = onConsole([reads(seen, 1), reads(seen, 1)]);
    world.runUntil(() => seen.length === 1);
    expect(seen).toEqual(["InUse"]);
    world.input("line\n");
    world.finish();
    expect(seen).toEqual(["InUse", "line"]);
  });

  it("much more than fits is typed at once: none of it is lost, and the reader gets all", () => {
    const seen: unknown[] = [];
    const lines = Array.from({ length: 60 }, (_, i) => `line ${i} ${"x".repeat(2 * i)}`);
    const world = onConsole([reads(seen, 60)]);
    world.input(`${lines.join("\n")}\n`);
    world.finish({ events: 2_000_000 });
    expect(seen).toEqual(lines);
    expect(world.output).toBe(`${lines.join("\n")}\n`);
  });

  it("what nobody reads stays in the device when the buffer is full, and comes when it is read", () => {
    const seen: string[] = [];
    const lines = Array.from({ length: 60 }, (_, i) => `${i} ${"y".repeat(50)}`);
    let shown = 0;
    const late = user(function* (_, input) {
      yield* compute(100_000_000);
      shown = world.output.length;
      for (let i = 0; i < 60; i++) seen.push(must(yield* input.readLine()).line);
    });
    const world: BootedWorld<void> = onConsole([late]);
    world.input(`${lines.join("\n")}\n`);
    world.finish({ events: 1_000_000 });
    expect(seen).toEqual(lines);
    expect(shown).toBeGreaterThan(900);
    expect(shown).toBeLessThan(1100);
  });
});

describe("ctrl-C", () => {
  it("is an outcome for who reads a line, and forgets what was typed", () => {
    const seen: unknown[] = [];
    const world = onConsole([reads(seen, 3)]);
    world.runUntil(() => world.machine.events > 0);
    world.input("rm -rf\x03");
    world.runUntil(() => seen.length === 1);
    world.input("ls\n");
    world.finish();
    expect(seen).toEqual(["Interrupted", "ls"]);
    expect(world.output).toBe("rm -rf^C\nls\n");
  });

  it("rings the signal of who has asked last, whoever reads", () => {
    const rung: string[] = [];
    const watches = (name: string, us: number) =>
      user(function* (_, input, self) {
        yield* compute(us * 1000);
        const signal = yield* self.signal(() => {
          rung.push(name);
        });
        must(yield* input.onInterrupt({ signal }));
        rung.push(`${name} watches`);
      });
    const world = onConsole([watches("a", 0), watches("b", 1000)]);
    world.runUntil(() => rung.length === 1);
    world.input("\x03");
    world.runUntil(() => rung.length === 3);
    world.input("\x03");
    world.finish();
    expect(rung).toEqual(["a watches", "a", "b watches", "b"]);
  });

  it("an endpoint at which nobody listens, passed for a signal, does not keep the console", () => {
    const seen: unknown[] = [];
    const bad = user(function* (_, input) {
      must(yield* input.onInterrupt({ signal: 2 as seL4_CPtr<"Notification"> }));
      const answer = yield* input.readLine();
      seen.push(answer.error);
    });
    const world = onConsole([bad]);
    world.input("\x03");
    world.finish();
    expect(seen).toEqual(["Interrupted"]);
    expect(world.output).toBe("^C\n");
  });
});

describe("raw mode", () => {
  it("hands every byte to who reads, as it comes, and echoes none", () => {
    const seen: number[] = [];
    let isRaw = false;
    const editor = user(function* (_, input) {
      must(yield* input.mode({ mode: "raw" }));
      isRaw = true;
      while (seen.length < 6) seen.push(...must(yield* input.read()).bytes);
      expect((yield* input.readLine()).error).toBe("Raw");
      must(yield* input.mode({ mode: "line" }));
      expect((yield* input.read()).error).toBe("NotRaw");
    });
    const world = onConsole([editor]);
    world.runUntil(() => isRaw);
    for (const key of ["a", "\x03", "\x1b[A"]) world.input(key);
    world.input("\r");
    world.finish();
    expect(seen).toEqual([0x61, 0x03, 0x1b, 0x5b, 0x41, 0x0d]);
    expect(world.output).toBe("");
  });

  it("who waits for signals is told that there is something to be read, and takes it without waiting until nothing is left", () => {
    const seen: string[] = [];
    let isReady = false;
    const editor = user(function* (_, input, self) {
      const signal = yield* self.signal(function* () {
        for (let { bytes } = must(yield* input.take()); bytes.length > 0; { bytes } = must(yield* input.take())) {
          seen.push(new TextDecoder().decode(bytes));
        }
      });
      must(yield* input.mode({ mode: "raw" }));
      must(yield* input.onReadable({ signal }));
      expect(must(yield* input.take()).bytes).toHaveLength(0);
      isReady = true;
    });
    const world = onConsole([editor]);
    world.runUntil(() => isReady);
    for (const text of ["a", "bc", "d".repeat(300)]) {
      world.input(text);
      world.machine.run({ events: 20_000 });
    }
    world.finish();
    expect(seen.join("")).toBe(`abc${"d".repeat(300)}`);
  });

  it("what was typed before anybody asked to be told is told at once, and lines are, too", () => {
    const seen: string[] = [];
    let times = 0;
    const reader = user(function* (_, input, self) {
      yield* compute(2_000_000);
      const signal = yield* self.signal(function* () {
        times += 1;
        seen.push(must(yield* input.readLine()).line);
      });
      must(yield* input.onReadable({ signal }));
    });
    const world = onConsole([reader]);
    world.input("one\n");
    world.machine.run({ events: 20_000 });
    world.input("two\n");
    world.finish();
    expect([seen, times]).toEqual([["one", "two"], 2]);
  });

  it("who waits for a line when the mode changes is told (Raw), and who waits for bytes (NotRaw)", () => {
    const seen: unknown[] = [];
    const waits = user(function* (_, input) {
      seen.push((yield* input.readLine()).error);
      seen.push((yield* input.read()).error);
    });
    const changes = user(function* (_, input) {
      yield* compute(1_000_000);
      must(yield* input.mode({ mode: "raw" }));
      yield* compute(1_000_000);
      must(yield* input.mode({ mode: "line" }));
    });
    onConsole([waits, changes]).finish();
    expect(seen).toEqual(["Raw", "NotRaw"]);
  });
});

/** The console, and one client that is killed while it waits, several times. */
function killed(victim: ReturnType<typeof writer>, after: (rig: Rig, ep: seL4_CPtr<"Endpoint">) => Thread) {
  return bootRigged({ console: consoleServer, victim }, function* (rig, start) {
    const clients = [
      { badge: 0x101, offer: OUTPUT },
      { badge: 0x201, offer: INPUT },
    ];
    const { ep } = yield* start("console", { priority: 254, clients });
    let before = rig.host.kernel.snapshot();
    for (let i = 0; i < 3; i++) {
      if (i === 1) before = rig.host.kernel.snapshot();
      const needs = { out: { ep, badge: 0x101 }, input: { ep, badge: 0x201 } };
      const dead = yield* start("victim", { priority: 253, needs });
      yield* letRun();
      yield* bury(
        rig,
        dead,
        clients.map(({ badge }) => ({ ep, badge })),
      );
    }
    expectNoLeaks(rig.host.kernel, before, { allow: ["untyped"] });
    yield* after(rig, ep);
  });
}

describe("bad clients", () => {
  it("who dies while it reads leaves the keyboard to others, in line mode, and its signal is gone", () => {
    const seen: unknown[] = [];
    let others = false;
    const victim = user(function* (_, input, self) {
      const signal = yield* self.signal(() => {
        seen.push("a dead client was rung");
      });
      must(yield* input.onInterrupt({ signal }));
      must(yield* input.mode({ mode: "raw" }));
      yield* input.read();
      seen.push("a dead client has read");
    });
    const world = killed(victim, function* ({ cspace }, ep) {
      const slot = yield* cspace_alloc_slot(cspace);
      yield* cspace_mint(cspace, slot, cspace, ep, seL4_AllRights, 0x201);
      const input = client(ConsoleInput, slot, belongingsOf(cspace));
      others = true;
      const answer = yield* input.readLine();
      seen.push(answer.error ?? answer.line);
    });
    world.runUntil(() => others);
    world.input("\x03x");
    world.input("\n");
    world.finish();
    expect(seen).toEqual(["Interrupted"]);
    expect(world.output).toBe("^C\nx\n");
  });
});

it("input that the device has lost is told once, to the next reader, and what came is read", () => {
  const seen: unknown[] = [];
  const reader = reads(seen, 2);
  const world = bootRigged({ console: consoleServer, reader }, function* (rig, start) {
    const clients = [
      { badge: 0x101, offer: OUTPUT },
      { badge: 0x201, offer: INPUT },
    ];
    const { ep, pages } = yield* start("console", { priority: 200, clients });
    yield* letRun();
    // In loopback the port receives what it sends, and only so it can be given more than it holds.
    const uart = 0x7000_0000;
    const page = yield* cspace_alloc_slot(rig.cspace);
    yield* cspace_copy(rig.cspace, page, rig.cspace, pages.get("uart")?.pages[0] ?? 0, seL4_AllRights);
    const vspace = seL4_CapInitThreadVSpace;
    throwOnError(yield* map_frame(rig.cspace, page, vspace, uart, seL4_AllRights, seL4_RISCV_ExecuteNever));
    yield* copyOut(uart + 4, Uint8Array.of(0x1b));
    for (const byte of new TextEncoder().encode("too much for it\n and this is lost\n")) {
      yield* copyOut(uart, Uint8Array.of(byte));
    }
    yield* copyOut(uart + 4, Uint8Array.of(0x0b));
    yield* start("reader", { priority: 100, needs: { out: { ep, badge: 0x101 }, input: { ep, badge: 0x201 } } });
  });
  world.finish();
  expect(seen).toEqual(["Overrun", "too much for it"]);
});

it("many reads, writes and signals leave nothing behind", () => {
  let host: WorldHost | null = null;
  let rounds = 0;
  const turns = user(function* (out, input, self) {
    const signal = yield* self.signal(() => {});
    const round = function* (): Thread {
      must(yield* input.onInterrupt({ signal }));
      yield* mustPrint(out, "> ");
      must(yield* input.readLine());
      rounds += 1;
    };
    yield* round();
    yield* round();
    const before = host?.kernel.snapshot();
    for (let i = 0; i < 30; i++) yield* round();
    if (host !== null && before !== undefined) expectNoLeaks(host.kernel, before);
  });
  const world = bootRigged({ console: consoleServer, turns }, function* (rig, start) {
    host = rig.host;
    const clients = [
      { badge: 0x101, offer: OUTPUT },
      { badge: 0x201, offer: INPUT },
    ];
    const { ep } = yield* start("console", { priority: 200, clients });
    yield* start("turns", { priority: 100, needs: { out: { ep, badge: 0x101 }, input: { ep, badge: 0x201 } } });
  });
  world.input("line\n".repeat(32));
  world.finish();
  expect(rounds).toBe(32);
});

it("its README shows what a run says", () => {
  const world = onConsole([
    user(function* (out, input) {
      yield* mustPrint(out, "name: ");
      const answer = must(yield* input.readLine());
      yield* mustPrint(out, `hello, ${answer.line}\n`);
      yield* mustPrint(out, "name: ");
      yield* mustPrint(out, `no name (${(yield* input.readLine()).error})\n`);
    }),
  ]);
  world.runUntil(() => world.output === "name: ");
  world.input("Agnes\x17Berta\r");
  world.runUntil(() => world.output.endsWith("Berta\nname: "));
  world.input("\x03");
  const { output } = world.finish();
  expectInReadme("console", [output.trimEnd().replaceAll("\b \b", "←")]);
});
