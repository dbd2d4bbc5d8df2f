import { describe, expect, test } from "vitest";
import {
  type DiskBackEnd,
  type DiskInput,
  memoryDisk,
  Prng,
  parseRunLog,
  RunLogError,
  RunRecorder,
  replayOptions,
  replayRun,
  runLogText,
} from "../../src/index.js";
import { fromBase64, toBase64 } from "../../src/replay/base64.js";
import { type DiskStep, diskRig } from "../support/disk-rig.js";

const KIB = 1024;
/** A page that is not the same in any sector. */
const contents = Uint8Array.from({ length: 64 * KIB }, (_, i) => (i * 7 + (i >>> 9)) & 0xff);

/** Reads twice, writes, reads over the seam, writes again, flushes, discards and reads what is there then. */
const STEPS: readonly DiskStep[] = [
  { read: 8 },
  { read: 8 },
  { write: 16, fill: 3 },
  { read: 12 },
  "flush",
  { write: 8, fill: 9 },
  { read: 8 },
  { discard: 8, count: 8 },
  { read: 8 },
];

/** The text of a run's log, what the program saw, and the hash. */
function recorded(disk: DiskBackEnd, steps = STEPS) {
  const seen: [number, number][] = [];
  const { machine } = diskRig(steps, { seed: 5, disks: [disk] }, seen);
  const recorder = new RunRecorder(machine, { system: { disk: "test" } });
  const stop = machine.run();
  expect(stop.reason).toBe("power-off");
  return { text: runLogText(recorder.log(stop)), seen, hash: machine.trace.hash };
}

/** The same run of the log alone, recorded again. */
function replayed(text: string, steps = STEPS) {
  const log = parseRunLog(text);
  const seen: [number, number][] = [];
  const { machine } = diskRig(steps, replayOptions(log), seen);
  const recorder = new RunRecorder(machine, { system: log.system });
  const { divergence, stop } = replayRun(machine, log);
  return { divergence, seen, hash: machine.trace.hash, text: runLogText(recorder.log(stop)) };
}

const inputsOf = (text: string): readonly DiskInput[] => parseRunLog(text).diskInputs;
const where = (input: DiskInput) => {
  if ("error" in input) return `${input.call}: ${input.error}`;
  return `${input.call}: ${input.sector}+${"bytes" in input ? input.bytes.length / 512 : `${input.zeroes} zeroes`}`;
};

