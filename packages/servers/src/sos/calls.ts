/**
 * The calls of processes: what each comes to. A pointer is an address in the caller's memory; whether it is good is found
 * out by using it.
 *
 * Whatever reads or writes the caller's memory or files, shares pages, or waits for time or for another process can park,
 * and then others are served; the others (closeFile, processDelete, myId, timeStamp, brk, mmap, munmap, exit) do not.
 * A process that ends in the middle of a call leaves nothing behind: it goes no further than to where it waits, and gives
 * back what it has.
 */
import { Failure, fail } from "../common/answer.js";
import type { Handlers } from "../common/handles.js";
import { O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } from "./api.js";
import type { Console } from "./console.js";
import { isConsole } from "./folder.js";
import type { Sos } from "./interface.js";
import type { Lane } from "./lane.js";
import { DiskFile } from "./open-file.js";
import { mapZeroes, moveBreak, share, unmap } from "./own-memory.js";
import type { Process } from "./process.js";
import type { Processes } from "./processes.js";
import { cutString, encodeProcess, encodeStat, SOS_PROCESS_BYTES } from "./records.js";
import type { SharedMemory } from "./shared.js";
import { pause, type SystemParts, sinceBoot } from "./system.js";

/** Bits of a mode in which reading and writing are. */
const ACCESS = 3;
/** What C's library may pass beside them, and what it means is so anyway: O_CREAT, O_LARGEFILE, O_CLOEXEC. */
const WITHOUT_MEANING = 0o100 | 0o100_000 | 0o2_000_000;

/** What calls are carried out with. */
export interface CallsParts {
  readonly system: SystemParts;
  readonly processes: Processes;
  readonly console: Console;
  readonly shared: SharedMemory;
  /** Of width 1: pages are shared by one process at a time. */
  readonly sharing: Lane;
}

/** Handlers of the calls of processes. */
export function callHandlers(parts: CallsParts): Handlers<typeof Sos, Process> {
  const handlers: Handlers<typeof Sos, Process> = {
    ...fileCalls(parts),
    ...processCalls(parts, () => handlers),
    ...memoryCalls(parts),
  };
  return handlers;
}

type FileCalls = "open" | "closeFile" | "read" | "write" | "dirent" | "stat";
type ProcessCalls =
  | "processCreate"
  | "processDelete"
  | "myId"
  | "processStatus"
  | "processWait"
  | "timeStamp"
  | "usleep"
  | "exit";
type MemoryCalls = "shareVm" | "brk" | "mmap" | "munmap";
type Some<Names extends keyof Handlers<typeof Sos, Process>> = Pick<Handlers<typeof Sos, Process>, Names>;

function fileCalls({ console }: CallsParts): Some<FileCalls> {
  return {
    open: (process, { path, mode }) => process.alone(() => open(process, console, path, mode)),
    closeFile: (process, { file }) =>
      process.alone(function* () {
        const closed = process.parts.files.remove(file);
        if (closed === null) return fail("BadFile");
        yield* closed.close();
        return;
      }),
    read: (process, { file, buf, nbyte }) =>
      process.alone(function* () {
        const from = process.parts.files.get(file);
        if (from === null) return fail("BadFile");
        if (!from.reads) return fail("Denied");
        return nbyte === 0 ? { count: 0 } : yield* from.read(process.parts.memory, buf, nbyte);
      }),
    write: (process, { file, buf, nbyte }) =>
      process.alone(function* () {
        const to = process.parts.files.get(file);
        if (to === null) return fail("BadFile");
        if (!to.writes) return fail("Denied");
        return nbyte === 0 ? { count: 0 } : yield* to.write(process.parts.memory, buf, nbyte);
      }),
    dirent: (process, { pos, name, nbyte }) =>
      process.alone(function* () {
        const { folder, memory } = process.parts;
        const found = yield* folder.entry(pos, process.cursor);
        if (found instanceof Failure) return found;
        if (found === null) return fail("NoEntry");
        process.cursor = found.cursor;
        if (found.name === "") return { count: 0 };
        // Without a byte for the NUL there is no string.
        if (nbyte === 0) return fail("BadAddress");
        const text = cutString(new TextEncoder().encode(found.name), nbyte);
        return (yield* memory.write(name, text)) ? { count: text.length - 1 } : fail("BadAddress");
      }),
    stat: (process, { path, buf }) =>
      process.alone(function* () {
        const { folder, memory } = process.parts;
        const name = yield* memory.path(path);
        if (name === null) return fail("BadAddress");
        const stat = name === "" ? fail("BadPath") : yield* folder.stat(name);
        if (stat instanceof Failure) return stat;
        return (yield* memory.write(buf, encodeStat(stat))) ? undefined : fail("BadAddress");
      }),
  };
}

