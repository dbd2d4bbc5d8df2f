/** The console of SOS: many writers, one reader, and nobody's line is lost. */
import { compute, type Thread } from "@tessera/hal-sim/isa";
import { describe, expect, it } from "vitest";
import { Heap, O_RDONLY, O_RDWR, O_WRONLY, putText, readBytes, type SosApi } from "../../src/sos/index.js";
import { bootSos, play, runSos, sosProgram } from "./rig.js";

function* print(sos: SosApi, buf: number, text: string): Thread<void> {
  const length = yield* putText(buf, text);
  expect(yield* sos.sos_write(1, buf, length)).toBe(length);
}

describe("the console", () => {
  it("is open for writing as 1 and 2 from the beginning", () => {
    const output = play([
      sosProgram("test", function* (sos) {
        const buf = yield* new Heap(sos).malloc(64);
        for (const file of [1, 2]) yield* sos.sos_write(file, buf, yield* putText(buf, `to ${file}\n`));
        yield* sos.sos_close(1);
        expect(yield* sos.sos_write(1, buf, 1)).toBe(-1);
        yield* sos.sos_write(2, buf, yield* putText(buf, "and 2\n"));
        expect(yield* sos.sos_open("console", O_WRONLY)).toBe(3);
        yield* sos.sos_write(3, buf, yield* putText(buf, "and 3\n"));
      }),
    ]);
    expect(output).toBe("to 1\nto 2\nand 2\nand 3\n");
  });

  it("has one reader at a time; a second one is refused, and others run before it goes on", () => {
    const seen: unknown[] = [];
    play([
      sosProgram("test", function* (sos) {
        seen.push(yield* sos.sos_open("console", O_RDONLY));
        seen.push(yield* sos.sos_open("console", O_RDWR));
        seen.push(yield* sos.sos_open("console", O_WRONLY));
        yield* sos.sos_process_wait(yield* sos.sos_process_create("other"));
        yield* sos.sos_close(3);
        yield* sos.sos_process_wait(yield* sos.sos_process_create("other"));
        seen.push(yield* sos.sos_open("console", O_RDWR));
      }),
      sosProgram("other", function* (sos) {
        seen.push(`other: ${yield* sos.sos_open("console", O_RDWR)}`);
      }),
    ]);
    expect(seen).toEqual([3, -1, 4, "other: -1", "other: 3", 3]);
  });

  it("gives what is typed line by line, as much as was asked for, and 0 for ctrl-D", () => {
    const read: string[] = [];
    const world = bootSos([
      sosProgram("test", function* (sos) {
        const buf = yield* new Heap(sos).malloc(64);
        const keys = yield* sos.sos_open("console", O_RDONLY);
        for (const most of [64, 3, 64, 64, 64]) {
          const count = yield* sos.sos_read(keys, buf, most);
          read.push(new TextDecoder().decode(yield* readBytes(buf, count)));
        }
      }),
    ]);
    runSos(world);
    world.input("one\nsecond line\n");
    runSos(world);
    expect(read).toEqual(["one\n", "sec", "ond line\n"]);
    world.input("\x04three\n");
    runSos(world);
    expect(read.slice(3)).toEqual(["", "three\n"]);
  });

  it("a bad address is refused at once, and costs nobody a line", () => {
    const read: unknown[] = [];
    const world = bootSos([
      sosProgram("test", function* (sos) {
        const buf = yield* new Heap(sos).malloc(64);
        const keys = yield* sos.sos_open("console", O_RDONLY);
        for (const address of [0, 0x1_0000, 2 ** 45, -1]) read.push(yield* sos.sos_read(keys, address, 10));
        // The beginning can be written, so it waits; the end cannot.
        const end = yield* sos.brk(0);
        read.push(yield* sos.sos_read(keys, end - 2, 10));
        const count = yield* sos.sos_read(keys, buf, 64);
        read.push(new TextDecoder().decode(yield* readBytes(buf, count)));
      }),
    ]);
    runSos(world);
    expect(read).toEqual([-1, -1, -1, -1]);
    world.input("a line\n");
    runSos(world);
    expect(read.slice(4)).toEqual([-1, "a line\n"]);
  });

  it("a reader that is deleted while it waits takes nobody's line", () => {
    const read: unknown[] = [];
    const world = bootSos([
      sosProgram("test", function* (sos) {
        const buf = yield* new Heap(sos).malloc(64);
        for (let i = 0; i < 3; i++) {
          const reader = yield* sos.sos_process_create("reader");
          yield* sos.sos_usleep(100_000);
          expect(yield* sos.sos_process_delete(reader)).toBe(0);
        }
        const keys = yield* sos.sos_open("console", O_RDONLY);
        const count = yield* sos.sos_read(keys, buf, 64);
        read.push(new TextDecoder().decode(yield* readBytes(buf, count)));
      }),
      sosProgram("reader", function* (sos) {
        const buf = yield* new Heap(sos).malloc(64);
        const keys = yield* sos.sos_open("console", O_RDONLY);
        read.push(yield* sos.sos_read(keys, buf, 64));
      }),
    ]);
    runSos(world);
    world.input("mine\n");
    runSos(world);
    expect(read).toEqual(["mine\n"]);
  });

  it("who waits for a line keeps nobody from writing, from its files, and from sleeping", () => {
    const world = bootSos([
      sosProgram("test", function* (sos) {
        yield* sos.sos_process_create("worker");
        const keys = yield* sos.sos_open("console", O_RDONLY);
        yield* sos.sos_read(keys, yield* new Heap(sos).malloc(64), 64);
      }),
      sosProgram("worker", function* (sos) {
        const buf = yield* new Heap(sos).malloc(64);
        for (let i = 0; i < 3; i++) {
          yield* sos.sos_usleep(1000);
          const file = yield* sos.sos_open("file", O_RDWR);
          yield* sos.sos_write(file, buf, 64);
          yield* sos.sos_close(file);
          yield* print(sos, buf, `round ${i}\n`);
        }
      }),
    ]);
    expect(runSos(world)).toBe("round 0\nround 1\nround 2\n");
  });

  it("what several write comes out in whole lines, and nobody waits for ever", () => {
    const lines = linesOfThree(0);
    expect(lines).toHaveLength(3 * ROUNDS);
    for (const line of lines) expect(line).toMatch(/^(2{60}|3{60}|4{60})$/);
    // Who does nothing but print is bound by the budgets of the servers, and they end when somebody's turn happens to.
    for (const written of writtenByTheFirstEnd(lines)) expect(written).toBeGreaterThan(ROUNDS / 10);
  });

  it("of several that work for their lines each has its turn", () => {
    for (const written of writtenByTheFirstEnd(linesOfThree(500_000))) expect(written).toBeGreaterThan(0.9 * ROUNDS);
  });
});

const ROUNDS = 100;

/** What three processes print that begin at once, `ROUNDS` lines each, when each computes for so many cycles before a line. */
function linesOfThree(cycles: number): string[] {
  const output = play([
    sosProgram("test", function* (sos) {
      for (let i = 0; i < 3; i++) yield* sos.sos_process_create("writer");
    }),
    sosProgram("writer", function* (sos) {
      const buf = yield* new Heap(sos).malloc(128);
      const id = yield* sos.sos_my_id();
      // All begin at once.
      yield* sos.sos_usleep(200_000 - (yield* sos.sos_time_stamp()));
      for (let i = 0; i < ROUNDS; i++) {
        yield* compute(cycles);
        yield* print(sos, buf, `${`${id}`.repeat(60)}\n`);
      }
    }),
  ]);
  return output.trimEnd().split("\n");
}

/** How many lines each had printed when the first one was ready. */
function writtenByTheFirstEnd(lines: readonly string[]): number[] {
  const ids = ["2", "3", "4"];
  const end = Math.min(...ids.map((id) => lines.findLastIndex((line) => line.startsWith(id)))) + 1;
  return ids.map((id) => lines.slice(0, end).filter((line) => line.startsWith(id)).length);
}
