import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseRunLog, type RunLog, runLogText } from "@tessera/hal-sim";
import { describe, expect, it, onTestFinished } from "vitest";
import { SCENARIOS } from "../src/scenes/catalogue.js";
import { command } from "./command.js";
import { runLecture } from "./process.js";

const SCENES = SCENARIOS.flatMap(({ scenes }) => scenes.map(({ name }) => name));

/** The log of a run with these options. */
function logOf(...args: string[]): string {
  const files = new Map<string, string>();
  expect(command([...args, "--log", "run.log"], {}, files).code).toBe(0);
  return files.get("run.log")!;
}

function replay(text: string, ...args: string[]) {
  return command(["--replay", "run.log", ...args], {}, new Map([["run.log", text]]));
}

describe("Every scene", () => {
  it.each(SCENES)("%s, recorded without checks, is replayed with checks to the same transcript", (scene) => {
    const files = new Map<string, string>();
    const recorded = command([scene, "--log", "run.log"], {}, files);
    expect(recorded.err).toMatch(/The log of the run is in run.log; --replay run.log runs it again.\n$/);
    const { hash, records } = parseRunLog(files.get("run.log")!).end;
    const replayed = replay(files.get("run.log")!, "--check");
    expect(replayed.err).toContain(`The replay is the same run: ${records} trace records, hash ${hash}.\n`);
    expect([replayed.code, replayed.out]).toEqual([recorded.code, recorded.out]);
  });
});

