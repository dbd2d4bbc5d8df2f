/** Logs of runs in files, as `--log` writes them and `--replay` reads them. */
import { type Divergence, parseRunLog, type RunLog, RunLogError, runLogText } from "@tessera/hal-sim";
import { OptionError } from "../options/option-error.js";

/** The files of whoever runs the command. Both throw what the host throws. */
export interface Files {
  read(path: string): string;
  write(path: string, text: string): void;
}

/** The text of a file. @throws OptionError when there is none that can be read */
export function readText(files: Files, path: string): string {
  try {
    return files.read(path);
  } catch (error) {
    throw new OptionError(`${JSON.stringify(path)} cannot be read: ${(error as Error).message}`);
  }
}

/** The log in a file. @throws OptionError when it cannot be read or is no log */
export function readLog(files: Files, path: string): RunLog {
  const text = readText(files, path);
  try {
    return parseRunLog(text);
  } catch (error) {
    if (!(error instanceof RunLogError)) throw error;
    throw new OptionError(`${JSON.stringify(path)} cannot be replayed: ${error.message}.`);
  }
}

/** Begin the file of a log, empty, so that whoever wants one knows at once. @throws OptionError when that cannot be done */
export function beginLog(files: Files, path: string): void {
  writeText(files, path, "");
}

/** Write a log into a file. @throws OptionError when that cannot be done */
export function writeLog(files: Files, path: string, log: RunLog): void {
  writeText(files, path, runLogText(log));
}

function writeText(files: Files, path: string, text: string): void {
  try {
    files.write(path, text);
  } catch (error) {
    throw new OptionError(`The log ${JSON.stringify(path)} cannot be written: ${(error as Error).message}`);
  }
}

/** What came of a replay, in a sentence or a few lines, with their end. */
export function verdict({ end }: RunLog, divergence: Divergence | null): string {
  if (divergence !== null) return `${divergence.text.replace(/^t/, "T")}\n`;
  return `The replay is the same run: ${end.records} trace records, hash ${end.hash}.\n`;
}