function processCalls(
  { system, processes }: CallsParts,
  handlers: () => Handlers<typeof Sos, Process>,
): Some<ProcessCalls> {
  return {
    processCreate: (process, { path }) =>
      process.alone(function* () {
        const name = yield* process.parts.memory.path(path);
        if (name === null) return fail("BadAddress");
        const made = name === "" ? fail("BadPath") : yield* processes.create(process, name, handlers());
        return made instanceof Failure ? made : { pid: made.parts.pid };
      }),
    processDelete: (process, { pid }) =>
      process.alone(function* () {
        const other = processes.get(pid);
        if (other === undefined) return fail("NoProcess");
        yield* processes.kill(other);
        return;
      }),
    myId: ({ parts }) => ({ pid: parts.pid }),
    processStatus: (process, { processes: address, max }) =>
      process.alone(function* () {
        const found = yield* processes.status(max);
        const bytes = new Uint8Array(found.length * SOS_PROCESS_BYTES);
        for (const [i, one] of found.entries()) bytes.set(encodeProcess(one), i * SOS_PROCESS_BYTES);
        return (yield* process.parts.memory.write(address, bytes)) ? { count: found.length } : fail("BadAddress");
      }),
    processWait: (process, { pid }) =>
      process.alone(function* () {
        const ended = yield* processes.wait(process, pid);
        return ended instanceof Failure ? ended : { pid: ended };
      }),
    *timeStamp() {
      return { us: yield* sinceBoot(system) };
    },
    usleep: (process, { usec }) =>
      process.alone(function* () {
        yield* pause(system, usec);
        return;
      }),
    *exit(process, { status }) {
      process.status = status;
      yield* processes.kill(process);
      return;
    },
  };
}

function memoryCalls({ shared, sharing }: CallsParts): Some<MemoryCalls> {
  return {
    shareVm: (process, asked) =>
      process.alone(function* () {
        return (yield* share(process, asked, shared, sharing)) ?? undefined;
      }),
    brk: (process, { end }) =>
      process.alone(function* () {
        return { end: yield* moveBreak(process, end) };
      }),
    mmap: (process, { length }) =>
      process.alone(function* () {
        const address = yield* mapZeroes(process, length);
        return address instanceof Failure ? address : { address };
      }),
    munmap: (process, { address, length }) =>
      process.alone(function* () {
        return (yield* unmap(process, address, length, shared)) ?? undefined;
      }),
  };
}

function* open(process: Process, console: Console, path: number, mode: number) {
  const { files, folder, memory } = process.parts;
  const name = yield* memory.path(path);
  if (name === null) return fail("BadAddress");
  if (name === "") return fail("BadPath");
  const access = mode & ACCESS;
  if (access > O_RDWR || (mode & ~(ACCESS | O_TRUNC | WITHOUT_MEANING)) !== 0) return fail("BadMode");
  if (!files.hasRoom) return fail("TooMany");
  const [reads, writes] = [access !== O_WRONLY, access !== O_RDONLY];
  if (isConsole(name)) {
    const opened = console.open({ reads, writes });
    return opened === null ? fail("InUse") : { file: files.add(opened) };
  }
  const file = yield* folder.open(name, { create: true, writes, truncate: (mode & O_TRUNC) !== 0 });
  return file instanceof Failure ? file : { file: files.add(new DiskFile(file, { reads, writes })) };
}
