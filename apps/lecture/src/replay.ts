/** A scene's run as a log, and a log as a scene: what `--log` writes and `--replay` plays. */
import { type Divergence, parseRunLog, type RunLog, RunLogError, type SystemFacts } from "@tessera/hal-sim";
import { OptionError } from "./option-error.js";
import type { Options } from "./options.js";
import { findScenario } from "./scenes/catalogue.js";
import { CLIENTS, type ClientName } from "./scenes/exchange.js";
import type { Scene } from "./scenes/scene.js";

/** The files of whoever runs the command. Both throw what the host throws. */
export interface Files {
  read(path: string): string;
  write(path: string, text: string): void;
}

function filesOf(files: Files | undefined): Files {
  if (files === undefined) throw new OptionError("There are no files here.");
  return files;
}

/** What a log says of the system: the scene, and those of the choices that make a difference in it. */
export function factsOf(scene: Scene, options: Pick<Options, "badge" | "client">): SystemFacts {
  return { scene: scene.name, ...Object.fromEntries(scene.takes.map((name) => [name, options[name]])) };
}

/** @throws OptionError when the file cannot be read or is no log */
export function loadLog(files: Files | undefined, path: string): RunLog {
  const { read } = filesOf(files);
  let text: string;
  try {
    text = read(path);
  } catch (error) {
    throw new OptionError(`The log ${JSON.stringify(path)} cannot be read: ${(error as Error).message}`);
  }
  try {
    return parseRunLog(text);
  } catch (error) {
    if (!(error instanceof RunLogError)) throw error;
    throw new OptionError(`${JSON.stringify(path)} cannot be replayed: ${error.message}.`);
  }
}

/** @throws OptionError when the file cannot be written */
export function saveLog(files: Files | undefined, path: string, text: string): void {
  const { write } = filesOf(files);
  try {
    write(path, text);
  } catch (error) {
    throw new OptionError(`The log ${JSON.stringify(path)} cannot be written: ${(error as Error).message}`);
  }
}

/**
 * `options` with what the log was recorded with.
 * @throws OptionError when the log is of none of our scenes
 */
export function optionsOfLog(options: Options, { identity, system }: RunLog): Options {
  const { scene, badge = options.badge, client = options.client } = system;
  const scenario = typeof scene === "string" ? findScenario(scene) : undefined;
  if (scenario === undefined || typeof badge !== "number" || !isClient(client)) {
    throw new OptionError(`The log is of a run that is none of the lecture's: ${JSON.stringify(system)}.`);
  }
  return { ...options, scenario, badge, client, seed: identity.seed };
}

function isClient(name: unknown): name is ClientName {
  return typeof name === "string" && Object.hasOwn(CLIENTS, name);
}

/** What came of a replay, in a sentence or a few lines. */
export function verdict({ end }: RunLog, divergence: Divergence | null): string {
  if (divergence !== null) return `${divergence.text.replace(/^t/, "T")}\n`;
  return `The replay is the same run: ${end.records} trace records, hash ${end.hash}.\n`;
}
