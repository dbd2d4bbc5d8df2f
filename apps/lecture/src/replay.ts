/** What a log says of a scene, and the scene of a log. */
import { OptionError } from "@tessera/app-host";
import type { RunLog, SystemFacts } from "@tessera/hal-sim";
import type { Options } from "./options.js";
import { findScenario } from "./scenes/catalogue.js";
import { CLIENTS, type ClientName } from "./scenes/exchange.js";
import type { Scene } from "./scenes/scene.js";

/** What a log says of the system: the scene, and those of the choices that make a difference in it. */
export function factsOf(scene: Scene, options: Pick<Options, "badge" | "client">): SystemFacts {
  return { scene: scene.name, ...Object.fromEntries(scene.takes.map((name) => [name, options[name]])) };
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
