/**
 * Each server is killed in turn at moments that a seed draws, inside of handlers and of calls, and every time it comes back:
 * witnesses that remember what was acknowledged find nothing lost, no error is one that is not declared, and in the end the
 * kernel holds the same objects, mappings and capabilities as without a death.
 *
 * `KILLS=1000 npx vitest run packages/servers/test/root/kills.test.ts` kills a thousand times; `KILLS_SEED` begins at
 * another seed.
 */
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  type Component,
  consoleLogServer,
  consoleServer,
  devfs,
  entropyServer,
  memory,
  nameServer,
  pipeServer,
  ramfs,
  timerServer,
} from "../../src/index.js";
import { Folder } from "../../src/names/folder.js";
import { BackOff } from "../../src/root/back-off.js";
import { Journal } from "../../src/vfs/journal.js";
import { fileWitness } from "./kills/file-witness.js";
import { type Outcome, runKilled, Stage, witnessed } from "./kills/stage.js";
import {
  belfry,
  drawer,
  namer,
  plumber,
  reader,
  Spoken,
  sleeper,
  speaker,
  tourist,
  typist,
  type Written,
  writer,
} from "./kills/witnesses.js";
import type { Entry } from "./planned.js";

const KILLS = Number(process.env["KILLS"] ?? 140);
const FIRST_SEED = Number(process.env["KILLS_SEED"] ?? 1);
/** In one run. */
const KILLS_A_RUN = 35;
const SOON = { firstUs: 1000, mostUs: 4000 };
/** What the root task says on the console. */
const OF_THE_ROOT_TASK = /\w+ (died: it threw an error, restarting in \d+ ms|has ended)\r?\n/g;

const SERVERS = [
  timerServer,
  consoleServer,
  entropyServer,
  nameServer,
  pipeServer,
  consoleLogServer,
  ramfs,
  devfs(["console"]),
];
const VICTIMS = SERVERS.map(({ name }) => name);

/** By which witnesses hear of a server's death, beside that of a file, to which it is "unknown". */
const WITNESSES = [
  "sleeper",
  "heads",
  "tails",
  "speaker",
  "ink",
  "pen",
  "namer",
  "plumber",
  "typist",
  "tourist",
  "filer",
  "clerk",
];

/** All servers and their witnesses, and so many deaths. */
function run(seed: number, kills: number, { servers = SERVERS, victims = VICTIMS, early = false } = {}): Outcome {
  const stage = new Stage(seed);
  const drawn = new Set<string>();
  const spoken = new Spoken();
  const writers: Written[] = ["ink", "pen"].map((name) => ({ name, taken: new Set(), refused: new Set() }));
  const entries: Entry[] = [
    ...servers.map((component, i) => ({ component, priority: 200 - 10 * i, restart: SOON })),
    { component: belfry, priority: 120, restart: SOON },
    witnessed(sleeper("sleeper", stage), 108),
    witnessed(drawer("heads", stage, drawn), 107),
    witnessed(drawer("tails", stage, drawn), 106),
    witnessed(speaker("speaker", stage, spoken), 105),
    ...writers.map((written) => witnessed(writer(written, stage), 104)),
    witnessed(reader("reader", stage, writers), 103),
    witnessed(namer("namer", stage), 102),
    witnessed(plumber("plumber", stage), 99),
    witnessed(typist("typist", stage), 98),
    { ...witnessed(tourist("tourist", stage), 97), choose: { devices: "devfs" } },
    witnessed(fileWitness("filer", stage), 101),
    witnessed(fileWitness("clerk", stage), 100),
  ];
  const outcome = runKilled(stage, entries, { victims, kills, early });
  const missing = spoken.missingIn(outcome.world.output.replace(OF_THE_ROOT_TASK, ""));
  if (missing !== null) outcome.problems.push(`the console has not said ${missing}`);
  return outcome;
}

describe("Servers that are killed at any moment", () => {
  const undisturbed = run(0, 0);

  it("are watched by witnesses who find nothing wrong where nobody is killed", () => {
    expect(undisturbed.problems).toEqual([]);
  });

  let heardOfDeaths = 0;
  const seeds = Array.from({ length: Math.ceil(KILLS / KILLS_A_RUN) }, (_, i) => FIRST_SEED + i);
  it.each(seeds)("come back with all that they have acknowledged (seed %i)", (seed) => {
    const { stage, world, problems, end } = run(seed, KILLS_A_RUN, { early: seed % 3 === 0 });
    expect(problems).toEqual([]);
    expect(world.thrown.length).toBe(KILLS_A_RUN);
    expect(end).toEqual(undisturbed.end);
    for (const witness of WITNESSES) {
      expect(stage.timesHeard(witness, null), witness).toBeGreaterThan(2);
      heardOfDeaths += stage.timesHeard(witness, "Gone") + stage.timesHeard(witness, "unknown");
    }
  });

  it("die with calls of their witnesses", () => {
    expect(heardOfDeaths).toBeGreaterThan(KILLS / 4);
  });
});

describe("The witnesses find", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it("a file system that forgets", () => {
    const { kept: _, ...needs } = ramfs.needs;
    const forgetful: Component = { ...ramfs, needs: { ...needs, kept: memory(256) } };
    const servers = SERVERS.map((server) => (server === ramfs ? forgetful : server));
    expect(run(1, 4, { servers, victims: ["ramfs"] }).problems.join()).toMatch(/filer: .*there is|clerk: .*there is/);
  });

  it("a file system that acknowledges before it commits: with the next commit", () => {
    const { append } = Journal.prototype;
    const late = new WeakMap<Journal, Uint8Array>();
    vi.spyOn(Journal.prototype, "append").mockImplementation(function* (this: Journal, more: Uint8Array) {
      const before = late.get(this);
      late.set(this, more);
      return before === undefined || (yield* append.call(this, before));
    });
    expect(run(1, 8, { victims: ["ramfs"] }).problems.join()).toMatch(/filer: |clerk: /);
  });

  it("a server that is not started again", () => {
    vi.spyOn(BackOff.prototype, "died").mockReturnValue(1e12);
    const { problems } = run(1, 1, { victims: ["names"] });
    expect(problems).toContain("namer has not finished");
  });

  it("a capability that is left behind", () => {
    vi.spyOn(Folder.prototype, "names").mockReturnValue([]);
    const { problems, end } = run(1, 0);
    vi.restoreAllMocks();
    expect(problems).toEqual([]);
    expect(end).not.toEqual(run(1, 0).end);
  });
});
