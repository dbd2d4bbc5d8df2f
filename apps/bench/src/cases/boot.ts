/**
 * Booting a personality: from a plan that was composed to a system in which every server has answered a client. Each time
 * there is another machine, as when a person starts one.
 */
import { Personality } from "@tessera/personality";
import {
  type Component,
  consoleServer,
  devfs,
  entropyServer,
  logServer,
  nameServer,
  pipeServer,
  planImage,
  ramfs,
  timerServer,
} from "@tessera/servers";
import { foldAll, type Tally, type Work } from "../measure/work.js";
import { everybodysClient } from "../programs/components.js";
import { bootBench, whatFailed } from "./machine-work.js";

/** From the most urgent down. */
const SERVERS: readonly Component[] = [
  timerServer,
  consoleServer,
  entropyServer,
  logServer,
  nameServer,
  pipeServer,
  ramfs,
  devfs([]),
];

/** Boots again and again. */
export function bootWork(): Work {
  const tally: Tally = { done: 0, sum: 0 };
  const personality = new Personality("bench");
  const budget = "10ms/100ms";
  SERVERS.forEach((server, i) => {
    personality.add(server, { priority: 200 - i, budget });
  });
  personality.add(everybodysClient(tally), { priority: 100, budget, choose: { root: "ramfs" }, restart: false });
  const image = planImage(personality.plan(), personality.components());
  return {
    tally,
    expected: (done) => foldAll(done, () => 1),
    run(times) {
      for (let i = 0; i < times; i++) {
        const before = tally.done;
        const kernel = bootBench({ ...image, machine: { ramBytes: 64 * 2 ** 20 } });
        kernel.machine.run();
        if (tally.done === before) throw new Error(`it does not come up${whatFailed(kernel)}`);
      }
    },
  };
}
