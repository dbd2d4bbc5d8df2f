/** What engines make slow: a second machine in the same process, and frozen intrinsics. */
import { timeFigure } from "../measure/figure.js";
import { measureTogether } from "../measure/rounds.js";
import { type Case, timed } from "./case.js";
import { oneWordWork } from "./system-calls.js";

const GROUP = "hazards: Call/ReplyRecv, 1 word";
const BATCH = 5_000;

const TWO_MACHINES: Case = {
  name: "two-machines",
  group: GROUP,
  title: "one of two machines in a process",
  async run(settings) {
    const contenders = ["first", "second"].map((name) => ({ name, work: oneWordWork(), batch: BATCH }));
    const { floor, samples } = await measureTogether(contenders, settings);
    return { floor, figures: [timeFigure("two-machines", this.title, samples[0]!)] };
  },
};

const FROZEN: Case = {
  ...timed(GROUP, "frozen", "under node --frozen-intrinsics", () => ({ work: oneWordWork(), batch: BATCH })),
  flags: ["--frozen-intrinsics"],
};

export const HAZARDS: readonly Case[] = [TWO_MACHINES, FROZEN];
