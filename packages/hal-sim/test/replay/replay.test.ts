import { describe, expect, test } from "vitest";
import {
  type MachineOptions,
  parseRunLog,
  type RecorderOptions,
  type RunLimit,
  RunLogError,
  RunRecorder,
  replayOptions,
  replayRun,
  runLogText,
} from "../../src/index.js";
import { busyRig, ROUNDS } from "../support/busy-rig.js";

const OPTIONS = { seed: 7, epochMs: 1_000_000, cost: { load: 3 } };

interface Recording {
  readonly text: string;
  readonly hash: number;
}

/** A run with two inputs, in the pieces that `limits` say; the last piece ends the log. */
function recorded(
  limits: readonly RunLimit[] = [{ ticks: 777 }, { events: 33 }, {}],
  rounds = ROUNDS,
  options: RecorderOptions & { traceRecords?: number } = {},
): Recording {
  const { traceRecords = 65_536, ...recorder } = options;
  const { machine } = busyRig({ ...OPTIONS, traceRecords }, rounds);
  const recording = new RunRecorder(machine, recorder);
  let stop = machine.run({ events: 0 });
  limits.forEach((limit, i) => {
    if (i > 0) machine.input("uart", Uint8Array.of(65 + i));
    stop = machine.run(limit);
  });
  return { text: runLogText(recording.log(stop)), hash: machine.trace.hash };
}

/** Replay a log on a rig that may be odd. */
function replayed(text: string, rounds = ROUNDS, oddRound = -1, more: Partial<MachineOptions> = {}) {
  const log = parseRunLog(text);
  const { machine } = busyRig({ ...replayOptions(log), ...more }, rounds, oddRound);
  return { machine, log, ...replayRun(machine, log) };
}

describe("A recorded run", () => {
  test("is replayed to the same hash, end and time, inputs included", () => {
    const { text, hash } = recorded();
    const { machine, divergence, stop, log } = replayed(text);
    expect(divergence).toBe(null);
    expect(machine.trace.hash).toBe(hash);
    expect(log.inputs.map(({ bytes }) => [...bytes])).toEqual([[66], [67]]);
    expect(stop).toEqual({ reason: "power-off", code: 3, message: "powered off" });
    expect(log.end).toMatchObject({ reason: "power-off", code: 3, cycle: machine.clock.cycles });
  });

  test("is replayed up to where a limit stopped it, whichever limit that was", () => {
    for (const last of [{ events: 100 }, { ticks: 1234 }, { events: 1 }, { ticks: 0.5 }]) {
      const { text, hash } = recorded([{ ticks: 300 }, last]);
      const { machine, divergence } = replayed(text);
      expect(divergence).toBe(null);
      expect(machine.trace.hash).toBe(hash);
    }
  });

  test("is replayed whatever the size of the ring was, and is", () => {
    const { text } = recorded(undefined, ROUNDS, { traceRecords: 64 });
    expect(text).toBe(recorded().text);
    expect(replayed(text, ROUNDS, -1, { traceRecords: 16 }).divergence).toBe(null);
  });

  test("comes back from its text as it was", () => {
    const { text } = recorded();
    expect(runLogText(parseRunLog(text))).toBe(text);
  });

  test("holds so many records as asked for, and checkpoints of the rest, which are thinned out", () => {
    const log = parseRunLog(recorded([{}], 3000, { records: 100 }).text);
    expect(log.records.length).toBe(800);
    expect(log.checkpoints.length).toBeGreaterThan(5);
    expect(log.checkpoints.every(({ records }) => records % 1024 === 0)).toBe(true);
  });

  test("has to be recorded from its start", () => {
    const { machine } = busyRig(OPTIONS, 2000);
    machine.run({ events: 3000 });
    expect(() => new RunRecorder(machine)).toThrow(/from its start/);
  });
});

