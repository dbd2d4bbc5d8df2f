/** All that can be played, in the order of the lecture. */
import { delegation, memory, names, threads, time } from "./before.js";
import { exchange } from "./exchange.js";
import type { Scenario, Scene } from "./scene.js";
import { sessions } from "./sessions.js";

/** Played when nothing is asked for. */
export const FIRST: Scenario = alone(exchange);

export const SCENARIOS: readonly Scenario[] = [FIRST, sessions, names, threads, memory, delegation, time];

/** A scenario of one scene. */
function alone(scene: Scene): Scenario {
  return { name: scene.name, title: scene.title, scenes: [scene] };
}

/** The scenario of this name, or the one scene of this name alone; undefined when there is neither. */
export function findScenario(name: string): Scenario | undefined {
  const scenario = SCENARIOS.find((each) => each.name === name);
  if (scenario !== undefined) return scenario;
  const scene = SCENARIOS.flatMap(({ scenes }) => scenes).find((each) => each.name === name);
  return scene === undefined ? undefined : alone(scene);
}

/** Every name that `findScenario` knows. */
export function scenarioNames(): readonly string[] {
  return [...new Set(SCENARIOS.flatMap(({ name, scenes }) => [name, ...scenes.map((scene) => scene.name)]))];
}

/** A line for each scenario, and for each scene of those that have several. */
export function listText(): string {
  const lines = SCENARIOS.flatMap(({ name, title, scenes }) => [
    [name, title] as const,
    ...(scenes.length === 1 ? [] : scenes.map((scene) => [`  ${scene.name}`, scene.title] as const)),
  ]);
  const width = Math.max(...lines.map(([name]) => name.length));
  return `${lines.map(([name, title]) => `${name.padEnd(width)}  ${title}`).join("\n")}\n`;
}
