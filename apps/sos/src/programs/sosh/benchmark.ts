/**
 * `benchmark`: how long the system takes to write and to read a file, by buffers of 512 bytes to 256 KiB, each ten times.
 * The times go as JSON into results.tsv. They are those of the machine's clock, so two runs of one system tell the same.
 *
 * The buffers lie in the process's own memory: with fewer frames than they have pages, the times are those of paging, too.
 */
import { copyOut, type Thread } from "@tessera/hal-sim/isa";
import { O_RDONLY, O_TRUNC, O_WRONLY } from "@tessera/servers/sos";
import type { Sosh } from "./sosh.js";

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

/** Carry it out, and say how far it is. Can block. */
export function* benchmark(shell: Sosh, { isQuick, toConsole }: BenchmarkOptions): Thread<void> {
  const largest = isQuick ? LARGEST_QUICK : LARGEST;
  const buffer = yield* shell.sos.mmap(largest);
  if (buffer < 0) return yield* shell.say(`benchmark: there is no memory for a buffer of ${largest} bytes\n`);
  for (let at = 0; at < largest; at += PAGE_BYTES) {
    yield* copyOut(buffer + at, new Uint8Array(PAGE_BYTES).fill(FILLING));
  }
  const rows: Row[] = [];
  for (let bytes = SMALLEST; bytes <= largest; bytes *= 2) {
    const row = yield* measure(shell, buffer, bytes, isQuick ? 1 : SAMPLES);
    if (row === null) {
      yield* shell.say(`benchmark: ${FILE} could not be written and read with a buffer of ${bytes} bytes\n`);
      break;
    }
    rows.push(row);
    yield* shell.say(
      `${String(bytes).padStart(6)} bytes: write ${speed(row, "write_us")}, read ${speed(row, "read_us")}\n`,
    );
  }
  yield* shell.sos.munmap(buffer, largest);
  yield* shell.sos.sos_close(yield* shell.sos.sos_open(FILE, O_WRONLY | O_TRUNC));
  if (rows.length === 0) return;
  const text = `{"unit":"us","rows":[\n${rows.map((row) => JSON.stringify(row)).join(",\n")}\n]}\n`;
  if (toConsole) yield* shell.say(text);
  else yield* keep(shell, text);
}

/** Null: the file could not be written or read. */
function* measure({ sos }: Sosh, buffer: number, bytes: number, samples: number): Thread<Row | null> {
  const row = { bytes, write_us: [] as number[], read_us: [] as number[] };
  for (let i = 0; i < samples; i++) {
    for (const [mode, times] of [
      [O_WRONLY | O_TRUNC, row.write_us],
      [O_RDONLY, row.read_us],
    ] as const) {
      const file = yield* sos.sos_open(FILE, mode);
      if (file < 0) return null;
      const start = yield* sos.sos_time_stamp();
      const isWriting = times === row.write_us;
      let done = 0;
      for (let count = 1; done < bytes && count > 0; done += Math.max(count, 0)) {
        const [at, left] = [buffer + done, bytes - done];
        count = yield* isWriting ? sos.sos_write(file, at, left) : sos.sos_read(file, at, left);
      }
      times.push((yield* sos.sos_time_stamp()) - start);
      yield* sos.sos_close(file);
      if (done < bytes) return null;
    }
  }
  return row;
}

function* keep({ sos, stdio }: Sosh, text: string): Thread<void> {
  const file = yield* sos.sos_open(RESULTS, O_WRONLY | O_TRUNC);
  const isKept = file >= 0 && (yield* stdio.write(file, new TextEncoder().encode(text)));
  if (file >= 0) yield* sos.sos_close(file);
  yield* stdio.print(isKept ? `The times are in ${RESULTS}.\n` : `benchmark: ${RESULTS} cannot be written\n`);
}

/** Bytes by the mean time, in KiB a second. */
function speed(row: Row, which: "write_us" | "read_us"): string {
  const us = row[which].reduce((sum, time) => sum + time, 0) / row[which].length;
  return `${String(Math.round((row.bytes / 1024 / Math.max(us, 1)) * 1_000_000)).padStart(6)} KiB/s`;
}
