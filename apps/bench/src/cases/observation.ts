/** What looking costs: the trace, the explainer, and for information the invariants. */
import type { Figure } from "../measure/figure.js";
import { timeFigure } from "../measure/figure.js";
import { measureTogether, type Sample } from "../measure/rounds.js";
import type { Work } from "../measure/work.js";
import type { Case } from "./case.js";
import { oneWordWork } from "./system-calls.js";

const GROUP = "looking: Call/ReplyRecv, 1 word";

/** The same machine, with something switched before and back after each batch. */
function switched(work: Work, off: () => void, on: () => void): Work {
  return {
    ...work,
    run(times) {
      off();
      const done = work.run(times);
      on();
      return done;
    },
  };
}

function ratio(id: string, title: string, over: Sample, under: Sample): Figure {
  const value = over.nanoseconds.median / under.nanoseconds.median;
  return { id, title, unit: "x", value, checksum: over.checksum };
}

const SWITCHES: Case = {
  name: "observers",
  group: GROUP,
  title: "with and without trace and explainer",
  async run(settings) {
    const work = oneWordWork();
    const { state, machine } = work.kernel;
    const { explainer } = state;
    const setTrace = (enabled: boolean) => () => {
      machine.trace.enabled = enabled;
    };
    const setExplainer = (to: typeof explainer) => () => {
      state.explainer = to;
    };
    const batch = 5_000;
    const { floor, samples } = await measureTogether(
      [
        { name: "both", work, batch },
        { name: "untraced", work: switched(work, setTrace(false), setTrace(true)), batch },
        { name: "unexplained", work: switched(work, setExplainer(null), setExplainer(explainer)), batch },
      ],
      settings,
    );
    const [both, untraced, unexplained] = samples as [Sample, Sample, Sample];
    const figures = [
      timeFigure("untraced", "without the trace", untraced),
      ratio("trace", "trace on, over off", both, untraced),
      ratio("explainer", "explainer on, nothing fails, over off", both, unexplained),
    ];
    return { floor, figures };
  },
};

const INVARIANTS: Case = {
  name: "invariants",
  group: GROUP,
  title: "every invariant checked at every exit",
  async run(settings) {
    const work = oneWordWork({ kernel: { checkInvariants: true } });
    const { floor, samples } = await measureTogether([{ name: "invariants", work, batch: 50 }], settings);
    return { floor, figures: [timeFigure("invariants", this.title, samples[0]!)] };
  },
};

export const OBSERVATION: readonly Case[] = [SWITCHES, INVARIANTS];
