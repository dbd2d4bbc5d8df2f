/** Capabilities: made, copied, deleted and revoked, few and many; sent along with a call. */

import type { Program } from "@tessera/hal-sim/isa";
import { answerWord } from "../measure/exchange.js";
import { timeFigure } from "../measure/figure.js";
import { floorAlone, measurePhases, type Phase, type PhasedWork, type PhaseTally } from "../measure/phases.js";
import type { Settings } from "../measure/rounds.js";
import { foldAll, REQUESTS } from "../measure/work.js";
import { filler, fillerRoot, receiver, sender, senderRoot } from "../programs/capabilities.js";
import type { Case } from "./case.js";
import { bootBench, whatFailed } from "./machine-work.js";

const GROUP = "capabilities";
const MIB = 2 ** 20;
/** RAM beside the CNode. */
const OTHER_RAM = 32 * MIB;
const SLOT_BYTES = 32;
const SETUP_ENTRIES = 10_000;

const FEW_BITS = 10;
const MANY_BITS = 20;
/** A million is for real runs only. */
const MANY_BITS_TINY = 12;
const GIFT_BITS = 10;

export function manyBits({ scale }: Settings): number {
  return scale < 0.1 ? MANY_BITS_TINY : MANY_BITS;
}

/** RAM of a machine with a CNode of 2^bits slots, which is made of one untyped. */
export function ramFor(bits: number): number {
  return OTHER_RAM + Math.max(4 * MIB, 4 * SLOT_BYTES * 2 ** bits);
}

interface FillerOptions {
  readonly tally: PhaseTally;
  readonly programs: Readonly<Record<string, Program>>;
  readonly cnodeBits: number;
  readonly expected: (done: number) => number;
}

/** Boots, and runs until the first system call that is counted. */
function phasedWork({ tally, programs, cnodeBits, expected }: FillerOptions): PhasedWork {
  const kernel = bootBench({ programs, machine: { ramBytes: ramFor(cnodeBits) } });
  const { machine } = kernel;
  machine.run({ events: SETUP_ENTRIES, until: () => tally.begun > 0 });
  if (tally.begun === 0) throw new Error(`the bench did not get going${whatFailed(kernel)}`);
  const enter = (entries: number) => {
    if (entries > 0) machine.run({ events: entries });
  };
  return {
    tally,
    expected,
    enter,
    run: enter,
    faults: () => (kernel.explanations().length > 0 ? [`calls failed:${whatFailed(kernel)}`] : []),
  };
}

function fillerWork(bits: number): PhasedWork {
  const tally: PhaseTally = { begun: 0, done: 0, sum: 0 };
  const programs = { root: fillerRoot(bits), filler: filler(tally, bits) };
  return phasedWork({ tally, programs, cnodeBits: bits, expected: (done) => foldAll(done, () => 1) });
}

/** The phases of `filler`. */
function fillerPhases(slots: number): readonly Phase[] {
  const each = { calls: slots, times: slots };
  return [
    { name: "mint", ...each },
    { name: "delete", ...each },
    { name: "copy", ...each },
    { name: "revoke", calls: 1, times: slots },
    { name: "mint-scattered", ...each },
    { name: "revoke-scattered", calls: 1, times: slots },
  ];
}

const TITLES: Readonly<Record<string, string>> = {
  mint: "mint",
  delete: "delete",
  copy: "copy",
  revoke: "revoke, each child, in the order of slots",
  "mint-scattered": "mint into scattered slots",
  "revoke-scattered": "revoke, each child, scattered",
};

function filling(name: string, title: string, bitsOf: (settings: Settings) => number, slow: boolean): Case {
  return {
    name,
    group: GROUP,
    title,
    async run(settings) {
      const bits = bitsOf(settings);
      const rounds = slow ? { ...settings, warmUp: 1, rounds: Math.max(2, Math.ceil(settings.rounds / 12)) } : settings;
      const alone = slow ? floorAlone(settings) : null;
      const { floor, samples } = measurePhases(fillerWork(bits), fillerPhases(2 ** bits), rounds, alone);
      const figures = samples.map((s) => timeFigure(`${name}-${s.name}`, `${TITLES[s.name]}, 2^${bits}`, s));
      return { floor, figures };
    },
  };
}

/** Calls that carry a capability; their copies are revoked between the rounds. */
const WITH_CAPABILITY: Case = {
  name: "call-cap",
  group: "IPC",
  title: "Call/ReplyRecv, 1 word and a capability",
  async run(settings) {
    const tally: PhaseTally = { begun: 0, done: 0, sum: 0 };
    const slots = 2 ** GIFT_BITS;
    const programs = {
      root: senderRoot(GIFT_BITS),
      sender: sender(tally, GIFT_BITS),
      receiver: receiver(tally, GIFT_BITS),
    };
    const expected = (done: number) => foldAll(done, (i) => answerWord(i % REQUESTS, 0) + 1);
    const work = phasedWork({ tally, programs, cnodeBits: GIFT_BITS, expected });
    const phases = [
      { name: "call-cap", calls: 2 * slots, times: slots },
      { name: null, calls: 1, times: 1 },
    ];
    const { floor, samples } = measurePhases(work, phases, { ...settings, rounds: 4 * settings.rounds });
    return { floor, figures: [timeFigure("call-cap", this.title, samples[0]!)] };
  },
};

export const CAPABILITIES: readonly Case[] = [
  WITH_CAPABILITY,
  filling("caps-few", "capabilities made and deleted, a thousand", () => FEW_BITS, false),
  filling("caps-many", "capabilities made and deleted, a million", manyBits, true),
];