describe("A run that reads a disk", () => {
  test("is replayed from its log without the disk, hash for hash, and gives the same log", () => {
    const run = recorded(memoryDisk(contents));
    const again = replayed(run.text);
    expect(again.divergence).toBe(null);
    expect(again.seen).toEqual(run.seen);
    expect(again.hash).toBe(run.hash);
    expect(again.text).toBe(run.text);
  });

  test("has in its log what it read and had not written, once; and again after a discard", () => {
    expect(inputsOf(recorded(memoryDisk(contents)).text).map(where)).toEqual(["1: 8+8", "9: 8+8 zeroes"]);
    const steps: DiskStep[] = [{ write: 16, fill: 3 }, { read: 12 }, { read: 20 }];
    expect(inputsOf(recorded(memoryDisk(contents), steps).text).map(where)).toEqual(["2: 12+4", "3: 24+4"]);
  });

  test("has zeroes as a count in its log", () => {
    const sparse = memoryDisk(64 * KIB);
    sparse.write(10, Uint8Array.of(...new Uint8Array(511), 1));
    expect(inputsOf(recorded(sparse, [{ read: 8 }]).text).map(where)).toEqual([
      "1: 8+2 zeroes",
      "1: 10+1",
      "1: 11+5 zeroes",
    ]);
  });

  test("whose disk failed fails again, at the same call, and of a write that failed nothing is taken for known", () => {
    const good = memoryDisk(contents);
    const failures = new Set([2, 4, 7]);
    let call = 0;
    const doing = (act: () => void): void => {
      call++;
      act();
      if (failures.has(call)) throw new Error(`call ${call} is one too many`);
    };
    const bad: DiskBackEnd = {
      sectors: good.sectors,
      read: (sector, into) => doing(() => good.read(sector, into)),
      write: (sector, from) => doing(() => good.write(sector, from)),
      flush: () => doing(() => {}),
    };
    const steps: DiskStep[] = [
      { read: 8 },
      { read: 16 },
      { read: 16 },
      { write: 24, fill: 1 },
      { read: 24 },
      { write: 24, fill: 2 },
      "flush",
      { read: 24 },
      { discard: 0, count: 1 },
    ];
    const run = recorded(bad, steps);
    expect(run.seen.map(([status]) => status)).toEqual([0, 1, 0, 1, 0, 0, 1, 0, 2]);
    expect(inputsOf(run.text).map(where)).toEqual([
      "1: 8+8",
      "2: call 2 is one too many",
      "3: 16+8",
      "4: call 4 is one too many",
      "5: 24+8",
      "7: call 7 is one too many",
    ]);
    const again = replayed(run.text, steps);
    expect(again.divergence).toBe(null);
    expect(again.seen).toEqual(run.seen);
    expect(again.text).toBe(run.text);
  });

  test("has another disk in another slot, and each brings in its own", () => {
    const disks = [memoryDisk(contents), memoryDisk(512, { readOnly: true })];
    const { machine } = diskRig([{ read: 0 }], { disks });
    const recorder = new RunRecorder(machine);
    const log = parseRunLog(runLogText(recorder.log(machine.run())));
    expect(log.identity.disks).toEqual([
      { sectors: 128, readOnly: false, discards: true },
      { sectors: 1, readOnly: true, discards: true },
    ]);
    expect(log.diskInputs.map(({ disk }) => disk)).toEqual([0]);
    expect(replayRun(diskRig([{ read: 0 }], replayOptions(log)).machine, log).divergence).toBe(null);
  });
});

