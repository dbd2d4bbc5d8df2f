/**
 * From launching a program to its first IPC, over launching Node with a program that does nothing: processes in turn.
 * The same program twice: as a bundle of one file, and on the packages as installed. Wall time is what somebody waits;
 * beside it the time that the process computed, which a busy host lengthens less.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { answerWord } from "../measure/exchange.js";
import type { Figure } from "../measure/figure.js";
import { type Summary, summarise } from "../measure/statistics.js";
import { checksum, foldAll } from "../measure/work.js";
import type { Case } from "./case.js";

const NOTHING = "0:0";
const ONE_EXCHANGE = checksum({ done: 1, sum: foldAll(1, (i) => answerWord(i, 0)) });

/** Milliseconds of one launch. */
interface Launch {
  readonly wall: number;
  readonly cpu: number;
}

function launch(program: string, output: string): Launch {
  const file = fileURLToPath(new URL(`./${program}.js`, import.meta.url));
  const start = performance.now();
  const { stdout, stderr } = spawnSync(process.execPath, [file], { encoding: "utf8" });
  const wall = performance.now() - start;
  const [printed, cpu] = stdout.trim().split(" ");
  if (printed !== output) throw new Error(`${program} printed ${stdout}${stderr} instead of ${output}`);
  return { wall, cpu: Number(cpu) / 1000 };
}

/** Launches of one program, by clock. */
class Launches {
  private readonly all: Launch[] = [];
  private readonly program: string;
  private readonly output: string;

  constructor(program: string, output: string) {
    this.program = program;
    this.output = output;
  }

  again(): void {
    this.all.push(launch(this.program, this.output));
  }

  by(clock: keyof Launch): Summary {
    return summarise(this.all.map((each) => each[clock]));
  }
}

export const LAUNCH: Case = {
  name: "launch",
  group: "launch to first IPC",
  title: "processes, over Node alone",
  async run({ rounds, scale }) {
    const node = new Launches("empty", NOTHING);
    const bundle = new Launches("first-ipc-bundle", ONE_EXCHANGE);
    const packages = new Launches("first-ipc", ONE_EXCHANGE);
    for (let round = 0; round < (scale < 0.1 ? 1 : rounds); round++) {
      for (const each of [node, bundle, packages]) each.again();
    }
    const figure = (id: string, title: string, of: Summary, alone?: Summary): Figure => ({
      id,
      title,
      unit: "ms",
      value: of.median - (alone?.median ?? 0),
      ...(alone === undefined ? { least: of.least } : {}),
      checksum: alone === undefined ? NOTHING : ONE_EXCHANGE,
    });
    const wall = node.by("wall");
    const cpu = node.by("cpu");
    return {
      floor: null,
      figures: [
        figure("launch-node", "Node alone", wall),
        figure("launch", "first IPC over it, in one bundle", bundle.by("wall"), wall),
        figure("launch-packages", "first IPC over it, installed packages", packages.by("wall"), wall),
        figure("launch-node-cpu", "Node alone, CPU time", cpu),
        figure("launch-cpu", "first IPC over it, in one bundle, CPU time", bundle.by("cpu"), cpu),
        figure("launch-packages-cpu", "first IPC over it, installed packages, CPU time", packages.by("cpu"), cpu),
      ],
    };
  },
};
