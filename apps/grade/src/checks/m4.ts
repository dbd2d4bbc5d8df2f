/** M4, files: what was written is read again, and who waits for the disk keeps nobody from going on. */
import {
  FM_READ,
  FM_WRITE,
  O_RDONLY,
  O_RDWR,
  O_WRONLY,
  PROCESS_MAX_FILES,
  readStat,
  ST_FILE,
  ST_SPECIAL,
} from "@tessera/servers/sos";
import type { Check, Own } from "../exam/check.js";
import { started, told } from "../exam/processes.js";
import { bytesAt, differsAt, pattern } from "../exam/room.js";

const MS = 1000;
const SIZES = [0, 1, 895, 4096, 20_000] as const;
const NAMES = ["apple", "banana", "cherry"] as const;
/** Of 16, without 0, 1 and 2. */
const FILES = PROCESS_MAX_FILES - 3;
const SLOW = { readUs: 5 * MS, writeUs: 5 * MS };
const SLOW_BYTES = 16 * 1024;
const BEATS = 40;
const LATE_US = 3 * MS;

export const M4: readonly Check[] = [
  {
    id: "M4/read-back",
    claim: "what was written to a file is read again, whatever its size",
    points: 4,
    look: "offsets: they are kept with the open file, and move by what was written or read",
    programs: {
      *first(own) {
        for (const [tag, size] of SIZES.entries()) yield* writeFile(`f${size}`, pattern(tag, size), own);
        for (const [tag, size] of SIZES.entries()) yield* expectFile(`f${size}`, pattern(tag, size), own);
      },
    },
  },
  {
    id: "M4/modes",
    claim: "a file is read and written as it was opened, and there is none that was only asked for",
    points: 2,
    look: "what sos_open keeps of its mode, and which modes create a file",
    programs: {
      *first(own) {
        const { sos, room, witness } = own;
        yield* writeFile("modes", pattern(1, 100), own);
        const reader = yield* sos.sos_open("modes", O_RDONLY);
        witness.equal("what sos_write to a file that is open to read returns", yield* room.write(reader, "x"), -1);
        const writer = yield* sos.sos_open("modes", O_WRONLY);
        const buffer = yield* room.buffer();
        const found = yield* sos.sos_read(writer, buffer, 10);
        witness.equal("what sos_read of a file that is open to write returns", found, -1);
        witness.equal("what sos_read of a file that is not open returns", yield* sos.sos_read(14, buffer, 10), -1);
        witness.equal("what sos_stat of no file returns", yield* sos.sos_stat("nothing", buffer), -1);
      },
    },
  },
  {
    id: "M4/offsets",
    claim: "each sos_open has an offset of its own",
    points: 2,
    look: "what is shared when one file is open twice",
    programs: {
      *first(own) {
        const { sos, room, witness } = own;
        yield* writeFile("twice", new TextEncoder().encode("abcdefghij"), own);
        const files = [yield* sos.sos_open("twice", O_RDONLY), yield* sos.sos_open("twice", O_RDONLY)] as const;
        witness.expect(files[0] !== files[1], `sos_open returns ${files[0]} twice`);
        witness.equal("what the first reads", yield* room.readText(files[0], 4), "abcd");
        witness.equal("what the second reads", yield* room.readText(files[1], 3), "abc");
        witness.equal("what the first reads next", yield* room.readText(files[0], 4), "efgh");
        witness.equal("what sos_close of it returns", yield* sos.sos_close(files[0]), 0);
        witness.equal("what the second reads next", yield* room.readText(files[1], 4), "defg");
      },
    },
  },
  {
    id: "M4/entries",
    claim: "sos_getdirent gives every file's name once, 0 behind the last, and -1 beyond that",
    points: 3,
    look: "the number of an entry, and what is answered for the first one that is not there",
    programs: {
      *first(own) {
        const { sos, room, witness } = own;
        for (const name of NAMES) yield* writeFile(name, pattern(0, 10), own);
        const buffer = yield* room.buffer();
        const names: string[] = [];
        for (;;) {
          const count = yield* sos.sos_getdirent(names.length, buffer, 256);
          if (count === 0) break;
          witness.expect(count > 0 && count < 256, `sos_getdirent of entry ${names.length} returns ${count}`);
          witness.expect(names.length < 100, "sos_getdirent never returns 0");
          names.push(new TextDecoder().decode(yield* bytesAt(buffer, count)).replace(/\0$/, ""));
        }
        for (const name of NAMES) {
          const times = names.filter((one) => one === name).length;
          witness.equal(`how often sos_getdirent gives ${name}, in ${names.join(" ")},`, times, 1);
        }
        const beyond = yield* sos.sos_getdirent(names.length + 1, buffer, 256);
        witness.equal("what sos_getdirent returns two behind the last", beyond, -1);
      },
    },
  },
  {
    id: "M4/stat",
    claim: "sos_stat tells a file's size, what may be done with it, and that the console is something special",
    points: 2,
    look: "how sos_stat_t lies in memory, and where its fields come from",
    programs: {
      *first(own) {
        const { sos, room, witness } = own;
        yield* writeFile("sized", pattern(3, 1234), own);
        const buffer = yield* room.buffer();
        witness.equal("what sos_stat returns", yield* sos.sos_stat("sized", buffer), 0);
        const { st_type, st_fmode, st_size } = yield* readStat(buffer);
        witness.equal("st_type of a file", st_type, ST_FILE);
        witness.equal("st_size", st_size, 1234);
        const mode = FM_READ | FM_WRITE;
        witness.equal("st_fmode, whether it can be read and written,", st_fmode & mode, mode);
        witness.equal('what sos_stat of "console" returns', yield* sos.sos_stat("console", buffer), 0);
        witness.equal("st_type of it", (yield* readStat(buffer)).st_type, ST_SPECIAL);
      },
    },
  },
  {
    id: "M4/sixteen",
    claim: `a process can have ${FILES} files open beside 0, 1 and 2, and one that is closed makes room`,
    points: 3,
    look: "the table of open files: which numbers it gives, and when they are free again",
    programs: {
      *first(own) {
        const { sos, room, witness } = own;
        for (let round = 0; round < 3; round++) {
          const open = new Set<number>();
          for (let n = 0; n < FILES; n++) {
            const file = yield* sos.sos_open(`many${n}`, O_RDWR);
            const isNew = file >= 3 && file < PROCESS_MAX_FILES && !open.has(file);
            witness.expect(isNew, `in round ${round}, sos_open of file number ${n + 1} returns ${file}`);
            open.add(file);
          }
          witness.equal("what sos_open of one more returns", yield* sos.sos_open("more", O_RDWR), -1);
          witness.equal("what writing to 1 returns meanwhile", yield* room.write(1, "x\n"), 2);
          for (const file of open) witness.equal("what sos_close returns", yield* sos.sos_close(file), 0);
        }
      },
    },
  },
  {
    id: "M4/slow-disk",
    claim: "who waits for a slow disk keeps nobody else from going on",
    points: 4,
    look: "the server that reads and writes files: it puts a process aside until the disk has answered, and does not wait",
    disk: SLOW,
    programs: {
      *first(own) {
        const { sos, witness } = own;
        yield* started("slow", own);
        yield* told("writes", 1, own);
        for (let n = 0; n < BEATS; n++) {
          const begun = witness.us;
          yield* sos.sos_usleep(2 * MS);
          yield* sos.sos_time_stamp();
          const late = Math.round(witness.us - begun - 2 * MS);
          witness.expect(late <= LATE_US, `while another process writes a file, a sleep of 2 ms is ${late} us late`);
        }
        witness.equal("how many were through before", witness.count("through"), 0);
        yield* told("through", 1, own);
      },
      *slow(own) {
        own.witness.tell("writes");
        yield* writeFile("slow", pattern(9, SLOW_BYTES), own);
        yield* expectFile("slow", pattern(9, SLOW_BYTES), own);
        own.witness.tell("through");
      },
    },
  },
  {
    id: "M4/at-once",
    claim: "several processes write and read files at a time, and each finds its own in them",
    points: 2,
    look: "what is kept of one transfer while another is under way",
    disk: { readUs: MS, writeUs: MS },
    programs: {
      *first(own) {
        for (let n = 0; n < 3; n++) yield* started("user", own);
        yield* told("through", 3, own);
      },
      *user(own) {
        own.witness.tell("born");
        const me = own.witness.count("born");
        for (let round = 0; round < 3; round++) {
          yield* writeFile(`of${me}`, pattern(10 * me + round, 3000), own);
          yield* expectFile(`of${me}`, pattern(10 * me + round, 3000), own);
        }
        own.witness.tell("through");
      },
    },
  },
];

function* writeFile(name: string, bytes: Uint8Array, { sos, room, witness }: Own) {
  const file = yield* sos.sos_open(name, O_WRONLY);
  witness.expect(file >= 3, `sos_open of "${name}" to write returns ${file}`);
  yield* room.writeAll(file, bytes);
  witness.equal("what sos_close returns", yield* sos.sos_close(file), 0);
}

function* expectFile(name: string, bytes: Uint8Array, { sos, room, witness }: Own) {
  const file = yield* sos.sos_open(name, O_RDONLY);
  witness.expect(file >= 3, `sos_open of "${name}" to read returns ${file}`);
  const found = yield* room.readAll(file);
  yield* sos.sos_close(file);
  witness.equal(`the bytes that are read of "${name}"`, found.length, bytes.length);
  const at = differsAt(found, bytes);
  witness.expect(at < 0, `byte ${at} of ${bytes.length} of "${name}" is ${found[at]}, and ${bytes[at]} was written`);
}
