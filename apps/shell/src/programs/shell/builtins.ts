/**
 * Builtins: what the shell does itself, because it is about the shell, or because only it has the capability for it.
 *
 * Five of them show what no program can see: who holds which capability, on whose budget everybody runs, why something
 * failed. The host shows that, from outside; the shell asks it by the monitor, and nothing of it enters the machine.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { Answer } from "@tessera/servers";
import type { Shell } from "./shell.js";

/** Where a builtin writes. */
export type Out = (text: string) => Thread<Answer<object, string>>;

/** A builtin. */
export interface Builtin {
  /** Its arguments, for `help`. */
  readonly usage: string;
  readonly help: string;
  /** @returns the status */
  run(shell: Shell, args: readonly string[], out: Out): Thread<number>;
}

/** Every builtin by its name. */
export const BUILTINS: Readonly<Record<string, Builtin>> = {
  cd: {
    usage: "[DIRECTORY]",
    help: "go to a directory, to / if none is named",
    *run(shell, [path = "/"]) {
      return yield* shell.goTo(path);
    },
  },
  pwd: {
    usage: "",
    help: "where we are",
    *run(shell, _, out) {
      yield* out(`${shell.directory}\n`);
      return 0;
    },
  },
  history: {
    usage: "",
    help: "lines that were entered",
    *run(shell, _, out) {
      const lines = shell.history.lines.map(({ number, text }) => `${String(number).padStart(5)}  ${text}\n`);
      yield* out(lines.join(""));
      return 0;
    },
  },
  caps: asked(
    "caps",
    "[COMPONENT]",
    "which capabilities somebody holds, explained; the shell's own if nobody is named",
  ),
  why: asked("why", "", "why the last command failed, as the shell and the kernel saw it"),
  plan: asked("plan", "[COMPONENT]", "who exists here and who may do what, as it was reviewed"),
  top: asked("top", "", "who runs on whose budget, and how much of it was used"),
  trace: asked("trace", "[N]", "the last records of the machine's trace"),
  help: {
    usage: "",
    help: "this text",
    *run(_, __, out) {
      const heads = Object.entries(BUILTINS).map(([name, { usage }]) => `${name} ${usage}`.trimEnd());
      const width = Math.max(...heads.map((head) => head.length));
      const lines = Object.values(BUILTINS).map(({ help }, i) => `  ${heads[i]?.padEnd(width)}  ${help}\n`);
      yield* out(lines.join(""));
      return 0;
    },
  },
  exit: {
    usage: "[STATUS]",
    help: "end the machine",
    *run(shell, [status = String(shell.status)]) {
      if (!/^\d{1,3}$/.test(status) || Number(status) > 255) {
        yield* shell.complain(`exit: a status is a number from 0 to 255, not ${JSON.stringify(status)}`);
        return 2;
      }
      shell.leave(Number(status));
      return Number(status);
    },
  },
};

/** One that the host carries out. */
function asked(name: string, usage: string, help: string): Builtin {
  return {
    usage,
    help,
    *run(shell, args) {
      yield* shell.ask([name, ...args]);
      return 0;
    },
  };
}
