/** M2, system calls: the console has one reader and many writers, and nobody is kept from going on by others. */
import { compute } from "@tessera/hal-sim/isa";
import { O_RDONLY, O_WRONLY } from "@tessera/servers/sos";
import type { Check } from "../exam/check.js";
import { Failed } from "../exam/witness.js";

const MS = 1000;
const STDOUT = 1;
const WRITERS = 3;
const LINES = 150;
const CALLS = 100;
const SPINNERS = 3;
const SPIN_US = 400 * MS;
/** Cycles of work for a line, so that slices of the processor decide about turns, and not the budgets of servers. */
const LINE_CYCLES = 500_000;
/** Cycles between two looks at the clock. */
const SPIN_CYCLES = 20_000;

export const M2: readonly Check[] = [
  {
    id: "M2/blocks",
    claim: "who reads the console waits until something is typed, and gets just that",
    points: 3,
    look: "where a reader waits: his reply has to be kept until there is something, and given then",
    programs: {
      *first({ sos, room, witness }) {
        const console = yield* sos.sos_open("console", O_RDONLY);
        witness.expect(console >= 3, `sos_open of "console" returns ${console}`);
        witness.tell("reads");
        const text = yield* room.readText(console, 100);
        witness.tell("has read", text);
      },
    },
    examine(exam) {
      exam.until("reads", "sos_open of the console, to read");
      exam.rest(200 * MS);
      if (exam.witness.count("has read") > 0) throw new Failed("sos_read returns before anything is typed");
      exam.type("hello there\n");
      exam.until("has read", "what was typed, by sos_read");
      exam.witness.equal("what sos_read gives", String(exam.witness.values("has read")[0]), "hello there\n");
    },
  },
  {
    id: "M2/rest",
    claim: "what does not fit a reader's buffer is there for his next read, and so is what is typed meanwhile",
    points: 2,
    look: "what the console keeps: a line of which a part was read, lines that come when nobody reads",
    programs: {
      *first({ sos, room, witness }) {
        const console = yield* sos.sos_open("console", O_RDONLY);
        witness.tell("reads");
        let text = "";
        while (!text.endsWith("end\n")) text += yield* room.readText(console, 5);
        witness.equal("what is read five bytes at a time", text, "one two three\nfour\nend\n");
      },
    },
    examine(exam) {
      exam.until("reads", "sos_open of the console, to read");
      exam.type("one two three\n");
      exam.rest(50 * MS);
      exam.type("four\nend\n");
      exam.toEnd();
    },
  },
  {
    id: "M2/one-reader",
    claim: "the console is open for one reader at a time, and for writers always",
    points: 3,
    look: "where it is kept who reads the console: at sos_open, until sos_close or the end of the process",
    programs: {
      *first({ sos, room, witness }) {
        const reader = yield* sos.sos_open("console", O_RDONLY);
        witness.expect(reader >= 3, `sos_open of "console" to read returns ${reader}`);
        witness.equal("what sos_open returns to a second reader", yield* sos.sos_open("console", O_RDONLY), -1);
        const writer = yield* sos.sos_open("console", O_WRONLY);
        witness.expect(writer >= 3, `sos_open of "console" to write returns ${writer}`);
        witness.equal("what writing to it returns", yield* room.write(writer, "written\n"), 8);
        witness.expect((yield* sos.sos_process_create("other")) > 0, "sos_process_create returns -1");
        while (witness.count("refused") === 0) yield* sos.sos_usleep(MS);
        witness.equal("what sos_close returns", yield* sos.sos_close(reader), 0);
        const next = yield* sos.sos_open("console", O_RDONLY);
        witness.expect(next >= 3, `sos_open of "console" returns ${next} when its reader has closed it`);
      },
      *other({ sos, witness }) {
        const reader = yield* sos.sos_open("console", O_RDONLY);
        witness.equal("what sos_open returns to a reader in another process", reader, -1);
        witness.tell("refused");
      },
    },
  },
  {
    id: "M2/closed",
    claim: "a file that was closed is closed",
    points: 1,
    look: "sos_close of what is not open, and what is done with a number behind it",
    programs: {
      *first({ sos, room, witness }) {
        const file = yield* sos.sos_open("console", O_WRONLY);
        witness.equal("what sos_close returns", yield* sos.sos_close(file), 0);
        witness.equal("what sos_close returns the second time", yield* sos.sos_close(file), -1);
        witness.equal("what writing to it returns", yield* room.write(file, "x"), -1);
        for (const none of [-1, 14, 16, 1e6]) {
          witness.equal(`what sos_close of file ${none} returns`, yield* sos.sos_close(none), -1);
        }
      },
    },
  },
  {
    id: "M2/writers",
    claim: `${WRITERS} writers get their turns: no line is torn or lost, and nobody is through before the others come to it`,
    points: 2,
    look: "in which order waiting writers are taken, and whether one write is carried out in one piece",
    programs: {
      *first({ sos, witness }) {
        for (let n = 0; n < WRITERS; n++) {
          witness.expect((yield* sos.sos_process_create("writer")) > 0, "sos_process_create of a writer returns -1");
        }
        while (witness.count("through") < WRITERS) yield* sos.sos_usleep(5 * MS);
      },
      *writer({ sos, room, witness }) {
        witness.tell("born");
        const letter = "abc"[witness.count("born") - 1] as string;
        while (witness.count("born") < WRITERS) yield* sos.sos_usleep(MS);
        for (let n = 0; n < LINES; n++) {
          const line = `${letter}${n}:${letter.repeat(30)}\n`;
          yield* compute(LINE_CYCLES);
          witness.equal("what sos_write of a line returns", yield* room.write(STDOUT, line), line.length);
        }
        witness.tell("through");
      },
    },
    examine(exam) {
      exam.toEnd();
      const lines = () => [...exam.output.matchAll(/([abc])(\d+):\1{30}\n/g)];
      exam.until(() => lines().length >= WRITERS * LINES, "every writer's every line, in one piece, on the console");
      const order = lines().map(([, letter]) => letter as string);
      const through = ["a", "b", "c"].map((letter) => order.lastIndexOf(letter));
      const before = order.slice(0, Math.min(...through));
      const fewest = Math.min(...["a", "b", "c"].map((letter) => before.filter((one) => one === letter).length));
      if (fewest < LINES / 2)
        throw new Failed(`when one writer is through, another has shown ${fewest} of ${LINES} lines: ${folded(order)}`);
    },
  },
  {
    id: "M2/others-go-on",
    claim: "while one process sleeps and another reads the console, a third goes on",
    points: 3,
    look: "a server that waits for something itself: whoever has to wait is put aside, and the loop goes on",
    programs: {
      *first({ sos, room, witness }) {
        for (const name of ["sleeper", "reader"]) {
          witness.expect((yield* sos.sos_process_create(name)) > 0, `sos_process_create of the ${name} returns -1`);
        }
        while (witness.count("waits") < 2) yield* sos.sos_usleep(MS);
        yield* sos.sos_usleep(5 * MS);
        const begun = witness.us;
        for (let n = 0; n < CALLS; n++) {
          yield* sos.sos_time_stamp();
          yield* room.write(STDOUT, ".");
        }
        const took = Math.round((witness.us - begun) / MS);
        witness.expect(took < 500, `${CALLS} time stamps and ${CALLS} writes take ${took} ms`);
        witness.equal("how many of the two went on meanwhile", witness.count("goes on"), 0);
      },
      *sleeper({ sos, witness }) {
        witness.tell("waits");
        yield* sos.sos_usleep(15_000 * MS);
        witness.tell("goes on");
      },
      *reader({ sos, room, witness }) {
        const console = yield* sos.sos_open("console", O_RDONLY);
        witness.tell("waits");
        yield* room.read(console, 10);
        witness.tell("goes on");
      },
    },
  },
  {
    id: "M2/processor",
    claim: `${SPINNERS} processes that compute share the processor, and one that sleeps is not late for it`,
    points: 2,
    look: "priorities and scheduling contexts of the processes, and those of the servers that they call",
    programs: {
      *first({ sos, witness }) {
        for (let n = 0; n < SPINNERS; n++) {
          witness.expect((yield* sos.sos_process_create("spinner")) > 0, "sos_process_create of a spinner returns -1");
        }
        while (witness.count("born") < SPINNERS) yield* sos.sos_usleep(MS);
        witness.tell("go");
        yield* sos.sos_usleep(SPIN_US);
        witness.tell("stop");
        const rounds = Array.from({ length: SPINNERS }, (_, n) => witness.count(`round of ${n + 1}`));
        const all = rounds.reduce((sum, count) => sum + count, 0);
        const fair = rounds.every((count) => count * SPINNERS * 2 >= all);
        witness.expect(fair, `in ${SPIN_US / MS} ms they came round ${rounds.join(", ")} times`);
        const late = (witness.times("stop")[0] ?? 0) - (witness.times("go")[0] ?? 0) - SPIN_US;
        witness.expect(late < 50 * MS, `who sleeps beside them for ${SPIN_US} us is ${Math.round(late)} us late`);
      },
      *spinner({ sos, witness }) {
        witness.tell("born");
        const me = witness.count("born");
        while (witness.count("go") === 0) yield* sos.sos_usleep(MS);
        while (witness.count("stop") === 0) {
          yield* compute(SPIN_CYCLES);
          witness.tell(`round of ${me}`);
        }
      },
    },
  },
];

/** `a30 b2 a1`: who wrote how many lines, one behind the other. */
function folded(order: readonly string[]): string {
  return order.join("").replace(/(.)\1*/g, (same) => `${same[0]}${same.length} `);
}
