/**
 * Every long operation of the scenes, preempted at every point: by an interrupt that becomes due exactly there.
 *
 * A more urgent thread waits for the interrupt. It does nothing; or it does nothing, twice; or it does one act of the
 * alphabet. The laws: each interrupt is taken at the very point at which it became due; the operation goes on where it
 * was, so that preempted it has as many points as at a stretch, and one entry more for each preemption; every invariant
 * holds at every exit; where nothing was done all ends as at a stretch; where something was, the operation ends all the
 * same, and what was to go is gone; and whatever was done, revoking the memory leaves nothing.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { Kernel } from "../../src/kernel.js";
import { watchedScene } from "../support/scene.js";
import type { SceneOfDeletion } from "./preemption-scenes.js";
import { ACTOR, type Script } from "./preemption-site.js";
import { type Run, Stage } from "./preemption-stage.js";

/** More kernel entries than any scene takes. */
const EVENTS = 20_000_000;

export interface Count {
  /** Preemption points of the operation at a stretch. */
  points: number;
  /** Runs with two preemptions. */
  pairs: number;
  /** Runs with an act of another thread, and how many of these acts were not refused. */
  acts: number;
  accepted: number;
}

/** Explore `scene` on a kernel that `plant` may have broken; throws the first run that breaks a law. */
export function explorePreemption(scene: SceneOfDeletion, plant?: (kernel: Kernel) => void): Count {
  const count = { points: 0, pairs: 0, acts: 0, accepted: 0 };
  onStage(scene, plant, function* (stage) {
    const { points } = stage;
    count.points = points;
    for (let k = 1; k <= points; k++) yield* stage.run({ due: [k] });
    for (let first = 1; first <= points; first++) {
      for (let second = first + 1; second <= points; second++) {
        yield* stage.run({ due: [first, second] });
        count.pairs++;
      }
    }
    for (const interference of stage.interferences) {
      for (let k = 1; k <= points; k++) {
        const answer = yield* stage.run({ due: [k], interference });
        count.acts++;
        if (answer === "seL4_NoError" || answer === "over") count.accepted++;
      }
    }
  });
  return count;
}

/** Do again what a failure printed. */
export function replayPreemption(scene: SceneOfDeletion, run: Run, plant?: (kernel: Kernel) => void): void {
  onStage(scene, plant, function* (stage) {
    yield* stage.run(run);
  });
}

/** Play on a stage where the scene has run once at a stretch. */
function onStage(scene: SceneOfDeletion, plant: ((kernel: Kernel) => void) | undefined, play: Play): void {
  const scripts: Script[] = [];
  let stage: Stage | null = null;
  try {
    watchedScene(
      function* (kit, kernel) {
        plant?.(kernel());
        // Many acts are refused, and nobody asks why.
        kernel().state.explainer = null;
        stage = new Stage(kit, kernel(), scene, scripts);
        yield* stage.begin();
        yield* play(stage);
      },
      () => ({
        *[ACTOR](script) {
          yield* scripts[script]!();
        },
      }),
      { kernel: { checkInvariants: false }, limit: { events: EVENTS } },
    );
  } catch (error) {
    const run = JSON.stringify((stage as Stage | null)?.now);
    throw new Error(`${(error as Error).message}\nin ${JSON.stringify(scene.name)}, run ${run}`);
  }
}

type Play = (stage: Stage) => Thread;
