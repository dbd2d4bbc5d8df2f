/** Servers of the desk that die under a user's hands: the shell is there afterwards, and everything works again. */
import { memoryDisk } from "@tessera/hal-sim";
import type { Component } from "@tessera/servers";
import { describe, expect, it } from "vitest";
import { bootDesk } from "../src/machine.js";

/** Of a disk on which nothing is yet. */
const DISK_BYTES = 4 * 2 ** 20;

/** The component `name` dies when `isTime` says so, which is asked whenever it is suspended. */
function dyingWhen(
  name: string,
  isTime: (self: { readonly incarnation: number }) => boolean,
): (of: Component) => Component {
  return (of) => {
    if (of.name !== name) return of;
    return {
      ...of,
      *main(handles: never) {
        const { self } = handles as { self: { readonly incarnation: number } };
        const inner = of.main(handles);
        let step = inner.next();
        for (; step.done !== true; step = inner.next()) {
          yield;
          if (isTime(self)) throw new Error("as planned");
        }
        return step.value;
      },
    };
  };
}

/** The first one called `name` dies when it has been suspended `times` times; what is started in its place lives. */
function dying(name: string, times: number, died: () => void = () => {}): (of: Component) => Component {
  let left = times;
  return dyingWhen(name, ({ incarnation }) => {
    if (incarnation > 0) return false;
    left -= 1;
    if (left === 0) died();
    return left === 0;
  });
}

/** What a user does, and what when all is over. */
const LINES = [
  "lookup",
  "echo one > f",
  "cat f | wc",
  "random | cat",
  "logs | head -n 2",
  "sleep 0.01 &",
  "ls /dev",
  "cat f",
  "wait",
];
const LAST = ["echo still here | cat > g", "cat g | sort", "sleep 0.01 && random 2 && lookup && ps | wc -l"];

/** How often, at most, until the server has died. */
const ROUNDS = 10;

const BUSY = ["timer", "console", "log", "vfs", "ext2", "devfs", "pipes", "process", "shell"];
/** Those that are asked now and then. */
const RARE = ["entropy", "names"];
const CASES = [
  ...BUSY.flatMap((name) => [[name, 7] as const, [name, 30] as const]),
  ...RARE.map((name) => [name, 4] as const),
];

describe("a session goes on when", () => {
  it.each(CASES)("%s dies, suspended for the %ith time", (name, times) => {
    let deaths = 0;
    const instead = dying(name, times, () => {
      deaths += 1;
    });
    const { machine } = bootDesk({ disks: [memoryDisk(DISK_BYTES)], isTerminal: true, seed: 1, epochMs: 0, instead });
    let out = "";
    machine.output.subscribe((bytes) => {
      out += new TextDecoder().decode(bytes);
    });
    machine.reports.subscribe(() => {});
    const until = (line: string) => {
      machine.input("uart", new TextEncoder().encode(line));
      expect(machine.run({ events: 100_000 }).reason).toBe("idle");
    };
    expect(machine.run({ events: 100_000 }).reason).toBe("idle");
    for (let round = 0; deaths === 0 && round < ROUNDS; round++) for (const line of LINES) until(`${line}\r`);
    until("\x03"); // in case something waits for a server that has died
    expect(deaths).toBe(1);
    const from = out.length;
    for (const line of LAST) until(`${line}\r`);
    const shown = out.slice(from);
    expect(shown).toContain("still here\n");
    expect(shown).toMatch(/[0-9a-f]{4}\n3\n/);
  });
});

/** A script of which something dies: what it writes, and how the machine ends. */
function script(text: string, instead: (of: Component) => Component) {
  const { machine } = bootDesk({ disks: [memoryDisk(DISK_BYTES)], isTerminal: false, seed: 1, epochMs: 0, instead });
  let out = "";
  machine.output.subscribe((bytes) => {
    out += new TextDecoder().decode(bytes);
  });
  machine.run({ events: 100_000 });
  machine.input("uart", new TextEncoder().encode(`${text}\x04`));
  const { reason, code } = machine.run({ events: 500_000 });
  return { out, reason, code };
}

describe("a script", () => {
  it("does not wait for ever for processes that have died with their server", () => {
    let isTold = false;
    const instead = dyingWhen("process", () => {
      const dies = isTold;
      isTold = false;
      return dies;
    });
    const { machine } = bootDesk({ disks: [memoryDisk(DISK_BYTES)], isTerminal: false, seed: 1, epochMs: 0, instead });
    let out = "";
    machine.output.subscribe((bytes) => {
      out += new TextDecoder().decode(bytes);
    });
    machine.run({ events: 100_000 });
    machine.input("uart", new TextEncoder().encode("sleep 3 & sleep 30\nwait\necho waited\n\x04"));
    machine.run({ ticks: 5_000_000 });
    isTold = true;
    expect(machine.run({ events: 500_000 })).toMatchObject({ reason: "power-off", code: 0 });
    expect(out).toMatch(/process died: .*[\s\S]*waited\n$/);
  });

  it("whose shell dies ends there, and not with 0", () => {
    const { out, reason, code } = script("echo a\nmsleep 1\necho b\n".repeat(20), dying("shell", 60));
    expect([reason, code]).toEqual(["power-off", 70]);
    expect(out).toMatch(/the shell has died, and the commands behind that are not carried out\n$/);
  });
});

/** What a user does with SOS beside it, sitting there and not; each line ends where nobody has anything to do. */
const WITH_SOS = ["sos\r", "dir\r", "sleep 1\r", "time\r", "ps\r", "\x03", "echo ps | sos\r", "sos\r", "\x03"];
const BETWEEN = ["seat", "vfs", "process", "timer", "shell"];

describe("with SOS on the machine a session goes on, and one with SOS, too, when", () => {
  it.each(BETWEEN.flatMap((name) => [[name, 9] as const, [name, 30] as const]))(
    "%s dies, suspended for the %ith time after the boot",
    (name, times) => {
      let [left, deaths] = [Number.POSITIVE_INFINITY, 0];
      const instead = dyingWhen(name, () => {
        left -= 1;
        if (left === 0) deaths += 1;
        return left === 0;
      });
      const { machine } = bootDesk({
        disks: [memoryDisk(DISK_BYTES)],
        isTerminal: true,
        withSos: true,
        seed: 1,
        epochMs: 0,
        instead,
      });
      let out = "";
      machine.output.subscribe((bytes) => {
        out += new TextDecoder().decode(bytes);
      });
      machine.reports.subscribe(() => {});
      const type = (keys: string) => {
        machine.input("uart", new TextEncoder().encode(keys));
        expect(machine.run({ events: 300_000 }).reason).toBe("idle");
      };
      expect(machine.run({ events: 300_000 }).reason).toBe("idle");
      left = times;
      for (let typed = 0; deaths === 0 && typed < ROUNDS * WITH_SOS.length; typed++) {
        type(WITH_SOS[typed % WITH_SOS.length] ?? "");
      }
      expect(deaths).toBe(1);
      type("\x03"); // in case something waits for a server that has died, or somebody sits at SOS
      const from = out.length;
      type("echo still here | cat > g\r");
      type("cat g | sort\r");
      type("echo time | sos\r");
      expect(out.slice(from)).toMatch(/still here\n[\s\S]*\d+ seconds since the start\n/);
    },
  );
});
