/** M6, processes: they come, are known, and go at any moment without a trace. */
import { load, type Thread } from "@tessera/hal-sim/isa";
import type { KernelSnapshot } from "@tessera/kernel";
import { O_RDONLY, O_RDWR } from "@tessera/servers/sos";
import type { Check, Own } from "../exam/check.js";
import type { Exam } from "../exam/exam.js";
import { ended, fill, listed, lives, started, told } from "../exam/processes.js";

const MS = 1000;
const PAGE = 4096;
const LONG_US = 60_000 * MS;
const IDS = 12;
const CYCLES = 200;
const WARM_UP = 10;
const VICTIMS = 40;
/** A process is deleted within so long of its beginning. */
const LIFE_US = 4 * MS;
/** Time in which a system comes to rest. */
const REST_US = 100 * MS;

export const M6: readonly Check[] = [
  {
    id: "M6/create",
    claim: "sos_process_create runs a program, and sos_process_wait comes back when it has ended",
    points: 3,
    look: "loading a program from its file, and who is told when a process ends",
    programs: {
      *first(own) {
        const { sos, witness } = own;
        const pid = yield* started("child", own);
        witness.equal("what sos_process_wait returns", yield* sos.sos_process_wait(pid), pid);
        witness.equal("how often the child had said that it ends, by then,", witness.count("ends"), 1);
        witness.equal("what sos_my_id returned in it", Number(witness.values("ends")[0]), pid);
        witness.equal("what sos_process_create of no file returns", yield* sos.sos_process_create("nothing"), -1);
        const file = yield* sos.sos_open("text", O_RDWR);
        yield* own.room.write(file, "this is no program");
        yield* sos.sos_close(file);
        witness.equal("what sos_process_create of a text returns", yield* sos.sos_process_create("text"), -1);
      },
      *child({ sos, witness }) {
        yield* sos.sos_usleep(20 * MS);
        witness.tell("ends", yield* sos.sos_my_id());
      },
    },
  },
  {
    id: "M6/wait",
    claim: "whoever waits for a process hears of its end, however it ends, and who waits for any hears of the first",
    points: 3,
    look: "the list of those who wait: all of them are answered, when it returns, exits, is deleted or dies of a fault",
    programs: {
      *first(own) {
        const { sos, witness } = own;
        const pids: number[] = [];
        for (const name of ["returns", "exits", "faults", "sleeps"]) pids.push(yield* started(name, own));
        for (const pid of pids) {
          witness.tell("to wait for", pid);
          for (let n = 0; n < 2; n++) yield* started("waiter", own);
          yield* told("waits", 2 * witness.count("to wait for"), own);
        }
        yield* sos.sos_usleep(5 * MS);
        witness.tell("go");
        witness.equal("what sos_process_delete returns", yield* sos.sos_process_delete(pids[3] as number), 0);
        yield* told("woken", 8, own);
        yield* started("returns", own);
        const any = yield* sos.sos_process_wait(-1);
        witness.expect(
          any > 0 && !(yield* lives(any, own)),
          `sos_process_wait(-1) returns ${any}, which has not ended`,
        );
        witness.equal("what sos_process_wait of none returns", yield* sos.sos_process_wait(30_000), -1);
      },
      *waiter({ sos, witness }) {
        const pid = Number(witness.values("to wait for").at(-1));
        witness.tell("waits");
        witness.equal("what sos_process_wait returns", yield* sos.sos_process_wait(pid), pid);
        witness.tell("woken");
      },
      *returns(own) {
        yield* told("go", 1, own);
      },
      *exits(own) {
        yield* told("go", 1, own);
        yield* own.sos.exit(3);
      },
      *faults(own) {
        yield* told("go", 1, own);
        yield* load(0);
      },
      *sleeps({ sos }) {
        yield* sos.sos_usleep(LONG_US);
      },
    },
  },
  {
    id: "M6/status",
    claim:
      "sos_process_status tells of every process its pid, name, size and when it began, and no more than asked for",
    points: 2,
    look: "how sos_process_t lies in memory, and who is in the table",
    programs: {
      *first(own) {
        const { sos, room, witness } = own;
        yield* sos.sos_usleep(30 * MS);
        const stamp = Math.floor((yield* sos.sos_time_stamp()) / MS);
        const pids = [yield* started("sleeper", own), yield* started("sleeper", own)];
        yield* told("has memory", 2, own);
        const all = yield* listed(own);
        witness.equal("how many sos_process_status tells of", all.length, 3);
        for (const pid of pids) {
          const process = all.find((one) => one.pid === pid);
          if (process === undefined) return witness.fail(`process ${pid} is not told of`);
          witness.equal("its command", process.command, "sleeper");
          witness.expect(process.size >= 10, `its size is ${process.size} pages, and it has touched 10 of its heap`);
          const isNow = process.stime >= stamp && process.stime <= stamp + 1000;
          witness.expect(isNow, `its stime is ${process.stime}, and it began at ${stamp} ms or a little later`);
        }
        const first = all.find((one) => one.command === "first");
        witness.equal("the pid of this one in it", first?.pid ?? -1, yield* sos.sos_my_id());
        const two = yield* sos.sos_process_status(yield* room.buffer(), 2);
        witness.equal("what sos_process_status of at most 2 returns", two, 2);
      },
      *sleeper(own) {
        yield* fill(yield* own.room.bytes(11 * PAGE), 10, 0);
        own.witness.tell("has memory");
        yield* own.sos.sos_usleep(LONG_US);
      },
    },
  },
  {
    id: "M6/pids",
    claim: `a pid is not used again at once: ${IDS} processes, one after the other, have ${IDS} different ones`,
    points: 2,
    look: "where the next pid comes from: not the lowest that is free",
    programs: {
      *first(own) {
        const { sos, witness } = own;
        const pids: number[] = [];
        for (let n = 0; n < IDS; n++) {
          const pid = yield* started("child", own);
          witness.expect(
            !pids.includes(pid),
            `process number ${n + 1} has the pid ${pid}, as one before: ${pids.join(" ")}`,
          );
          pids.push(pid);
          if (n % 2 === 0) yield* sos.sos_process_delete(pid);
          yield* ended(pid, own);
        }
      },
      *child({ sos }) {
        yield* sos.sos_usleep(MS);
      },
    },
  },
  {
    id: "M6/delete",
    claim: "sos_process_delete ends a process with all its files, others as well as the caller, and is -1 for none",
    points: 3,
    look: "what belongs to a process: its open files, the console if it reads it, what it waits for",
    programs: {
      *first(own) {
        const { sos, witness } = own;
        const pid = yield* started("reader", own);
        yield* told("reads", 1, own);
        witness.equal(
          "what sos_open of the console returns to a second reader",
          yield* sos.sos_open("console", O_RDONLY),
          -1,
        );
        witness.equal("what sos_process_delete returns", yield* sos.sos_process_delete(pid), 0);
        witness.expect(!(yield* lives(pid, own)), "a process that was deleted is in sos_process_status");
        const console = yield* sos.sos_open("console", O_RDONLY);
        witness.expect(console >= 3, `sos_open of the console returns ${console} when its reader was deleted`);
        yield* sos.sos_close(console);
        witness.equal("what deleting it again returns", yield* sos.sos_process_delete(pid), -1);
        const suicide = yield* started("suicide", own);
        yield* ended(suicide, own);
        witness.equal("how many live on that have deleted themselves", witness.count("lives on"), 0);
        witness.expect(!(yield* lives(suicide, own)), "a process that has deleted itself is in sos_process_status");
      },
      *reader({ sos, room, witness }) {
        const console = yield* sos.sos_open("console", O_RDONLY);
        for (let n = 0; n < 6; n++) yield* sos.sos_open(`open${n}`, O_RDWR);
        witness.tell("reads");
        yield* room.read(console, 10);
      },
      *suicide({ sos, witness }) {
        yield* sos.sos_process_delete(yield* sos.sos_my_id());
        witness.tell("lives on");
      },
    },
  },
  {
    id: "M6/moments",
    claim: `${VICTIMS} processes leave nothing behind, whatever they are at when they are deleted`,
    points: 4,
    look: "a process that waits for something: the server forgets its call, and what arrives for it later",
    frames: 64,
    swapPages: 1900,
    processPages: 112,
    disk: { readUs: 300, writeUs: 300 },
    seconds: 60,
    programs: {
      *first(own) {
        const { sos, witness } = own;
        yield* own.room.buffer();
        for (let n = 0; n < WARM_UP + VICTIMS; n++) {
          if (n === WARM_UP) yield* restIn("warm", own);
          if (n === WARM_UP + VICTIMS / 2) yield* restIn("half", own);
          const pid = yield* started(DEEDS[witness.below(DEEDS.length)] as string, own);
          yield* sos.sos_usleep(witness.below(LIFE_US));
          yield* sos.sos_process_delete(pid);
          witness.expect(!(yield* lives(pid, own)), "a process that was deleted is in sos_process_status");
        }
        yield* restIn("over", own);
      },
      ...deeds(),
    },
    examine: expectNoGrowth,
  },
  {
    id: "M6/leaks",
    claim: `${CYCLES} processes that are created and end leave the kernel as it was`,
    points: 5,
    look: "what is made for a process, one by one: each has to be given back, by whoever ends it",
    seconds: 120,
    programs: {
      *first(own) {
        const { sos } = own;
        yield* own.room.buffer();
        for (let n = 0; n < CYCLES + WARM_UP; n++) {
          if (n === WARM_UP) yield* restIn("warm", own);
          const pid = yield* started(n % 2 === 0 ? "returns" : "sleeps", own);
          if (n % 2 === 0) yield* ended(pid, own);
          else yield* sos.sos_process_delete(pid);
        }
        yield* restIn("over", own);
      },
      *returns({ room }) {
        yield* fill(yield* room.bytes(3 * PAGE), 2, 0);
      },
      *sleeps({ sos, room }) {
        yield* fill(yield* room.bytes(3 * PAGE), 2, 0);
        yield* sos.sos_open("open", O_RDWR);
        yield* sos.sos_usleep(LONG_US);
      },
    },
    examine: expectNothingBehind,
  },
];