describe("A log", () => {
  it("is the same with checks and without, and replayed without them too", () => {
    const text = logOf();
    expect(logOf("--check")).toBe(text);
    expect(replay(text).err).toMatch(/The replay is the same run/);
  });

  it("holds scene, choices and seed, so that nothing else need be said", () => {
    const text = logOf("--badge", "0x123", "--client", "throws", "--seed", "7");
    const log = parseRunLog(text);
    expect(log.system).toEqual({ scene: "exchange", badge: 0x123, client: "throws" });
    expect(log.identity.seed).toBe(7);
    expect(replay(text, "--json").out).toBe(
      command(["--badge", "0x123", "--client", "throws", "--seed", "7", "--json"]).out,
    );
  });

  it("is written and replayed by processes of their own, to the same hash", () => {
    const folder = mkdtempSync(join(tmpdir(), "tessera-lecture-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, "run.log");
    const recorded = runLecture("--badge", "9", "--log", file);
    expect(recorded.status).toBe(0);
    expect(readFileSync(file, "utf8")).toBe(logOf("--badge", "9"));
    const replayed = runLecture("--replay", file, "--check");
    expect([replayed.status, replayed.stdout]).toEqual([0, recorded.stdout]);
    expect(replayed.stderr).toMatch(/The replay is the same run: \d+ trace records, hash [\da-f]{8}\.\n$/);

    writeFileSync(file, readFileSync(file, "utf8").slice(0, 5000));
    const cut = runLecture("--replay", file);
    expect([cut.status, cut.stdout]).toEqual([1, ""]);
    expect(cut.stderr).toMatch(/^"[^"]*run.log" cannot be replayed: line \d+ of the run log is cut off.*\.\n$/);
  });
});

describe("A planted divergence", () => {
  /** A log that says another client than the one that was recorded. */
  function planted(client: string): RunLog {
    const log = parseRunLog(logOf());
    return { ...log, system: { ...log.system, client } };
  }

  it("is found at its first record and kernel entry, in both versions", () => {
    const { code, err, out } = replay(runLogText(planted("strays")));
    expect(code).toBe(1);
    expect(err).toMatch(
      /The replay differs from the log at trace record \d+, event \d+\n {2}recorded: #\d+ tick \d+ Trap \d+ "client" .*\n {2}replayed: #\d+ tick \d+ Trap \d+ "client" .*\n/,
    );
    expect(out).toContain("client");
  });

  it("is the first thing that this client does otherwise", () => {
    const event = Number(/event (\d+)/.exec(replay(runLogText(planted("strays"))).err)![1]);
    const here = command(["--trace"]).out.split("\n");
    const there = command(["--client", "strays", "--trace"]).out.split("\n");
    const first = here.findIndex((line, n) => line !== there[n]);
    const traps = here.slice(0, first + 1).filter((line) => / Trap /.test(line)).length;
    expect(event).toBe(traps);
  });
});

it("the manual's page on replay shows what is printed; -u writes it anew", async () => {
  const file = new URL("../../../docs/manual/replay.md", import.meta.url);
  const text = logOf("--badge", "9");
  const log = parseRunLog(text);
  const { err } = replay(runLogText({ ...log, system: { ...log.system, client: "strays" } }));
  const printed = [replay(text, "--check").err.split("\n").at(-2)!.concat("\n"), err.slice(err.indexOf("The replay"))];
  const page = readFileSync(file, "utf8");
  const current = page.replace(/(?<=^```\n)The replay [\s\S]*?(?=^```$)/gm, () => printed.shift()!);
  expect(printed).toEqual([]);
  await expect(current).toMatchFileSnapshot(fileURLToPath(file));
});

describe("One sentence and exit code 1", () => {
  const text = logOf();
  const lines = text.split("\n");

  it.each([
    [
      "hello",
      /^"run.log" cannot be replayed: this is no run log: its first line does not say "log":"tessera-run"\.\n$/,
    ],
    [
      text.replace('"version":2', '"version":9'),
      /a run log of version 9; versions 1 and 2 are what can be replayed here\.\n$/,
    ],
    [text.slice(0, 3000), /cut off/],
    [lines.slice(0, 40).join("\n"), /it has no end line behind line 40; record the run again\.\n$/],
    [lines.map((line, n) => (n === 30 ? lines[29] : line)).join("\n"), /was changed or damaged after it was written/],
    [
      runLogText({ ...parseRunLog(text), system: { scene: "opera" } }),
      /^The log is of a run that is none of the lecture's/,
    ],
    [runLogText({ ...parseRunLog(text), system: {} }), /^The log is of a run that is none of the lecture's: \{\}\.\n$/],
  ])("for a bad log (%#)", (bad, sentence) => {
    const { code, out, err } = replay(bad);
    expect([code, out]).toEqual([1, ""]);
    expect(err).toMatch(sentence);
    expect(err.trimEnd().split("\n")).toHaveLength(1);
  });

  it("for a log of another image", () => {
    const log = parseRunLog(text);
    const image = { ...log.identity.image, programs: ["root", "server", "guest"] };
    const { code, err } = replay(runLogText({ ...log, identity: { ...log.identity, image } }));
    expect(code).toBe(1);
    expect(err).toMatch(
      /^the log is of another image: its programs are root, server, guest, those here root, server, client\n$/,
    );
  });

  it.each([
    [["--replay"], "--replay takes the name of a file."],
    [["--log="], "--log takes the name of a file."],
    [["--replay", "run.log", "--seed", "3"], "--replay plays what the log says: leave --seed out."],
    [["exchange", "--replay", "run.log"], "--replay plays what the log says: leave exchange out."],
    [["--replay", "run.log", "--log", "other.log"], "Choose one of --log and --replay."],
    [["--replay", "none.log"], '"none.log" cannot be read: there is no file none.log'],
    [
      ["sessions", "--log", "run.log"],
      "--log records one scene; choose one of sessions-badges, sessions-forger, sessions-death.",
    ],
  ])("%j", (args, sentence) => {
    const files = new Map([["run.log", text]]);
    expect(command(args, {}, files)).toEqual({ code: 1, out: "", err: `${sentence}\n` });
  });

  it("when the log cannot be written, after the transcript", () => {
    const { code, out, err } = command(["--log", "no/run.log"]);
    expect([code, out]).toEqual([1, command([]).out]);
    expect(err).toMatch(/The log "no\/run.log" cannot be written: there is no folder of no\/run.log\n$/);
  });
});