describe("A planted divergence of a disk", () => {
  const { text } = recorded(memoryDisk(contents));
  const log = parseRunLog(text);

  test("in one byte that was read is found where the device gave the data", () => {
    const [first, ...rest] = log.diskInputs;
    if (first === undefined || !("bytes" in first)) throw new Error("the run has read nothing");
    const bytes = first.bytes.slice();
    bytes[4095]! ^= 1;
    const { divergence } = replayed(runLogText({ ...log, diskInputs: [{ ...first, bytes }, ...rest] }));
    expect(divergence?.isExact).toBe(true);
    expect(divergence?.text).toMatch(/recorded: #\d+ tick \d+ Used 1 queue=0 bytes=4097 checksum=/);
  });

  test("in what a program writes is found where the device takes it", () => {
    const other = STEPS.map((step) => (typeof step === "object" && "fill" in step ? { ...step, fill: 4 } : step));
    const { divergence } = replayed(text, other);
    expect(divergence?.isExact).toBe(true);
    expect(divergence?.text).toMatch(
      /recorded: .* Used 1 queue=0 bytes=1 checksum=0 read=.*\n {2}replayed: .* Used 1 /,
    );
  });

  test("that reads what the run has not read finds an error of the disk, and is told", () => {
    const { divergence, seen } = replayed(text, [{ read: 96 }]);
    expect(seen[0]).toEqual([1, 0]);
    expect(divergence?.isExact).toBe(true);
  });

  test("in the real disk is found, when the log is replayed with it", () => {
    const changed = contents.slice();
    changed[8 * 512]! ^= 0x80;
    const same = diskRig(STEPS, { ...replayOptions(log), disks: [memoryDisk(contents)] }).machine;
    expect(replayRun(same, log).divergence).toBe(null);
    const other = diskRig(STEPS, { ...replayOptions(log), disks: [memoryDisk(changed)] }).machine;
    expect(replayRun(other, log).divergence?.text).toMatch(/Used 1 queue=0 bytes=4097/);
  });
});

describe("The disks of a log", () => {
  const { text } = recorded(memoryDisk(contents));
  const log = parseRunLog(text);
  const lines = text.split("\n");
  const refusalOf = (changed: readonly string[]): string => {
    try {
      parseRunLog(changed.join("\n"));
    } catch (error) {
      if (error instanceof RunLogError) return error.message;
      throw error;
    }
    return "";
  };

  test("are part of its identity: another machine refuses it", () => {
    const refusal = (disks: readonly DiskBackEnd[]): string => {
      try {
        replayRun(diskRig(STEPS, { ...replayOptions(log), disks, diskFaults: [] }).machine, log);
      } catch (error) {
        if (error instanceof RunLogError) return error.message;
        throw error;
      }
      return "";
    };
    const sentence = "the log is of a machine with the disks: 128 sectors; this one has: ";
    expect(refusal([])).toBe(`${sentence}none`);
    expect(refusal([memoryDisk(512)])).toBe(`${sentence}1 sectors`);
    expect(refusal([memoryDisk(64 * KIB, { readOnly: true })])).toBe(`${sentence}128 sectors, read-only`);
  });

  test("are a line for each run of sectors", () => {
    expect(JSON.parse(lines[0]!)).toMatchObject({
      version: 2,
      disks: [{ sectors: 128, readOnly: false, discards: true }],
    });
    expect(JSON.parse(lines[1]!)).toMatchObject({
      disk: 0,
      call: 1,
      sector: 8,
      bytes: expect.stringMatching(/^CA8WHSQr/),
    });
    expect(lines[2]).toBe('{"disk":0,"call":9,"sector":8,"zeroes":8}');
  });

  test.each([
    ['{"disk":1,"call":1,"sector":0,"zeroes":1}', "is of a disk that there is not"],
    ['{"disk":"0","call":1,"sector":0,"zeroes":1}', "is of a disk that there is not"],
    ['{"disk":0,"sector":0,"zeroes":1}', "says of no call of a disk"],
    ['{"disk":0,"call":0,"error":"x"}', "says of no call of a disk"],
    ['{"disk":0,"call":1,"sector":127,"zeroes":2}', "does not say what was in which sectors"],
    ['{"disk":0,"call":1,"sector":-1,"zeroes":1}', "does not say what was in which sectors"],
    ['{"disk":0,"call":1,"sector":0,"bytes":"AAAA"}', "does not say what was in which sectors"],
    ['{"disk":0,"call":1,"sector":0,"bytes":"A"}', "does not say what was in which sectors"],
    ['{"disk":0,"call":1,"sector":0}', "does not say what was in which sectors"],
  ])("are refused with a line %s", (line, why) => {
    expect(refusalOf([lines[0]!, line, ...lines.slice(2)])).toBe(`line 2 of the run log ${why}`);
  });

  test.each([
    [undefined, "does not say what disks there were"],
    [[{}, {}, {}], "does not say what disks there were"],
    [[{ sectors: 0, readOnly: false, discards: true }], "does not say what disk 0 was"],
    [[null], "does not say what disk 0 was"],
  ])("are refused with %j in the header", (disks, why) => {
    const header = JSON.stringify({ ...JSON.parse(lines[0]!), disks });
    expect(refusalOf([header, ...lines.slice(1)])).toBe(`line 1 of the run log ${why}`);
  });
});

describe("Base64", () => {
  test("is what RFC 4648 has as examples", () => {
    const of = (text: string) => toBase64(Uint8Array.from(text, (character) => character.charCodeAt(0)));
    expect(["", "f", "fo", "foo", "foob", "fooba", "foobar"].map(of)).toEqual([
      ...["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"],
    ]);
  });

  test("comes back as the bytes that it was, of every length", () => {
    const random = new Prng(2);
    for (let length = 0; length < 300; length++) {
      const bytes = Uint8Array.from({ length }, () => random.below(256));
      expect(fromBase64(toBase64(bytes))).toEqual(bytes);
    }
  });

  test("is none with other characters, or cut off", () => {
    for (const text of ["A", "AA", "AAA", "AA=A", "A===", "AAAA=", "AA-_", "AAAA\n"])
      expect(fromBase64(text)).toBe(null);
  });
});
