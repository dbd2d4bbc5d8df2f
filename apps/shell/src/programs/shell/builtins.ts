/**
 * Builtins: what the shell does itself, because it is about the shell, or because only it has the capability for it.
 *
 * Five of them show what no program can see: who holds which capability, on whose budget everybody runs, why something
 * failed. The host shows that, from outside; the shell asks it by the monitor, and nothing of it enters the machine.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { inWords } from "../paths.js";
import { stateOf } from "./jobs.js";
import type { Shell } from "./shell.js";

/** A builtin. */
export interface Builtin {
  /** Its arguments, for `help`. */
  readonly usage: string;
  readonly help: string;
  /** Whether the host shows what it has to say, so that it cannot go into a file or a pipe. */
  readonly isShown: boolean;
  /**
   * Can block.
   * @param print what it writes
   * @returns the status
   */
  run(shell: Shell, args: readonly string[], print: (text: string) => void): Thread<number> | number;
}

/** Every builtin by its name. */
export const BUILTINS: Readonly<Record<string, Builtin>> = {
  cd: said("[DIRECTORY]", "go to a directory, to / if none is named", function* (shell, [path = "/"]) {
    return yield* shell.goTo(path);
  }),
  pwd: said("", "where we are", (shell, _, print) => {
    print(`${shell.paths.directory}\n`);
    return 0;
  }),
  jobs: said("", "pipelines in the background, with the numbers of their processes", (shell, _, print) => {
    for (const job of shell.jobs.background) {
      const ids = job.members.map(({ id }) => id).join(" ");
      print(`[${job.number}] ${stateOf(job)}  ${ids}  ${job.text}\n`);
    }
    return 0;
  }),
  wait: said("", "wait until all of these have ended", function* (shell) {
    return yield* shell.waitForAll();
  }),
  // A builtin, so that it runs where no further process can.
  kill: said("ID... | %JOB...", "end processes, or all of a job", function* (shell, which) {
    let status = which.length === 0 ? 2 : 0;
    if (status !== 0) yield* shell.complain("kill takes the numbers of processes, or those of jobs behind %");
    for (const each of which) {
      const error = yield* shell.kill(each);
      if (error === null) continue;
      yield* shell.complain(`kill: ${each}: ${error === "NotFound" ? "there is none" : inWords(error)}`);
      status = 1;
    }
    return status;
  }),
  history: said("", "lines that were entered", (shell, _, print) => {
    for (const { number, text } of shell.history.lines) print(`${String(number).padStart(5)}  ${text}\n`);
    return 0;
  }),
  caps: shown("caps", "[NAME]", "capabilities that a component or process holds; the shell's if none is named"),
  why: {
    ...shown("why", "", "why what has failed last did, as the shell and the kernel saw it"),
    run: (shell) => shell.why(),
  },
  plan: shown("plan", "[COMPONENT]", "who exists here and who may do what, as it was reviewed"),
  top: shown("top", "", "who runs on whose budget, and how much of it was used"),
  trace: shown("trace", "[N]", "the last records of the machine's trace in front of this command"),
  help: said("[NAME]", "this text, or what one of them takes and does", function* (shell, [name, ...more], print) {
    if (more.length > 0) {
      yield* shell.complain("help takes one name, of a builtin or a program");
      return 2;
    }
    // What is no builtin has been asked itself (run.ts).
    const asked = name === undefined ? undefined : BUILTINS[name];
    if (asked !== undefined) {
      print(`${`${name} ${asked.usage}`.trimEnd()}: ${asked.help}\n`);
      return 0;
    }
    const heads = Object.entries(BUILTINS).map(([name, { usage }]) => `${name} ${usage}`.trimEnd());
    const width = Math.max(...heads.map((head) => head.length));
    for (const [i, { help }] of Object.values(BUILTINS).entries()) print(`  ${heads[i]?.padEnd(width)}  ${help}\n`);
    print(`Programs: ${(yield* shell.programs()).join(" ")}\n`);
    print("a | b   < FILE  > FILE  >> FILE   a ; b   a && b   a || b   a &   'quoted' \"quoted\"   $?\n");
    return 0;
  }),
  exec: said("PROGRAM [WORD]...", "run a program, also one that is called as a builtin is", function* (shell) {
    yield* shell.complain("exec takes the name of a program");
    return 2;
  }),
  exit: said("[STATUS]", "end the machine", function* (shell, [status = String(shell.status)]) {
    if (!/^\d{1,3}$/.test(status) || Number(status) > 255) {
      yield* shell.complain(`exit: a status is a number from 0 to 255, not ${JSON.stringify(status)}`);
      return 2;
    }
    shell.leave(Number(status));
    return Number(status);
  }),
};

/** Whether the shell has one that is called so. */
export function isBuiltin(name: string): boolean {
  return Object.hasOwn(BUILTINS, name);
}

/** One that the shell carries out. */
function said(usage: string, help: string, run: Builtin["run"]): Builtin {
  return { usage, help, isShown: false, run };
}

/** One that the host carries out. */
function shown(name: string, usage: string, help: string): Builtin {
  return {
    ...{ usage, help, isShown: true },
    *run(shell, args) {
      yield* shell.ask([name, ...args]);
      return 0;
    },
  };
}
