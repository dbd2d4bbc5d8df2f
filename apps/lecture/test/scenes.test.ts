/** What holds for every scene. */
import { describe, expect, it } from "vitest";
import { main } from "../src/cli.js";
import { SCENARIOS } from "../src/scenes/catalogue.js";
import { COLUMNS, playedScene } from "./play.js";

const scenes = SCENARIOS.flatMap((scenario) => scenario.scenes).filter(({ name }) => name !== "exchange");

describe.each(scenes.map((scene) => [scene.name, scene] as const))("%s", (name, scene) => {
  const { text, kernel, reason, console, hash } = playedScene(scene);

  it("is the transcript in expect/, byte for byte", async () => {
    await expect(text).toMatchFileSnapshot(`../expect/${name}.txt`);
  });

  it("ends with everybody waiting, nothing printed, and every invariant in place", () => {
    expect([reason, console]).toEqual(["idle", ""]);
    expect(kernel.checkInvariants()).toEqual([]);
  });

  it("is the same run without checks and with another seed", () => {
    expect(playedScene(scene, { checkInvariants: false, seed: 99 }).hash).toBe(hash);
  });
});

describe("the command plays a scenario's scenes one after the other", () => {
  const command = (...args: string[]) => {
    let [out, err] = ["", ""];
    const code = main(args, {
      hasColours: false,
      columns: COLUMNS,
      env: {},
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
      abort: () => {
        throw new Error("aborted");
      },
    });
    expect([code, err]).toEqual([0, ""]);
    return out;
  };

  it("each under its name and title, and one of them without", () => {
    const before = command("time-before");
    const answer = command("time-answer");
    expect(command("time")).toMatch(/^time-before: .*\n\n {2}tick /);
    expect(command("time")).toContain(before);
    expect(command("time").endsWith(answer)).toBe(true);
    expect(before).toMatch(/^ {2}tick /);
  });

  it("as JSON: an array of the documents", () => {
    const both = JSON.parse(command("time", "--json")) as { options: { scene: string } }[];
    expect(both.map(({ options }) => options.scene)).toEqual(["time-before", "time-answer"]);
    expect(both[0]).toEqual(JSON.parse(command("time-before", "--json")));
  });

  it("all of them print nothing but the transcript", () => {
    for (const { name } of SCENARIOS) command(name);
  });
});

describe("an option of the exchange", () => {
  it.each(["--badge", "--client"])("%s makes no difference to another scene, and that is said", (option) => {
    let err = "";
    const host = { hasColours: false, columns: COLUMNS, env: {}, out: () => {}, abort: () => process.exit(1) };
    const value = option === "--badge" ? "7" : "throws";
    const code = main(["sessions", option, value], {
      ...host,
      err: (text) => {
        err += text;
      },
    });
    expect([code, err]).toEqual([1, `${option} makes no difference to sessions: it is for the exchange.\n`]);
  });
});
