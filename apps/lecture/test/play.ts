/** A scene played with invariants checked at every kernel exit, for tests. */
import type { Kernel } from "@tessera/kernel";
import { playScene } from "../src/machine.js";
import { findScenario } from "../src/scenes/catalogue.js";
import { CLIENTS, type ClientName, exchange } from "../src/scenes/exchange.js";
import type { Scene } from "../src/scenes/scene.js";
import type { Fact } from "../src/transcript/facts.js";
import { plain } from "../src/transcript/paint.js";
import { type Transcript, transcribe } from "../src/transcript/transcript.js";

/** As main.ts has it for what is no terminal. */
export const COLUMNS = 120;

const UNFOLDED = 1000;

export interface Played extends Omit<Transcript, "text"> {
  /** Without colours, as it goes into a file. */
  readonly text: string;
  /** The same in lines that are never folded. */
  readonly wide: string;
  readonly kernel: Kernel;
  readonly hash: number;
  readonly reason: string;
  readonly console: string;
}

export interface Chosen {
  readonly badge?: number;
  readonly client?: ClientName;
  readonly seed?: number;
  readonly checkInvariants?: boolean;
}

/** A scene by its name. */
export function playNamed(name: string): Played {
  return playedScene(sceneNamed(name));
}

export function sceneNamed(name: string): Scene {
  const [scene, ...more] = findScenario(name)?.scenes ?? [];
  if (scene === undefined || more.length > 0) throw new Error(`${name} is no scene`);
  return scene;
}

/** Facts of one kind. */
export function of<K extends Fact["kind"]>(facts: readonly Fact[], kind: K): Extract<Fact, { kind: K }>[] {
  return facts.filter((fact): fact is Extract<Fact, { kind: K }> => fact.kind === kind);
}

/** What went wrong for one thread, in order of time: the kernel's refusals and why. */
export function refusalsOf(facts: readonly Fact[], who: string): { outcome: string; why: string; history: string }[] {
  return facts.flatMap((fact) => {
    if (!("who" in fact) || fact.who !== who || fact.explanation === undefined) return [];
    const { outcome, why, history } = fact.explanation;
    return [{ outcome, why, history }];
  });
}

/** Messages as "who call to: label or words", badges of those that were sent. */
export function messages(facts: readonly Fact[]): string[] {
  return of(facts, "message").map(({ who, to, how, badge, request, words }) => {
    const sent = how === "send" ? `[${badge}] ` : "";
    return `${sent}${who} -> ${to}: ${[request, ...words].filter((part) => part !== null).join(" ")}`.trimEnd();
  });
}

/** The exchange. */
export function play(chosen: Chosen = {}): Played {
  return playedScene(exchange, chosen);
}

export function playedScene(scene: Scene, chosen: Chosen = {}): Played {
  const { badge = 0xff, client = "lecture", seed = 1, checkInvariants = true } = chosen;
  let console = "";
  const { machine, kernel, failures, stop } = playScene(scene, {
    badge,
    client: CLIENTS[client],
    seed,
    checkInvariants,
    onConsole: (bytes) => {
      console += new TextDecoder().decode(bytes);
    },
  });
  const choices = Object.fromEntries(scene.takes.map((name) => [name, { badge, client }[name]]));
  const known = { failures: failures(), explanations: kernel.explanations(), requests: scene.requests ?? {} };
  const transcript = transcribe(machine.trace, known, { scene: scene.name, ...choices, seed });
  const text = transcript.text(plain, COLUMNS);
  const wide = transcript.text(plain, UNFOLDED);
  return { ...transcript, text, wide, kernel, hash: machine.trace.hash, reason: stop.reason, console };
}
