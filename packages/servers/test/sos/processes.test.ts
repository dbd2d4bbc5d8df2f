/** Processes of SOS: made, deleted, waited for, and everything that they had goes back. */
import { compute, store, type Thread } from "@tessera/hal-sim/isa";
import { describe, expect, it } from "vitest";
import { Heap, O_RDWR, readProcesses, SOS_PROCESS_BYTES, type SosApi, type SosProgram } from "../../src/sos/index.js";
import { play, sosProgram } from "./rig.js";

const sleeper = sosProgram("sleeper", function* (sos) {
  yield* sos.sos_usleep(50_000);
});
const spinner = sosProgram("spinner", function* () {
  for (;;) yield* compute(1000);
});
const stayer = sosProgram("stayer", function* (sos) {
  yield* sos.sos_usleep(2 ** 50);
});

/** Run `main` as the first program, beside those that there are to be created. */
function withOthers(main: (sos: SosApi) => Thread<void>, ...others: readonly SosProgram[]): string {
  let isDone = false;
  const first = sosProgram("test", function* (sos) {
    yield* main(sos);
    isDone = true;
  });
  const output = play([first, sleeper, spinner, stayer, ...others], { sos: { most: 8 } });
  expect(isDone).toBe(true);
  return output;
}

function* statusOf(sos: SosApi, max = 32) {
  const buf = yield* new Heap(sos).malloc(32 * SOS_PROCESS_BYTES);
  return yield* readProcesses(buf, yield* sos.sos_process_status(buf, max));
}

describe("sos_process_create", () => {
  it("runs what lies in a file, by its path or by its name, in a process with a pid of its own", () => {
    withOthers(function* (sos) {
      expect(yield* sos.sos_my_id()).toBe(1);
      expect(yield* sos.sos_process_create("sleeper")).toBe(2);
      expect(yield* sos.sos_process_create("/bin/sleeper")).toBe(3);
      expect((yield* statusOf(sos)).map(({ pid, command }) => `${pid} ${command}`)).toEqual([
        ...["1 test", "2 sleeper", "3 sleeper"],
      ]);
    });
  });

  it("refuses what is no program, and leaves nothing", () => {
    withOthers(function* (sos) {
      const buf = yield* new Heap(sos).malloc(4096);
      const file = yield* sos.sos_open("text", O_RDWR);
      yield* sos.sos_write(file, buf, 4096);
      for (let i = 0; i < 20; i++) {
        for (const path of ["text", "none", "bin", "console", "", 0, 2 ** 40, -1]) {
          expect(yield* sos.sos_process_create(path)).toBe(-1);
        }
      }
      expect(yield* statusOf(sos)).toHaveLength(1);
      expect(yield* sos.sos_process_create("sleeper")).toBeGreaterThan(1);
    });
  });

  it("without end: a job has half of the places, and the first program can still run others", () => {
    const bomb = sosProgram("bomb", function* (sos) {
      for (;;) if ((yield* sos.sos_process_create("bomb")) < 0) yield* sos.sos_usleep(10_000);
    });
    withOthers(function* (sos) {
      const pid = yield* sos.sos_process_create("bomb");
      yield* sos.sos_usleep(2_000_000);
      expect(yield* statusOf(sos)).toHaveLength(1 + 4);
      const other = yield* sos.sos_process_create("sleeper");
      expect(other).toBeGreaterThan(pid);
      expect(yield* sos.sos_process_wait(other)).toBe(other);
      for (let left = yield* statusOf(sos); left.length > 1; left = yield* statusOf(sos)) {
        for (const { pid, command } of left) if (command === "bomb") yield* sos.sos_process_delete(pid);
      }
    }, bomb);
  });
});