const DEEDS = ["sleeper", "reader", "writer", "pager", "waiter", "creator", "asker", "faulter"];

/** What a process can be doing when it is deleted. */
function deeds(): Record<string, (own: Own) => Thread> {
  return {
    *sleeper({ sos }) {
      yield* sos.sos_usleep(LONG_US);
    },
    *reader({ sos, room }) {
      const console = yield* sos.sos_open("console", O_RDONLY);
      yield* room.read(console, 10);
    },
    *writer({ sos, room }) {
      const file = yield* sos.sos_open("written", O_RDWR);
      for (;;) yield* room.writeAll(file, new Uint8Array(100));
    },
    *pager(own) {
      const address = yield* own.room.bytes(81 * PAGE);
      for (;;) yield* fill(address, 80, 0);
    },
    *waiter({ sos }) {
      yield* sos.sos_process_wait(-1);
    },
    *creator(own) {
      const { sos } = own;
      for (;;) {
        const pid = yield* sos.sos_process_create("short");
        if (pid > 0) yield* ended(pid, own);
      }
    },
    *short() {},
    *asker({ sos, room }) {
      const buffer = yield* room.buffer();
      for (;;) {
        yield* sos.sos_process_status(buffer, 8);
        yield* sos.sos_stat("written", buffer);
        yield* sos.sos_getdirent(0, buffer, 64);
      }
    },
    *faulter() {
      yield* load(16);
    },
  };
}

