/** Two personalities on one machine: what they share, and that neither reaches the other's processes. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { Screen } from "@tessera/app-host/testing";
import {
  expectCannotReach,
  expectCanReach,
  expectLeastRights,
  matchPlan,
  planSteps,
  planSvg,
} from "@tessera/personality";
import { describe, expect, it } from "vitest";
import { desk } from "../src/personality.js";
import { command, commands } from "./command.js";

const withSos = desk({ isTerminal: true, withSos: true });
const file = (name: string) => new URL(`../${name}`, import.meta.url);

/** Servers that a component calls by its own needs. */
function calledBy(client: string): string[] {
  const steps = planSteps(withSos.plan()).filter(({ by, from }) => by === "calls" && from === client);
  return [...new Set(steps.map(({ to }) => to))].sort();
}

describe("the plan of both", () => {
  it("is the one that was reviewed", () => {
    const reviewed = file("authority-with-sos.txt");
    matchPlan(withSos.plan(), {
      reviewed: existsSync(reviewed) ? readFileSync(reviewed, "utf8") : null,
      env: process.env,
      write: (text) => writeFileSync(reviewed, text),
    });
  });

  it("is drawn in the picture that the README shows", async () => {
    await expect(planSvg(withSos.plan())).toMatchFileSnapshot("../with-sos.svg");
  });

  it("gives nobody more rights than its needs", () => {
    expectLeastRights(withSos.plan(), withSos.components());
  });

  it("says what they share: the clock, files, the making of processes, and the seat at SOS's console", () => {
    const shared = calledBy("shell").filter((server) => calledBy("sos").includes(server));
    expect(shared).toEqual(["process", "seat", "timer", "vfs"]);
  });

  it("gives neither a way to the other that does not lead through a server of both", () => {
    const both = { trusting: ["process", "vfs", "seat", "timer", "memory", "swapfs"] };
    expectCannotReach(withSos.plan(), "shell", "sos", both);
    expectCannotReach(withSos.plan(), "sos", "shell", both);
    // The seat is the way: who sits there types for SOS. Without trust in it the test above says so.
    expectCanReach(withSos.plan(), "shell", "seat");
    expect(() => expectCannotReach(withSos.plan(), "sos", "shell")).toThrow("sos can reach shell");
  });
});

