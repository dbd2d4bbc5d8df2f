import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bootWorld, type WorldOptions, world } from "../src/index.js";
import { echoWorld } from "./support/echo.js";

interface Recording {
  readonly log: string;
  readonly hash: number;
  readonly output: string;
}

/** The echo world, driven by a test that types at moments of its own. */
function recorded(options: Partial<WorldOptions<number>> = {}): Recording {
  const booted = bootWorld({ ...echoWorld(), machine: { seed: 42 }, ...options });
  booted.step(3);
  booted.input("hello");
  booted.runUntil(() => booted.output.length === 5);
  booted.input("quit");
  const { stop, machine } = booted.finish();
  expect(booted.output).toBe("HELLOQUIT");
  return { log: booted.log(stop), hash: machine.trace.hash, output: booted.output };
}

describe("A world is replayed from its log", () => {
  const { log, hash } = recorded();

  it("to the same hash, with the inputs of the log", () => {
    const { machine, value } = world({ ...echoWorld(), replay: log });
    expect(machine.trace.hash).toBe(hash);
    expect(machine.identity.seed).toBe(42);
    expect(value).toBe("helloquit".length);
  });

  it("with the kernel's checks on or off, recorded either way", () => {
    const unchecked = recorded({ kernel: { checkInvariants: false } });
    expect(unchecked).toEqual(recorded());
    for (const checkInvariants of [true, false]) {
      for (const replay of [log, unchecked.log]) {
        const { machine } = world({ ...echoWorld(), kernel: { checkInvariants }, replay });
        expect(machine.trace.hash).toBe(hash);
      }
    }
  });

  it("also when the test drives it: what it types comes from the log", () => {
    const booted = bootWorld({ ...echoWorld(), replay: log });
    booted.step(3);
    booted.input("other");
    booted.runUntil(() => booted.output.length === 5);
    expect(booted.output).toBe("HELLO");
    expect(booted.finish().machine.trace.hash).toBe(hash);
  });

  it("and gives the same log again", () => {
    const again = world({ ...echoWorld(), replay: log });
    expect(again.log()).toBe(log);
  });
});

describe("A replay that goes another way", () => {
  const { log } = recorded();
  /** The server answers one byte in another way. */
  const planted = echoWorld((byte) => (byte === 113 ? 81 + 1 : byte - 32));

  it("fails at the first record that differs, with both versions", () => {
    expect(() => world({ ...planted, replay: log })).toThrow(
      /^the replay differs from the log at trace record \d+, event \d+\n {2}recorded: #\d+ tick \d+ \w+ .*81.*\n {2}replayed: #\d+ tick \d+ \w+ .*82/,
    );
  });

  it("fails so as well when the test drives it", () => {
    const booted = bootWorld({ ...planted, replay: log });
    booted.step(3);
    expect(() => booted.finish()).toThrow(/^the replay differs from the log at trace record/);
  });

  it("is not begun with another kernel, another image or a damaged log", () => {
    expect(() => world({ ...echoWorld(), kernel: { rootCNodeBits: 12 }, replay: log })).toThrow(
      "the log is of a system with rootCNodeBits 13, this one has 12",
    );
    expect(() => world({ ...echoWorld(), data: new Uint8Array(5), replay: log })).toThrow(
      /^the log is of another image/,
    );
    expect(() => world({ ...echoWorld(), replay: log.slice(0, -40) })).toThrow(/is cut off/);
    expect(() => world({ ...echoWorld(), replay: log.replace("quit", "quiz").replace("71", "72") })).toThrow(
      /was changed or damaged/,
    );
  });
});

describe("In a process of its own", () => {
  const folder = mkdtempSync(join(tmpdir(), "tessera-replay-"));
  const bundle = join(folder, "replay.mjs");
  const logFile = join(folder, "run.log");

  beforeAll(async () => {
    await build({
      stdin: {
        contents: `
          import { readFileSync } from "node:fs";
          import { world } from "@tessera/testing";
          import { echoWorld } from "./support/echo.js";
          const checkInvariants = process.argv[3] === "checked";
          const { machine } = world({ ...echoWorld(), kernel: { checkInvariants }, replay: readFileSync(process.argv[2], "utf8") });
          console.log(machine.trace.hash);
        `,
        resolveDir: import.meta.dirname,
      },
      bundle: true,
      platform: "node",
      format: "esm",
      outfile: bundle,
      nodePaths: [],
      alias: { "@tessera/testing": join(import.meta.dirname, "../src/index.ts") },
    });
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(["checked", "unchecked"])("a log is replayed to the same hash (%s)", (checks) => {
    const { log, hash } = recorded();
    writeFileSync(logFile, log);
    const { stdout, stderr } = spawnSync(process.execPath, [bundle, logFile, checks], { encoding: "utf8" });
    expect(stderr).toBe("");
    expect(stdout).toBe(`${hash}\n`);
  });
});

describe("A program that holds its host", () => {
  it("is told of in a sentence, though the world can do nothing about it", async () => {
    const { outputFiles } = await build({
      stdin: {
        contents: `
          import { seL4_Yield } from "@tessera/libsel4";
          import { world } from "../src/index.js";
          world({ *root() { for (;;) { try { seL4_Yield(); } catch {} } } });
        `,
        resolveDir: import.meta.dirname,
      },
      bundle: true,
      write: false,
      platform: "node",
      format: "esm",
    });
    const held = spawn(process.execPath, ["--input-type=module"], { stdio: ["pipe", "ignore", "pipe"] });
    held.stdin.end(outputFiles[0]!.text);
    const told = await new Promise<string>((resolve, reject) => {
      held.stderr.once("data", (chunk: Buffer) => resolve(chunk.toString()));
      held.once("exit", () => reject(new Error("the process ended by itself")));
    });
    held.kill("SIGKILL");
    expect(told).toMatch(/^This world will not end, .*: program "root" catches every error and never yields: /);
  });
});