describe("A planted divergence", () => {
  test("is found at its record and event, with both versions", () => {
    const { text } = recorded([{}]);
    const log = parseRunLog(text);
    for (const oddRound of [0, 77, ROUNDS - 1]) {
      const { divergence, machine } = replayed(text, ROUNDS, oddRound);
      // What each run did by itself, compared record by record.
      const good = busyRig(replayOptions(log)).machine;
      good.run();
      let n = 0;
      while (JSON.stringify(good.trace.record(n)) === JSON.stringify(machine.trace.record(n))) n++;
      expect(divergence).toMatchObject({ isExact: true, record: n, until: n });
      expect(divergence?.recorded).toEqual(good.trace.record(n));
      expect(divergence?.replayed).toEqual(machine.trace.record(n));
      expect(divergence?.recorded).not.toEqual(divergence?.replayed);
      expect(divergence?.text).toMatch(
        /^the replay differs from the log at trace record \d+, event \d+\n {2}recorded: #\d+ tick/,
      );
      // One event less, and the two are still the same.
      const before = busyRig(replayOptions(log), ROUNDS, oddRound).machine;
      before.run({ events: divergence!.event - 1 });
      expect(before.trace.count).toBeLessThanOrEqual(n);
      before.run({ events: 1 });
      expect(before.trace.count).toBeGreaterThan(n);
    }
  });

  test("stops the replay at the first checkpoint that differs", () => {
    const { text } = recorded([{}], 4000);
    const { divergence, machine, log } = replayed(text, 4000, 100);
    expect(divergence?.isExact).toBe(true);
    expect(machine.trace.count).toBeLessThan(log.end.records / 2);
  });

  test("is found between two checkpoints where the log holds hashes alone", () => {
    const { text } = recorded([{}], 3000, { records: 0 });
    const { divergence } = replayed(text, 3000, 1500);
    expect(divergence).toMatchObject({ isExact: false, recorded: null, replayed: null });
    expect(divergence!.until - divergence!.record).toBe(1024);
    expect(divergence?.text).toMatch(/between trace records \d+ and \d+, of which only the hash is known/);
  });

  test("is a run that ends too early, or goes on", () => {
    const { text } = recorded([{}], 50);
    const log = parseRunLog(text);
    expect(replayed(text, 40).divergence).toMatchObject({ isExact: true });
    const longer = replayed(text, 60).divergence;
    expect(longer).toMatchObject({ isExact: true });
    const cut = {
      ...log,
      records: new Int32Array(0),
      checkpoints: [],
      end: { ...log.end, records: 0, hash: "00000000" },
    };
    expect(replayed(runLogText(cut), 50).divergence?.text).toMatch(/recorded: the run had ended \(power-off\)/);
  });

  test("in the inputs is found where they enter", () => {
    const log = parseRunLog(recorded().text);
    const other = { ...log, inputs: [log.inputs[0]!, { ...log.inputs[1]!, bytes: Uint8Array.of(99) }] };
    const { divergence } = replayed(runLogText(other));
    expect(divergence?.recorded?.kind).toBe(3);
    expect(divergence?.text).toMatch(/recorded: #\d+ tick \d+ Input .*\n {2}replayed: #\d+ tick \d+ Input/);
  });
});

describe("A log is refused", () => {
  const { text } = recorded([{}], 10);
  const log = parseRunLog(text);
  const refusal = (more: Partial<MachineOptions>): string => {
    const { machine } = busyRig({ ...replayOptions(log), ...more }, 10);
    try {
      replayRun(machine, log);
    } catch (error) {
      if (error instanceof RunLogError) return error.message;
      throw error;
    }
    return "";
  };

  test("by a machine of other options", () => {
    expect(refusal({})).toBe("");
    expect(refusal({ seed: 8 })).toBe("the log is of a machine with seed 7, this one has 8");
    expect(refusal({ ramBytes: 8 * 2 ** 20 })).toMatch(/ramBytes 4194304, this one has 8388608/);
    expect(refusal({ cost: {} })).toMatch(/another cost model/);
    expect(refusal({ inputs: [{ tick: 5, device: "uart", bytes: Uint8Array.of(1) }] })).toMatch(/use replayOptions/);
  });

  test("by another image or another system", () => {
    const { machine } = busyRig(replayOptions(log), 10);
    const image = { ...log.identity.image, programs: ["a", "c"] };
    const other = { ...log, identity: { ...log.identity, image } };
    expect(() => replayRun(machine, other)).toThrow(/another image: its programs are a, c, those here a, b/);
    const data = { ...log, identity: { ...log.identity, image: { ...log.identity.image, data: "00000000" } } };
    expect(() => replayRun(machine, data)).toThrow(/another image: its data are 0 bytes with the checksum 00000000/);
    expect(() => replayRun(machine, log, { badge: 7 })).toThrow(/a system with badge none, this one has 7/);
    expect(() => replayRun(machine, { ...log, system: { badge: 8 } }, { badge: 7 })).toThrow(/badge 8, this one has 7/);
  });
});