describe("when both run", () => {
  it("each lists its own processes alone, and cannot kill those of the other", async () => {
    const { code, out } = await commands(
      [
        "echo clock '&' > start; echo ps > list; echo kill 4 > kill",
        "sos < start",
        "spin &",
        "ps",
        "sos < list",
        "kill 1; kill 3",
        "sos < kill",
        "sos < list",
        "ps",
      ].join("\n"),
      ...["--with", "sos"],
    );
    const own = out.split("   ID PARENT STATE    CPU(ms) NAME\n").slice(1);
    for (const list of own) {
      expect([...list.matchAll(/^ +\d+ +\d+ (?:runs|ended) +\S+ (\w+)$/gm)].map(([, name]) => name)).toEqual([
        "spin",
        "ps",
      ]);
    }
    const others = out.split("  PID  PAGES  STARTED MS  COMMAND\n").slice(1);
    for (const list of others) {
      expect([...list.matchAll(/^ +\d+ +\d+ +\d+ {2}(\w+)$/gm)].map(([, name]) => name)).toEqual(["sosh", "clock"]);
    }
    expect([own.length, others.length, code]).toEqual([2, 2, 0]);
    expect(out).toContain("kill: 1: there is none\nkill: 3: there is none\n");
    expect(out).toContain("kill: there is no process 4\n");
  });

  it("SOS has four processes beside its shell: nothing of its memory is kept for the desk, which loads none", async () => {
    const start = Array<string>(4).fill("sos < start");
    const lines = ["echo clock '&' > start", ...start, "echo ps | sos"];
    const { out } = await commands(`${lines.join("\n")}\n`, "--with", "sos");
    expect(out.match(/^ +\d+ +\d+ +\d+ {2}clock$/gm)).toHaveLength(4);
    expect(out).not.toContain("cannot be run");
  });

  it("files are the same, whoever writes them", async () => {
    const { out } = await commands("echo one > note; echo cp note copy | sos; cat copy\n", "--with", "sos");
    expect(out).toBe("one\n");
  });

  it("the user sits down with `sos`, sees what was written meanwhile, and comes back with ctrl-D", async () => {
    const columns = 100;
    const keys = [
      ["/ $ ", "sos\r"],
      ["brings you back.\n$ ", "time\r"],
      ["since the start\n$ ", "\x04"],
      ["/ $ ", "msleep 10\r"],
      ["/ $ ", "exit\r"],
    ] as const;
    const { code, out } = await command(["--virtual", "--with", "sos"], { keys, columns });
    expect(code).toBe(0);
    const screen = new Screen(columns);
    screen.write(out);
    expect(screen.shown).toEqual([
      'This is Tessera. "help" says what there is to do; ctrl-D ends it.',
      "/ $ sos",
      'This is SOS. "help" says what there is to do; ctrl-D brings you back.',
      "$ time",
      "0 seconds since the start",
      "/ $ msleep 10",
      "/ $ exit",
    ]);
  });

  it("ctrl-C brings the keyboard back whatever SOS does, and that goes on", async () => {
    const keys = [
      ["/ $ ", "sos\r"],
      ["$ ", "sleep 1\r"],
      ["sleep 1\n", "\x03"],
      ["/ $ ", "sleep 2; sos\r"],
      ["sos\n$ ", "mtime\r"],
      ["since the start\n$ ", "\x04"],
      ["/ $ ", "exit\r"],
    ] as const;
    const { code, out } = await command(["--with", "sos"], { keys });
    expect(code).toBe(0);
    expect(Number(/(\d+) microseconds/.exec(out)?.[1])).toBeGreaterThan(2_000_000);
  });

  it("whoever reads what SOS writes and has enough ends `sos`, without a complaint", async () => {
    const { out } = await commands("echo thrash | sos | head -n 1\n", "--with", "sos");
    expect(out).toMatch(/^thrash: 64 pages are written\n$/);
  });

  it("plan of a server names the clients that share it", async () => {
    const { out } = await commands("plan vfs; plan seat; plan sos\n", "--with", "sos");
    expect(out.match(/^\w+\.\w+ is called by .*$/gm)).toEqual([
      "vfs.files is called by installer, shell, sos",
      "seat.console is called by sos",
      "seat.seat is called by shell",
      "sos.sos is called by no component",
    ]);
  });

  it("SOS without its shell says so, and has it again when somebody has put it back", async () => {
    const lines = [
      "cp bin/sosh kept; rm bin/sosh; echo exit | sos > said &",
      "sleep 5; cp kept bin/sosh; wait; cat said",
    ];
    const { out } = await commands(`${lines.join("\n")}\necho time | sos\n`, "--with", "sos");
    expect(out).toMatch(
      /sos: \/bin\/sosh cannot be run: there is no such file; it is tried again every second, and nobody reads here meanwhile\n\d+ seconds since the start\n$/,
    );
    expect(out.match(/cannot be run/g)).toHaveLength(1);
  });

  it("one at a time sits there", async () => {
    const { out } = await commands("sleep 1 | sos &\nmsleep 10; sos; wait; echo time | sos\n", "--with", "sos");
    expect(out).toMatch(/^sos: somebody else types for it already\n\d seconds since the start\n$/);
  });

  it("SOS's shell is run again when it has ended, and the machine goes on", async () => {
    const { code, out } = await commands("echo exit | sos; sleep 1; echo ps | sos\n", "--with", "sos");
    expect(out).toMatch(/^ +3 +\d+ +\d+ {2}sosh$/m);
    expect(code).toBe(0);
  });
});