/** What `restIn` tells, as it is told of when it does not come. */
const MOMENTS = {
  warm: "the end of the first few",
  half: "the end of half of them",
  over: "the end of the last",
} as const;

/** Touch what this process has, say so, and do nothing for a time. */
function* restIn(what: keyof typeof MOMENTS, own: Own): Thread {
  const { sos, room, witness } = own;
  yield* sos.sos_stat("nothing", yield* room.buffer());
  yield* listed(own);
  witness.tell(what);
  yield* sos.sos_usleep(2 * REST_US);
}

/** Between "warm" and "over" nothing has come into the kernel that stays. */
function expectNothingBehind(exam: Exam): void {
  exam.until("warm", MOMENTS.warm);
  exam.rest(REST_US);
  const before = exam.snapshot;
  exam.until("over", MOMENTS.over);
  exam.rest(REST_US);
  exam.expectNoLeaks(before, "of processes that have ended there is left");
  exam.toEnd();
}

/**
 * From "warm" to "half" to "over" there is not more and more of anything. Which frames the pages of the one process that
 * is left lie in is another matter, so they are counted and not compared.
 */
function expectNoGrowth(exam: Exam): void {
  const snapshots = (["warm", "half", "over"] as const).map((moment) => {
    exam.until(moment, MOMENTS[moment]);
    exam.rest(REST_US);
    return exam.snapshot;
  });
  const [warm, half, over] = snapshots.map(countsOf) as [Counts, Counts, Counts];
  const grows = [...over].find(
    ([kind, count]) => count > (half.get(kind) ?? 0) && (half.get(kind) ?? 0) > (warm.get(kind) ?? 0),
  );
  if (grows !== undefined) {
    const [kind, count] = grows;
    const words = `with every ${VICTIMS / 2} processes there are more of ${kind}: ${warm.get(kind)}, ${half.get(kind)}, ${count}`;
    exam.expectNoLeaks(snapshots[1] as KernelSnapshot, words);
  }
  exam.toEnd();
}

/** How many objects and capabilities there are of each kind, and bytes in use. */
type Counts = ReadonlyMap<string, number>;

function countsOf({ objects, capabilities }: KernelSnapshot): Counts {
  const counts = new Map<string, number>();
  const add = (what: string, count: number) => counts.set(what, (counts.get(what) ?? 0) + count);
  for (const { kind } of objects) add(`objects, ${kind}`, 1);
  for (const { kind } of capabilities) add(`capabilities, ${kind}`, 1);
  for (const object of objects) if (object.kind === "untyped") add("bytes in use", object.usedBytes);
  return counts;
}
