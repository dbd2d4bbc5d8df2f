/** Long operations, preempted at every one of their points, with and without somebody who interferes. */
import { CapTag } from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { type Cap, untypedCap, zombieCap } from "../../src/caps/cap.js";
import type { Kernel } from "../../src/kernel.js";
import { afterEntries } from "../support/damage.js";
import { PREEMPTION_FIGURES } from "./figures.js";
import { SCENES } from "./preemption-scenes.js";
import type { Run } from "./preemption-stage.js";
import { explorePreemption, replayPreemption } from "./preemption-worlds.js";

type SceneName = keyof typeof PREEMPTION_FIGURES;

describe("Every long operation, preempted at each of its points,", () => {
  const all = SCENES.map((scene) => [scene.name as SceneName, scene] as const);
  it.each(all)("does its work once, and ends: %s", { timeout: 120_000 }, (name, scene) => {
    expect(explorePreemption(scene)).toEqual(PREEMPTION_FIGURES[name]);
  });
});

describe("The exploration of preemptions finds", () => {
  const cnodes = sceneOf("a CNode with the last capabilities to objects in use");
  const used = sceneOf("memory that was used");

  it("a preemption point that does not look", () => {
    const blind = ({ machine }: Kernel) => {
      machine.cpu.interruptPending = () => false;
    };
    for (const scene of SCENES) {
      expect(() => explorePreemption(scene, blind)).toThrow(/^the points behind which.*\n.*run \{"due":\[1\]\}$/);
    }
  });

  it("a delete that begins anew when it is preempted", () => {
    const forgets = whenPreempted((cap) => (cap.type === CapTag.zombie ? zombieCap(cap.object, cap.object.size) : cap));
    expect(() => explorePreemption(cnodes, forgets)).toThrow(/^points of the operation: \d+; expected: 10/);
  });

  it("a delete that leaves a slot out when it is preempted", () => {
    const skips = whenPreempted((cap) => {
      return cap.type === CapTag.zombie && cap.remaining > 1 ? zombieCap(cap.object, cap.remaining - 1) : cap;
    });
    expect(() => explorePreemption(cnodes, skips)).toThrow(/run \{"due":\[\d\]\}$/);
  });

  it("a Retype that takes its memory for zeroed when it is preempted, and what it prints shows it again", () => {
    const hurries = whenPreempted((cap) => {
      return cap.type === CapTag.untyped && cap.object.sizeBits === 11 ? untypedCap(cap.object, 0) : cap;
    });
    const found = messageOf(() => explorePreemption(used, hurries));
    expect(found).toMatch(/^points of the operation: 1; expected: 8|^bytes that were not zeroed/);
    const run = JSON.parse(found.slice(found.lastIndexOf("run ") + "run ".length)) as Run;
    expect(messageOf(() => replayPreemption(used, run, hurries))).toBe(found);
    replayPreemption(used, run);
  });
});

function sceneOf(name: SceneName) {
  return SCENES.find((scene) => scene.name === name)!;
}

/** A kernel in which a preemption changes capabilities of the root CNode. */
function whenPreempted(change: (cap: Cap) => Cap) {
  return (kernel: Kernel): void => {
    const { state } = kernel;
    let before = state.preemptions;
    afterEntries(() => {
      if (state.preemptions === before) return;
      before = state.preemptions;
      for (const [, slot] of state.rootCNode!.occupied()) slot.cap = change(slot.cap);
    })(kernel);
  };
}

function messageOf(run: () => void): string {
  try {
    run();
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error("nothing was found");
}
