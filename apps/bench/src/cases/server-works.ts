/** What is measured of servers: personalities that do a task again and again. */
import { Personality } from "@tessera/personality";
import { type Component, consoleServer, planImage, ramfs, timerServer } from "@tessera/servers";
import { answerWord, expectedDigest } from "../measure/exchange.js";
import { KEYS, READ_DIGEST, TASKS } from "../measure/tasks.js";
import { fold, foldAll, REQUESTS, type Tally, type Work } from "../measure/work.js";
import type { Link } from "../peers/peer.js";
import {
  bareCaller,
  bareServer,
  bulkCaller,
  bulkServer,
  echoServer,
  fileReader,
  fourCaller,
  lineReader,
  oneCaller,
} from "../programs/components.js";
import { bootWork } from "./boot.js";
import { bootBench, type MachineWorkOptions, machineWork } from "./machine-work.js";

/** Kernel entries of a round trip. */
const ROUND_TRIP = 2;
/** Budgets end now and then. */
const INTERRUPTS = 0.01;
const RAM_BYTES = 64 * 2 ** 20;

const newTally = (): Tally => ({ done: 0, sum: 0 });

/** A component with its priority and its arguments; of the time everybody gets an equal share. */
export type Entry = readonly [component: Component, priority: number, args?: string];

/** A machine with a personality of these components. */
export function personalityOf(...entries: readonly Entry[]): Pick<MachineWorkOptions, "programs" | "data" | "machine"> {
  const personality = new Personality("bench", { ramBytes: RAM_BYTES });
  const budget = `${Math.floor(980 / entries.length)}ms/1000ms`;
  for (const [component, priority, args = ""] of entries) personality.add(component, { priority, budget, args });
  return { ...planImage(personality.plan(), personality.programs()), machine: { ramBytes: RAM_BYTES } };
}

interface Exchange {
  readonly client: (tally: Tally) => Component;
  readonly server: Component;
  /** What is answered to request number `i`. */
  readonly digest: (i: number) => number;
}

function openExchange({ client, server, digest }: Exchange): Link {
  const tally = newTally();
  const work = machineWork({
    ...personalityOf([client(tally), 100], [server, 120]),
    tally,
    entriesEach: ROUND_TRIP,
    interrupts: INTERRUPTS,
    expected: (done) => foldAll(done, (i) => digest(i % REQUESTS)),
  });
  return { work };
}

const one = (i: number) => answerWord(i, 0);

/** One word by bare system calls. */
export function openBare(): Link {
  return openExchange({ client: bareCaller, server: bareServer, digest: one });
}

/** One word by a typed call. */
export function openTypedOne(): Link {
  return openExchange({ client: oneCaller, server: echoServer, digest: one });
}

/** Four words by a typed call. */
export function openTypedFour(): Link {
  return openExchange({ client: fourCaller, server: echoServer, digest: expectedDigest });
}

/** Bulk data by a window. */
export function openBulk(): Link {
  return openExchange({ client: bulkCaller, server: bulkServer, digest: TASKS.bulk.expected });
}

/** A file is opened, read and closed: calls of a client, and what the file system does for them. */
export function openFiles(): Link {
  const tally = newTally();
  const work = machineWork({
    ...personalityOf([fileReader(tally), 100], [ramfs, 150], [timerServer, 200]),
    tally,
    expected: (done) => foldAll(done, () => READ_DIGEST),
  });
  return { work };
}

/** A key is typed, and everything done that comes of it: its echo is out then. */
export function openConsole(): Link {
  const { machine } = bootBench(personalityOf([lineReader, 100], [consoleServer, 190]));
  machine.run();
  const tally = newTally();
  machine.output.subscribe((bytes) => {
    for (const byte of bytes) {
      tally.done++;
      tally.sum = fold(tally.sum, byte);
    }
  });
  const keys = Array.from(KEYS, (key) => Uint8Array.of(key));
  const work: Work = {
    tally,
    expected: (done) => foldAll(done, TASKS.key.expected),
    run(times) {
      for (let i = 0; i < times; i++) {
        machine.input("uart", keys[tally.done % keys.length]!);
        machine.run();
      }
    },
  };
  return { work };
}

/** A machine is booted each time. */
export function openBoot(): Link {
  return { work: bootWork() };
}