describe("the end of a process", () => {
  it("is told to who waits for it, once it has come", () => {
    withOthers(function* (sos) {
      const before = yield* sos.sos_time_stamp();
      const pid = yield* sos.sos_process_create("sleeper");
      expect(yield* sos.sos_process_wait(pid)).toBe(pid);
      expect((yield* sos.sos_time_stamp()) - before).toBeGreaterThanOrEqual(50_000);
      expect(yield* sos.sos_process_wait(pid)).toBe(-1);
    });
  });

  it("is told to who waits for any, and to the parent also when it has come before", () => {
    withOthers(function* (sos) {
      const [one, two] = [yield* sos.sos_process_create("sleeper"), yield* sos.sos_process_create("stayer")];
      expect(yield* sos.sos_process_wait(-1)).toBe(one);
      const three = yield* sos.sos_process_create("sleeper");
      yield* sos.sos_usleep(200_000);
      expect(yield* sos.sos_process_wait(-1)).toBe(three);
      expect(yield* sos.sos_process_wait(three)).toBe(-1);
      yield* sos.sos_process_delete(two);
      expect(yield* sos.sos_process_wait(two)).toBe(two);
      expect(yield* sos.sos_process_wait(-1)).toBe(-1);
    });
  });

  it("is waited for in vain: of nobody, and of oneself", () => {
    withOthers(function* (sos) {
      for (const pid of [0, 1, 7, 32_768, -2, 2 ** 31]) expect(yield* sos.sos_process_wait(pid)).toBe(-1);
    });
  });

  it("comes by sos_process_delete, of another one, in whatever it does, and of oneself", () => {
    const suicidal = sosProgram("suicidal", function* (sos) {
      yield* sos.sos_process_delete(yield* sos.sos_my_id());
      throw new Error("it goes on");
    });
    const output = withOthers(function* (sos) {
      for (const name of ["spinner", "stayer", "sleeper"]) {
        const pid = yield* sos.sos_process_create(name);
        yield* sos.sos_usleep(1000);
        expect(yield* sos.sos_process_delete(pid)).toBe(0);
        expect(yield* sos.sos_process_delete(pid)).toBe(-1);
        expect(yield* sos.sos_process_wait(pid)).toBe(pid);
      }
      const pid = yield* sos.sos_process_create("suicidal");
      expect(yield* sos.sos_process_wait(pid)).toBe(pid);
      for (const nobody of [0, 99, -1]) expect(yield* sos.sos_process_delete(nobody)).toBe(-1);
    }, suicidal);
    expect(output).toBe("");
  });

  it("comes by a fault, which the console says, and nobody else is harmed", () => {
    const faulty = sosProgram("faulty", function* () {
      yield* store(0x2345_6000, 1);
    });
    const output = withOthers(function* (sos) {
      const other = yield* sos.sos_process_create("stayer");
      const pid = yield* sos.sos_process_create("faulty");
      expect(yield* sos.sos_process_wait(-1)).toBe(pid);
      expect((yield* statusOf(sos)).map(({ pid }) => pid)).toEqual([1, other]);
    }, faulty);
    expect(output).toBe("sos: faulty (3) has died: VMFault at 0x23456000: nothing lies there\n");
  });

  it("closes its files: the next one has room, and the console has no reader", () => {
    const opener = sosProgram("opener", function* (sos) {
      let opened = 0;
      while ((yield* sos.sos_open(opened === 0 ? "console" : "file", O_RDWR)) >= 0) opened += 1;
      if (opened !== 13) throw new Error(`opened ${opened}`);
    });
    withOthers(function* (sos) {
      for (let i = 0; i < 12; i++) yield* sos.sos_process_wait(yield* sos.sos_process_create("opener"));
      expect(yield* sos.sos_open("console", O_RDWR)).toBe(3);
    }, opener);
  });
});

describe("sos_process_status", () => {
  it("says of each how large it is and when it was started; no more than asked for", () => {
    const large = sosProgram("large", function* (sos) {
      const buf = yield* new Heap(sos).malloc(10 * 4096);
      for (let i = 0; i < 10; i++) yield* store(buf + i * 4096, 1);
      yield* sos.sos_usleep(2 ** 50);
    });
    withOthers(function* (sos) {
      yield* sos.sos_usleep(30_000);
      yield* sos.sos_process_create("large");
      yield* sos.sos_usleep(30_000);
      const [, status] = yield* statusOf(sos);
      expect(status?.size).toBeGreaterThanOrEqual(10);
      expect(status?.size).toBeLessThan(14);
      expect(status?.stime).toBeGreaterThanOrEqual(30);
      expect(status?.stime).toBeLessThan(60);
      expect(yield* statusOf(sos, 1)).toHaveLength(1);
      expect(yield* sos.sos_process_status(0, 0)).toBe(0);
      for (const address of [0, 2 ** 40, -1]) expect(yield* sos.sos_process_status(address, 8)).toBe(-1);
    }, large);
  });
});

describe("pids", () => {
  it("of processes that have ended are not used again at once", () => {
    withOthers(function* (sos) {
      const pids: number[] = [];
      for (let i = 0; i < 20; i++) {
        const pid = yield* sos.sos_process_create("stayer");
        yield* sos.sos_process_delete(pid);
        pids.push(pid);
      }
      expect(new Set(pids).size).toBe(20);
    });
  });
});

describe("time", () => {
  it("goes on, and who sleeps wakes up when it is over, in the order of times", () => {
    const woken: number[] = [];
    const long = sosProgram("long", function* (sos) {
      yield* sos.sos_usleep(30_000);
      woken.push(30);
    });
    const short = sosProgram("short", function* (sos) {
      yield* sos.sos_usleep(10_000);
      woken.push(10);
    });
    withOthers(
      function* (sos) {
        yield* sos.sos_process_create("long");
        yield* sos.sos_process_create("short");
        const before = yield* sos.sos_time_stamp();
        yield* sos.sos_usleep(20_000);
        woken.push(20);
        const slept = (yield* sos.sos_time_stamp()) - before;
        expect(slept).toBeGreaterThanOrEqual(20_000);
        expect(slept).toBeLessThan(25_000);
        for (const none of [0, -1, Number.NaN]) yield* sos.sos_usleep(none);
        yield* sos.sos_usleep(50_000);
      },
      long,
      short,
    );
    expect(woken).toEqual([10, 20, 30]);
  });
});
