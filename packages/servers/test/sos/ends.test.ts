/** How a system ends: when nobody is left, and when the servers die that it stands on. */
import { compute } from "@tessera/hal-sim/isa";
import { describe, expect, it } from "vitest";
import type { Component } from "../../src/index.js";
import { Heap, O_RDONLY, putText, type SosApi, sosServer } from "../../src/sos/index.js";
import { bootSos, dying, play, sosProgram } from "./rig.js";

function* say(sos: SosApi, text: string) {
  const buf = yield* new Heap(sos).malloc(64);
  yield* sos.sos_write(1, buf, yield* putText(buf, `${text}\n`));
}

const stayer = sosProgram("stayer", function* (sos) {
  yield* sos.sos_usleep(20_000);
  yield* say(sos, "the last one ends");
});

describe("when all processes have ended", () => {
  it("nothing is done", () => {
    const output = play([
      sosProgram("test", function* (sos) {
        yield* say(sos, "it begins");
      }),
    ]);
    expect(output).toBe("it begins\n");
  });

  it("the first program is run again, if that was decided, behind the last one that it has started", () => {
    let lives = 0;
    const output = play(
      [
        sosProgram("test", function* (sos) {
          lives += 1;
          yield* say(sos, `life ${lives}, as ${yield* sos.sos_my_id()}`);
          if (lives < 3) yield* sos.sos_process_create("stayer");
          else yield* sos.sos_read(yield* sos.sos_open("console", O_RDONLY), 0x3700_0000, 8);
          if (lives === 3) yield* sos.sos_usleep(2 ** 50);
        }),
        stayer,
      ],
      { sos: { atEnd: "again" } },
    );
    expect(output).toBe("life 1, as 1\nthe last one ends\nlife 2, as 3\nthe last one ends\nlife 3, as 5\n");
  });

  it.each([
    [
      "what it has returned",
      function* (): Generator<void, number, void> {
        yield* compute(1);
        return 7;
      },
      7,
    ],
    [
      "0 for nothing",
      function* (): Generator<void, void, void> {
        yield* compute(1);
      },
      0,
    ],
    [
      "139 when it died",
      function* (): Generator<void, void, void> {
        yield* compute(1);
        throw new Error("on purpose");
      },
      139,
    ],
  ] as const)("the machine is switched off, if that was decided, with %s", (_, main, status) => {
    const world = bootSos(
      [
        sosProgram("test", function* (sos) {
          yield* sos.sos_process_create("stayer");
          return yield* main();
        }),
        stayer,
      ],
      { sos: { atEnd: "powerOff" } },
    );
    expect(world.machine.run({ events: 3_000_000 })).toMatchObject({ reason: "power-off", code: status });
    expect(world.output).toContain("the last one ends\n");
  });
});

it("when the process server dies all processes are gone, and both begin anew", () => {
  let isToDie = false;
  let lives = 0;
  const mortal = (of: Component): Component =>
    dying(of, () => {
      const dies = isToDie && of.name === "process";
      if (dies) isToDie = false;
      return dies;
    });
  const first = sosProgram("test", function* (sos) {
    lives += 1;
    yield* say(sos, `life ${lives}`);
    if (lives === 1) {
      yield* sos.sos_process_create("stayer");
      isToDie = true;
      yield* sos.sos_process_create("stayer");
    }
  });
  const world = bootSos([first, stayer], { instead: mortal });
  expect(world.machine.run({ events: 3_000_000 }).reason).toBe("idle");
  expect(world.thrown.map(({ program }) => program)).toEqual(["process", "sos"]);
  expect(world.output).toContain("life 1\n");
  expect(world.output).toContain("life 2\n");
  expect(world.output).not.toContain("the last one ends");
  expect(world.kernel.checkInvariants()).toEqual([]);
});

it("a first program that is not there is told of at the console, when it was looked for long enough", () => {
  const output = play([stayer], { sos: { first: "/bin/none" } });
  expect(output).toBe("sos: /bin/none cannot be run: there is no such file\n");
});

it("a machine that is to be switched off at the end is, when there is no first program", () => {
  const world = bootSos([stayer], { sos: { first: "/bin/none", atEnd: "powerOff" } });
  expect(world.machine.run({ events: 3_000_000 })).toMatchObject({ reason: "power-off", code: 127 });
  expect(world.output).toBe("sos: /bin/none cannot be run: there is no such file\n");
});

it("options that will not do are refused", () => {
  for (const options of [{ most: 0 }, { most: 49 }, { frames: 3 }, { pages: 15 }, { pages: 1.5 }]) {
    expect(() => sosServer(options)).toThrow(RangeError);
  }
});
