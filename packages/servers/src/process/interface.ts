/**
 * What a process server can be asked. A process is made, is given capabilities one by one, and runs with these and no
 * others: its parent decides what it may do. It runs a program of the image, which says what it needs; or what its parent
 * loads into its address space, which says nothing.
 *
 *     create ─▸ made ──give, delegate──▸ made ──start──▸ runs ──its main returns, it dies, it is killed──▸ ended
 *     load ─▸ made ──space, install──▸ made ──run──▸ runs ──it dies, it is killed──▸ ended
 *
 * The session that `create` or `load` answers is the process's life: it ends with the session, and so with whoever created
 * it. When it has ended, everything that it had is given back at once; how it ended can be asked until the session is closed.
 */
import { define, op, sessionOf } from "../common/define.js";
import { capability, oneOf, text, u32, u53 } from "../common/field.js";
import { Space } from "../memory/interface.js";

/** The most bytes of the name of a program, of a need, of an interface. */
export const PROCESS_NAME_BYTES = 64;
/** The most bytes of arguments. */
export const PROCESS_ARGS_BYTES = 800;
/** The most bytes of what a process died of. */
const CAUSE_BYTES = 160;

const name = text(PROCESS_NAME_BYTES);

/** How far a process is. */
export const ProcessState = oneOf("made", "runs", "ended");
/** How a process ended: its `main` returned, it died by a fault or an exception, it was killed. */
export const ProcessEnd = oneOf("returned", "died", "killed");

const endings = {
  wait: op({}, { end: ProcessEnd, status: u32, cause: text(CAUSE_BYTES) }, [], { waits: true }),
  onEnd: op({ signal: capability("Notification") }, {}),
  kill: op({}, {}),
};

/**
 * A process, for who has created it.
 *
 * - `needs`: need number `index` of its program, from 0 on, as it is declared: its name, and the interface that it is to
 *   lead to. `End`: there are not so many.
 * - `give`: what it will find for this need: the capability as it is, with its badge and its rights. A later one takes
 *   the place of an earlier one. What it was not given it calls in vain (`Gone`). Capabilities that lead to the process
 *   server itself cannot be given (`Malformed`): see `delegate`. One to a server that runs on its callers' time makes that
 *   server trust the process: when it is killed in the middle of a call, the server is left without time. `NotFound`: there
 *   is no such need. `Started`: too late.
 * - `delegate`: what it will find for this need is the process server itself. A need of `Processes`: it can create
 *   processes of its own, which end when it does, and sees those alone. A need of `ProcessTable`: it sees, and can kill,
 *   what can be seen by the session by which it was created, itself among others. `NotFound`: there is no such need, or it is of
 *   another interface. `Started`: too late.
 * - `start`: it runs. `Started`: it did already.
 * - `wait`: answers when it has ended, and how. `status`: what its `main` returned, 0 for nothing. `cause`: what it died
 *   of, such as "VMFault at 0x0".
 * - `onEnd`: `signal` is signalled when it has ended, at once if it has. A later one takes the place of an earlier one.
 * - `kill`: it ends now. When it has ended already, nothing happens.
 */
export const Process = define("process", {
  needs: op({ index: u32 }, { need: name, interface: name }, ["End"]),
  give: op({ need: name, capability: capability("Endpoint") }, {}, ["NotFound", "Started"]),
  delegate: op({ need: name }, {}, ["NotFound", "Started"]),
  start: op({}, {}, ["Started"]),
  ...endings,
});

/**
 * A process whose parent puts in place what it runs, in an address space of the memory server; for who has created it.
 *
 * - `space`: its address space, as a session of the memory server that is handed on: to map there, to read and write what
 *   the process points to. `forget` it after use: who closes it ends the space. `Ended`: it is gone with the process.
 * - `install`: slot `slot` of its CSpace, from 1 to 15, has the capability as it is from now on, in place of what was there;
 *   also while it runs. One that leads to the process server itself is `Malformed`, and see `give` of `Process` for servers
 *   that run on their callers' time. `BadSlot`: there is no such slot. `Ended`: too late.
 * - `run`: it runs from `entry` on, with these registers; all others are 0. By a1 programs of the image are told where
 *   their IPC buffer is: PROCESS_IPC_BUFFER. `Started`: it did already, or it has ended.
 * - `wait`, `onEnd`, `kill`: as of `Process`. A fault that the memory server cannot mend is what it died of, in that one's
 *   words; it does not return, since nobody hears it: its parent, whom it calls, kills it.
 */
export const LoadedProcess = define("loadedProcess", {
  space: op({}, { space: sessionOf(Space) }, ["Ended"]),
  install: op({ slot: u32, capability: capability("Endpoint") }, {}, ["BadSlot", "Ended"]),
  run: op({ entry: u53, sp: u53, a0: u53, a1: u53, a2: u53, a3: u53 }, {}, ["Started"]),
  ...endings,
});

const next = op({ after: u32 }, { id: u32, parent: u32, name, state: ProcessState, usedUs: u53 }, ["End"]);
const kill = op({ id: u32 }, {}, ["NotFound"]);

/**
 * Looking at processes, and ending them.
 *
 * - `next`: the first process with a number above `after`, 0 is before all. `parent`: the number of the one that created
 *   it, 0 for a client of the composition. `usedUs`: microseconds of the CPU that it has used. `End`: there is none.
 * - `kill`: it ends now. `NotFound`: there is none of this number, or it has ended.
 */
export const ProcessTable = define("processTable", { next, kill });

/**
 * Creating processes. Whoever can call this sees what was created by it, and what those have created, and nothing else.
 *
 * - `create`: a process of the program `program`, with a number that no other had before it. It does not run yet.
 *   `NotFound`: there is no such program. `Full`: there are as many processes as there is memory or time for. `Busy`: the
 *   client has as many sessions open as it may.
 * - `load`: a process in an address space of the memory server, of at most `pages` pages that are its own, of which at most
 *   `frames` are in memory at a time. Nothing lies there but its IPC buffer, at PROCESS_IPC_BUFFER; its CSpace has 16 empty
 *   slots. `name` is what it is called. `Full`: there are as many processes as there is room for, or not so many pages are
 *   left of the client's share, or it has none (`loaders`). `TooFew`: less than 4 frames. `NoPager`: this process server has no memory server, or it is
 *   dead. `Busy`: as for `create`, or the memory server is.
 * - `programs`: program number `index`, from 0 on. `End`: there are not so many.
 * - `next`, `kill`: as in `ProcessTable`.
 */
export const Processes = define("processes", {
  create: op({ program: name, args: text(PROCESS_ARGS_BYTES) }, { process: sessionOf(Process), id: u32 }, [
    "NotFound",
    "Full",
  ]),
  load: op({ name, frames: u32, pages: u32 }, { process: sessionOf(LoadedProcess), id: u32 }, [
    "Full",
    "TooFew",
    "NoPager",
  ]),
  programs: op({ index: u32 }, { name }, ["End"]),
  next,
  kill,
});
