/**
 * What the same operations cost in a small system and in a large one: 1,000 endpoints with 100 threads waiting at each,
 * of all priorities, beside 2^20 capabilities. The figures of both are compared in report/derived.ts. At last the large
 * one is taken away again, and the longest stretches of that are told.
 */
import type { Kernel } from "@tessera/kernel";
import { type Figure, timeFigure } from "../measure/figure.js";
import { floorAlone, measurePhases, type PhasedWork } from "../measure/phases.js";
import type { Settings } from "../measure/rounds.js";
import { LongestStretches } from "../measure/stretches.js";
import { foldAll } from "../measure/work.js";
import { REVOKE_THREADS, type Scale, type SystemSize, scalePhases, scalePrograms } from "../programs/scale.js";
import type { Case } from "./case.js";
import { bootBench, whatFailed } from "./machine-work.js";

const MIB = 2 ** 20;
const SMALL_RAM = 64 * MIB;
/** With a block of 256 MiB in one piece, for 100,000 TCBs of 2 KiB. What nobody touches takes nothing of the host. */
const LARGE_RAM = 1024 * MIB;
const SMALL_CNODE_BITS = 13;
const LARGE_CNODE_BITS = 18;

const SMALL: SystemSize = { endpoints: 10, waiters: 2, capsBits: 10, times: 2000 };
const LARGE: SystemSize = { endpoints: 1000, waiters: 100, capsBits: 20, times: 2000 };
/** Large enough for tests: each endpoint with as many waiters, but few endpoints. */
const LARGE_TINY: SystemSize = { endpoints: 5, waiters: 100, capsBits: 10, times: 20 };
const SMALL_TINY: SystemSize = { ...SMALL, times: 20 };

/** Entries that setting up may take, and taking away. */
const LONGEST_RUN = 20_000_000;

/** What each phase is called. */
export const SCALE_TITLES: Readonly<Record<string, string>> = {
  signal: "Signal without a waiter",
  call: "Call/ReplyRecv, 1 word",
  thread: "Retype and Delete of a TCB",
  priority: "SetPriority of a thread that waits, and back",
  "wake-one": "NBSend to one endpoint, whose waiter waits again",
  "wake-all": "NBSend to all in turn, whose waiters wait again",
  "wake-ready": "NBSend to all, then all run and wait again",
  mint: "Delete and Mint, each time elsewhere",
  suspend: "Suspend and Resume, each time another thread",
  "priority-among": "SetPriority of one of many at an endpoint, and back",
};

function scaleWork(scale: Scale, kernel: Kernel): PhasedWork {
  const { machine } = kernel;
  machine.run({ events: LONGEST_RUN, until: () => scale.isReady });
  if (!scale.isReady) throw new Error(`the system was not set up${whatFailed(kernel)}`);
  const enter = (entries: number) => {
    if (entries > 0) machine.run({ events: entries });
  };
  return {
    tally: scale.tally,
    expected: (done) => foldAll(done, () => 1),
    enter,
    run: enter,
    faults: () => (kernel.explanations().length > 0 ? [`calls failed:${whatFailed(kernel)}`] : []),
  };
}

/** Everything is taken away: what is longest between two looks at the interrupts. */
function takeAway(scale: Scale, kernel: Kernel): Figure[] {
  const { announced } = scale;
  const longest = new LongestStretches();
  // Each stretch of this one ends a single thread; to compare the states of all every time would take hours.
  const none: typeof kernel.state.threads = new Set();
  longest.watch(
    kernel,
    () => announced.name,
    () => (announced.name === REVOKE_THREADS ? none : kernel.state.threads),
  );
  scale.dismantles = true;
  kernel.machine.run({ events: LONGEST_RUN, until: () => announced.ended });
  if (!announced.ended) throw new Error(`the system was not taken away${whatFailed(kernel)}`);
  const units = Math.max(...[...longest.byName.values()].map((stretch) => stretch.units));
  return [
    { id: "scale-entry-units", title: "longest stretch, counted by the cost model", unit: "units", value: units },
    ...[...longest.byName].map(
      ([name, { effects }], i): Figure => ({
        id: `scale-entry-${i + 1}`,
        title: `longest stretch, ${name}`,
        unit: "effects",
        value: effects,
      }),
    ),
  ];
}

interface Sized {
  readonly size: (settings: Settings) => SystemSize;
  readonly ramBytes: number;
  readonly rootCNodeBits: number;
  /** Whether it is taken away at the end, and that is told. */
  readonly isTakenAway: boolean;
}

function scaleCase(name: string, group: string, title: string, sized: Sized): Case {
  const { size, ramBytes, rootCNodeBits, isTakenAway } = sized;
  return {
    name,
    group,
    title,
    async run(settings) {
      const scale: Scale = {
        size: size(settings),
        tally: { begun: 0, done: 0, sum: 0 },
        isReady: false,
        dismantles: false,
        announced: { name: null, ended: false },
      };
      const alone = floorAlone(settings);
      // The first calls of each program remember host stacks; in a large system threads stay at their first calls.
      const machine = { ramBytes, callSites: false };
      const kernel = bootBench({ programs: scalePrograms(scale), machine, kernel: { rootCNodeBits } });
      const { floor, samples } = measurePhases(scaleWork(scale, kernel), scalePhases(scale.size), settings, alone);
      const figures = samples.map((s) => timeFigure(`${name}-${s.name}`, SCALE_TITLES[s.name] ?? s.name, s));
      return { floor, figures: isTakenAway ? [...figures, ...takeAway(scale, kernel)] : figures };
    },
  };
}

const isTiny = ({ scale }: Settings) => scale < 0.1;

export const SCALE: readonly Case[] = [
  scaleCase("scale-small", "scale: 10 endpoints, 20 threads, 2^10 capabilities", "a small system", {
    size: (settings) => (isTiny(settings) ? SMALL_TINY : SMALL),
    ramBytes: SMALL_RAM,
    rootCNodeBits: SMALL_CNODE_BITS,
    isTakenAway: false,
  }),
  scaleCase("scale-large", "scale: 1,000 endpoints, 10^5 threads, 2^20 capabilities", "a large system", {
    size: (settings) => (isTiny(settings) ? LARGE_TINY : LARGE),
    ramBytes: LARGE_RAM,
    rootCNodeBits: LARGE_CNODE_BITS,
    isTakenAway: true,
  }),
];
