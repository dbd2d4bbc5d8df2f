/**
 * `benchmark`: how long the system takes to write and to read a file, by buffers of 512 bytes to 256 KiB, each ten times.
 * The times go as JSON into results.tsv. They are those of the machine's clock, so two runs of one system tell the same.
 *
 * The buffers lie in the process's own memory: with fewer frames than they have pages, the times are those of paging, too.
 */
import { copyOut, type Thread } from "@tessera/hal-sim/isa";
import { O_RDONLY, O_TRUNC, O_WRONLY } from "@tessera/servers/sos";
import { whyNotWritten } from "./refusal.js";
import type { Sosh } from "./sosh.js";
import { Status } from "./status.js";

/** How to measure, and where the result goes. */
export interface BenchmarkOptions {
  /** Small buffers alone, each once. */
  readonly isQuick: boolean;
  /** The result is shown, and no file written. */
  readonly toConsole: boolean;
}

const SMALLEST = 512;
const LARGEST = 256 * 1024;
/** Of a quick look. */
const LARGEST_QUICK = 4096;
const SAMPLES = 10;
const RESULTS = "results.tsv";
/** The file that is written and read, and is left empty. */
const FILE = "benchmark.tmp";
const PAGE_BYTES = 4096;
const FILLING = 0x5a;

/** Times of one size of buffer, in microseconds. */
interface Row {
  readonly bytes: number;
  readonly write_us: readonly number[];
  readonly read_us: readonly number[];
}

/** Carry it out, and say how far it is. Can block. @returns the command's status */
export function* benchmark(shell: Sosh, { isQuick, toConsole }: BenchmarkOptions): Thread<number> {
  const largest = isQuick ? LARGEST_QUICK : LARGEST;
  const buffer = yield* shell.sos.mmap(largest);
  if (buffer < 0) return yield* shell.complain(`benchmark: there is no memory for a buffer of ${largest} bytes`);
  for (let at = 0; at < largest; at += PAGE_BYTES) {
    yield* copyOut(buffer + at, new Uint8Array(PAGE_BYTES).fill(FILLING));
  }
  const rows: Row[] = [];
  let status: number = Status.Done;
  for (let bytes = SMALLEST; bytes <= largest; bytes *= 2) {
    const row = yield* measure(shell, buffer, bytes, isQuick ? 1 : SAMPLES);
    if (typeof row === "string") {
      status = yield* shell.complain(`benchmark: with a buffer of ${bytes} bytes ${FILE} ${row}`);
      break;
    }
    rows.push(row);
    yield* shell.say(
      `${String(bytes).padStart(6)} bytes: write ${speed(row, "write_us")}, read ${speed(row, "read_us")}\n`,
    );
  }
  yield* shell.sos.munmap(buffer, largest);
  yield* shell.sos.sos_close(yield* shell.sos.sos_open(FILE, O_WRONLY | O_TRUNC));
  if (rows.length === 0) return status;
  const text = `{"unit":"us","rows":[\n${rows.map((row) => JSON.stringify(row)).join(",\n")}\n]}\n`;
  if (toConsole) yield* shell.say(text);
  else status = (yield* keep(shell, text)) || status;
  return status;
}

/** Write and read so many bytes, so many times. @returns the times, or in words what could not be done with the file */
function* measure(shell: Sosh, buffer: number, bytes: number, samples: number): Thread<Row | string> {
  const row = { bytes, write_us: [] as number[], read_us: [] as number[] };
  for (let i = 0; i < samples; i++) {
    const written = yield* pass(shell, O_WRONLY | O_TRUNC, bytes, (file, done) =>
      shell.sos.sos_write(file, buffer + done, bytes - done),
    );
    if (written === "not opened") return `cannot be opened to be written: ${yield* whyNotWritten(shell, FILE)}`;
    if (written === "not all") return "could not be written to its end: no room is left";
    const read = yield* pass(shell, O_RDONLY, bytes, (file, done) =>
      shell.sos.sos_read(file, buffer + done, bytes - done),
    );
    if (typeof read === "string") return "cannot be read";
    row.write_us.push(written);
    row.read_us.push(read);
  }
  return row;
}

/** Open the file and move all bytes by `piece`, which is told how many are done. @returns the microseconds of the moving */
function* pass(
  { sos }: Sosh,
  mode: number,
  bytes: number,
  piece: (file: number, done: number) => Thread<number>,
): Thread<number | "not opened" | "not all"> {
  const file = yield* sos.sos_open(FILE, mode);
  if (file < 0) return "not opened";
  const start = yield* sos.sos_time_stamp();
  let done = 0;
  for (let count = 1; done < bytes && count > 0; done += Math.max(count, 0)) count = yield* piece(file, done);
  const us = (yield* sos.sos_time_stamp()) - start;
  yield* sos.sos_close(file);
  return done < bytes ? "not all" : us;
}

function* keep(shell: Sosh, text: string): Thread<number> {
  const { sos, stdio } = shell;
  const file = yield* sos.sos_open(RESULTS, O_WRONLY | O_TRUNC);
  if (file < 0) {
    return yield* shell.complain(`benchmark: ${RESULTS} cannot be written: ${yield* whyNotWritten(shell, RESULTS)}`);
  }
  const isKept = yield* stdio.write(file, new TextEncoder().encode(text));
  yield* sos.sos_close(file);
  if (!isKept) return yield* shell.complain(`benchmark: ${RESULTS} could not be written to its end: no room is left`);
  yield* shell.say(`The times are in ${RESULTS}.\n`);
  return Status.Done;
}

/** Bytes by the mean time, in KiB a second. */
function speed(row: Row, which: "write_us" | "read_us"): string {
  const us = row[which].reduce((sum, time) => sum + time, 0) / row[which].length;
  return `${String(Math.round((row.bytes / 1024 / Math.max(us, 1)) * 1_000_000)).padStart(6)} KiB/s`;
}
