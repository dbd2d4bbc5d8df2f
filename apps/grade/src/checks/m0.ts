/** M0, messages: what a program says comes to the console. */
import type { Check } from "../exam/check.js";
import { Failed } from "../exam/witness.js";

const STDOUT = 1;
const NOT_OPEN = 12;
const LINES = 40;
const LONG = 5000;

/** Of `LONG` bytes, each piece of it unlike the others. */
const LONG_TEXT = `<${Array.from({ length: LONG }, (_, i) => `${i};`)
  .join("")
  .slice(0, LONG - 2)}>`;

export const M0: readonly Check[] = [
  {
    id: "M0/write",
    claim: "what sos_write is given is shown on the console, and the answer is how many bytes that were",
    points: 4,
    look: "the message of sos_write in the client library, the server's loop that answers it, the console behind it",
    programs: {
      *first({ room, witness }) {
        witness.equal("what sos_write of 15 bytes returns", yield* room.write(STDOUT, "good morning! \n"), 15);
      },
    },
    examine(exam) {
      exam.toEnd();
      exam.until(() => exam.output.includes("good morning! \n"), "what was written, on the console");
    },
  },
  {
    id: "M0/order",
    claim: "writes come out in their order, none twice and none lost",
    points: 2,
    look: "who answers a write before it is carried out, and what happens when the console has no room",
    programs: {
      *first({ room, witness }) {
        for (let i = 0; i < LINES; i++) {
          const line = `line ${i}\n`;
          witness.equal(`what sos_write of line ${i} returns`, yield* room.write(STDOUT, line), line.length);
        }
      },
    },
    examine(exam) {
      const shown = () => [...exam.output.matchAll(/line (\d+)\n/g)].map(([, number]) => Number(number));
      exam.toEnd();
      exam.until(() => shown().includes(LINES - 1), "the last line, on the console");
      const wrong = shown().findIndex((number, i) => number !== i);
      if (wrong >= 0) throw new Failed(`line ${wrong} is not what comes next on the console: ${shown().join(" ")}`);
    },
  },
  {
    id: "M0/long",
    claim: "a write that is longer than a message comes out whole",
    points: 2,
    look: "how bytes that do not fit a message are passed: pieces in the client library, or the process's memory",
    programs: {
      *first({ room }) {
        yield* room.writeAll(STDOUT, new TextEncoder().encode(`${LONG_TEXT}\n`));
      },
    },
    examine(exam) {
      exam.toEnd();
      exam.until(() => exam.output.includes(">\n"), "the end of what was written, on the console");
      if (!exam.output.includes(LONG_TEXT))
        throw new Failed(`the console does not show the ${LONG} bytes as they were`);
    },
  },
  {
    id: "M0/not-open",
    claim: "who writes to a file that is not open is told -1",
    points: 1,
    look: "what the server does with the number of a file before it uses it",
    programs: {
      *first({ room, witness }) {
        for (const file of [NOT_OPEN, 99, -1]) {
          witness.equal(`what sos_write to file ${file} returns`, yield* room.write(file, "x"), -1);
        }
        witness.equal("what sos_write to file 1 returns then", yield* room.write(STDOUT, "still there\n"), 12);
      },
    },
  },
];
