/** A scene played with invariants checked at every kernel exit, for tests. */
import type { Kernel } from "@tessera/kernel";
import { playScene } from "../src/machine.js";
import { CLIENTS, type ClientName, exchange } from "../src/scenes/exchange.js";
import type { Scene } from "../src/scenes/scene.js";
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

/** The exchange. */
export function play(chosen: Chosen = {}): Played {
  return playedScene(exchange, chosen);
}

function playedScene(scene: Scene, chosen: Chosen = {}): Played {
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
  const known = { failures: failures(), explanations: kernel.explanations() };
  const transcript = transcribe(machine.trace, known, { scene: scene.name, ...choices, seed });
  const text = transcript.text(plain, COLUMNS);
  const wide = transcript.text(plain, UNFOLDED);
  return { ...transcript, text, wide, kernel, hash: machine.trace.hash, reason: stop.reason, console };
}
