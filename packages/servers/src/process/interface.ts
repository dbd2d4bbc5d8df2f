/**
 * What a process server can be asked. A process is made, is given the capabilities for what its program needs, one by
 * one, and runs with these and no others: its parent decides what it may do.
 *
 *     create ─▸ made ──give, delegate──▸ made ──start──▸ runs ──its main returns, it dies, it is killed──▸ ended
 *
 * The session that `create` answers is the process's life: it ends with the session, and so with whoever created it. When
 * it has ended, everything that it had is given back at once; how it ended can be asked until the session is closed.
 */
import { define, op, sessionOf } from "../common/define.js";
import { capability, oneOf, text, u32, u53 } from "../common/field.js";

/** The most bytes of the name of a program, of a need, of an interface. */
export const PROCESS_NAME_BYTES = 64;
/** The most bytes of arguments. */
export const PROCESS_ARGS_BYTES = 800;
/** The most bytes of what a process died of. */
const CAUSE_BYTES = 80;

const name = text(PROCESS_NAME_BYTES);

/** How far a process is. */
export const ProcessState = oneOf("made", "runs", "ended");
/** How a process ended: its `main` returned, it died by a fault or an exception, it was killed. */
export const ProcessEnd = oneOf("returned", "died", "killed");

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
  wait: op({}, { end: ProcessEnd, status: u32, cause: text(CAUSE_BYTES) }, [], { waits: true }),
  onEnd: op({ signal: capability("Notification") }, {}),
  kill: op({}, {}),
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
 * - `programs`: program number `index`, from 0 on. `End`: there are not so many.
 * - `next`, `kill`: as in `ProcessTable`.
 */
export const Processes = define("processes", {
  create: op({ program: name, args: text(PROCESS_ARGS_BYTES) }, { process: sessionOf(Process), id: u32 }, [
    "NotFound",
    "Full",
  ]),
  programs: op({ index: u32 }, { name }, ["End"]),
  next,
  kill,
});
