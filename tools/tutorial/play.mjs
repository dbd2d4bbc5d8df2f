/**
 * Does what a tutorial says, step by step, in a folder, as its reader would: writes files, changes them, runs commands.
 *
 * Commands run in a shell of their own each; `cd` moves all that follow. They see neither colours nor this workspace:
 * what `npm run` adds to the environment and the PATH is taken away, and so is what says that this is CI.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { shows } from "./shown.mjs";

const TIMEOUT_MS = 120_000;

/** What a runner of scripts, of tests or of CI leaves in the environment. */
const NOT_THE_READERS =
  /^(npm_(lifecycle_|package_|command$|config_(local_prefix|loglevel)$)|(INIT_CWD|NODE_ENV|NODE_OPTIONS|TEST|CI|FORCE_COLOR)$|VITEST|GITHUB_)/;

function readersEnvironment() {
  const own = Object.entries(process.env).filter(([name]) => !NOT_THE_READERS.test(name));
  const path = (process.env.PATH ?? "").split(delimiter).filter((folder) => !/node_modules|node-gyp-bin/.test(folder));
  return { ...Object.fromEntries(own), NO_COLOR: "1", PATH: path.join(delimiter) };
}

/**
 * Plays `steps` in `folder`. Commands in `done` were carried out already by whoever calls, with what they printed; each
 * has to be there.
 * @returns the commands whose output is not what is shown, with that output
 * @throws Error with the line of a step that cannot be done, or of a command that fails or succeeds against the document
 */
export function play(steps, folder, done = new Map()) {
  const different = [];
  let cwd = folder;
  for (const step of steps) {
    if (step.kind === "file") write(join(cwd, step.name), step.text);
    else if (step.kind === "change") change(step, join(cwd, step.name));
    else if (step.command.startsWith("cd ")) cwd = enter(step, cwd);
    else {
      const given = done.get(step.command) ?? output(step, cwd);
      if (!shows(step.shown, given)) different.push({ step, given });
    }
  }
  const missing = [...done.keys()].find((command) => !steps.some((step) => step.command === command));
  if (missing !== undefined) throw new Error(`the document does not say: ${missing}`);
  return different;
}

/** A command, what the document shows, and what was printed. */
export function tellDifference({ step, given }) {
  const indented = (text) => text.trimEnd().replace(/^/gm, "  ");
  const { line, command, shown } = step;
  return `line ${line}: ${command}\n shows\n${indented(shown.join("\n"))}\n and printed\n${indented(given)}`;
}

function write(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function change({ line, name, before, after }, file) {
  if (!existsSync(file)) throw new Error(`line ${line}: there is no ${name} to be changed`);
  const pieces = readFileSync(file, "utf8").split(before);
  if (before === "" || pieces.length !== 2) {
    throw new Error(`line ${line}: ${name} has these lines ${pieces.length - 1} times:\n${before}`);
  }
  writeFileSync(file, pieces.join(after));
}

function enter({ line, command }, cwd) {
  const folder = join(cwd, command.slice("cd ".length));
  if (!existsSync(folder)) throw new Error(`line ${line}: ${command}: there is no such folder`);
  return folder;
}

/** All that a command prints, in the order in which it would stand on a terminal. */
function output({ line, command, fails }, cwd) {
  const { status, stdout, error } = spawnSync(`(${command}) 2>&1`, {
    cwd,
    shell: true,
    encoding: "utf8",
    env: readersEnvironment(),
    stdio: ["ignore", "pipe", "inherit"],
    timeout: TIMEOUT_MS,
  });
  if (error !== undefined) throw error;
  if ((status !== 0) !== fails) {
    throw new Error(`line ${line}: ${command}: exit code ${status}, it ${fails ? "was to fail" : "failed"}\n${stdout}`);
  }
  return stdout;
}
