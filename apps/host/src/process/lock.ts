/**
 * A file that one process uses at a time: beside it lies another, `.lock`, that says who does. One that was left behind by
 * a process that is no more is taken over.
 */
import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";

/** The locks of this process, by their paths. */
const held = new Set<string>();

/** Who holds a lock: a process, known by when it began as well, since numbers of processes come again. */
interface Holder {
  readonly pid: number;
  readonly host: string;
  /** Empty where the system does not say. */
  readonly began: string;
}

/**
 * Lock a file for this process, until `unlock`.
 * @throws Error with a sentence that says who uses it
 */
export function lock(path: string): void {
  const lockFile = lockOf(path);
  const text = `${JSON.stringify({ pid: process.pid, host: hostname(), began: beganOf(process.pid) })}\n`;
  while (!isWritten(lockFile, text)) {
    const found = textOf(lockFile);
    if (found === null) continue;
    const holder = holderIn(found);
    if (holder === null || isAlive(holder, lockFile)) throw new Error(sentence(path, lockFile, holder));
    takeAway(lockFile, found);
  }
  held.add(lockFile);
}

/** Give it back; nothing happens when this process has not locked it. */
export function unlock(path: string): void {
  if (held.delete(lockOf(path))) rmSync(lockOf(path), { force: true });
}

function lockOf(path: string): string {
  return `${path}.lock`;
}

/** Whether it was not there, and is now. */
function isWritten(lockFile: string, text: string): boolean {
  try {
    writeFileSync(lockFile, text, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** What is in it; null: it is gone. */
function textOf(lockFile: string): string | null {
  try {
    return readFileSync(lockFile, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** Null: it does not say who. It may be about to. */
function holderIn(text: string): Holder | null {
  try {
    const { pid, host, began } = JSON.parse(text) as Record<string, unknown>;
    if (!Number.isSafeInteger(pid) || typeof host !== "string" || typeof began !== "string") return null;
    return { pid: pid as number, host, began };
  } catch {
    return null;
  }
}

function isAlive({ pid, host, began }: Holder, lockFile: string): boolean {
  if (host !== hostname()) return true; // nobody here can know
  if (pid === process.pid) return held.has(lockFile);
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return false;
  }
  return began === "" || began === beganOf(pid);
}

/** When a process began, as Linux counts it; empty elsewhere. */
function beganOf(pid: number): string {
  try {
    // Its name, in parentheses, may hold anything; the 20th field behind it is the time.
    return (
      readFileSync(`/proc/${pid}/stat`, "utf8")
        .replace(/^.*\) /s, "")
        .split(" ")[19] ?? ""
    );
  } catch {
    return "";
  }
}

/** Remove a lock that was left behind, unless somebody else has done so and put up his own meanwhile. */
function takeAway(lockFile: string, found: string): void {
  const aside = `${lockFile}.${process.pid}`;
  try {
    renameSync(lockFile, aside);
    if (readFileSync(aside, "utf8") !== found) linkSync(aside, lockFile);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "EEXIST") throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function sentence(path: string, lockFile: string, holder: Holder | null): string {
  const who = holder === null ? "somebody" : `process ${holder.pid}`;
  const where = holder === null || holder.host === hostname() ? "" : ` on ${holder.host}`;
  const hint = `If nobody does, remove ${lockFile}.`;
  return `${path} is used by ${who}${where}: a second session needs a disk of its own. ${hint}`;
}
