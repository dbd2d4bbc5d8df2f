/** A plan against its review: what is said about a difference, and that CI never writes. */
import { type Plan, printPlan } from "@tessera/servers";
import { describe, expect, test } from "vitest";
import { comparePlan, matchPlan, planChanges, type Reviewed } from "../src/index.js";
import { browser, desk } from "./desk.js";

const before = desk().plan();
const withAnother = desk().add(browser, { name: "another", priority: 80, budget: "1ms/100ms" }).plan();

/** The plan with one component changed. */
function changed(name: string, change: Partial<Plan["components"][0]>): Plan {
  const components = before.components.map((component) =>
    component.name === name ? { ...component, ...change } : component,
  );
  return { ...before, components };
}

describe("a difference", () => {
  test("is none between a plan and itself, nor by line ends", () => {
    const text = printPlan(before);
    expect(comparePlan(text, text)).toBeNull();
    expect(comparePlan(text, text.replaceAll("\n", "\r\n"))).toBeNull();
  });

  test("by a new client is what it gained; that others are numbered anew is said once", () => {
    expect(planChanges(before, withAnother)).toEqual([
      "+ another: a new component, program browser, prio 80, sc (budget: 1ms, period: 100ms)",
      "+ another: sockets = ep network.sockets (WP)",
      "+ another: log = ep logger.log (WP)",
      "~ 9 badges have another number, and nobody another right by it",
    ]);
  });

  test("by a component that is gone is that it is gone", () => {
    expect(planChanges(withAnother, before)[0]).toBe("- another: no longer exists");
  });

  test("is told by what changed", () => {
    const [editor] = before.components.filter(({ name }) => name === "editor");
    const slots = (editor?.slots ?? []).filter((slot) => !("need" in slot && slot.need === "console"));
    const now = changed("editor", { slots, priority: 110, restart: { firstUs: 1000, mostUs: 2000 }, memory: [] });
    expect(planChanges(before, now)).toEqual([
      "~ editor: prio 100 -> prio 110",
      "~ editor: restart never -> restart (first: 1ms, most: 2ms)",
      "- editor: console = ep uart.console (WP)",
      "- editor: files = shared frame (RW, pages: 4, with: ramfs)",
    ]);
  });

  test("of rights is one, though the badge is the same", () => {
    const [editor] = before.components.filter(({ name }) => name === "editor");
    const slots = (editor?.slots ?? []).map((slot) =>
      slot.what === "calls" && slot.need === "log" ? { ...slot, rights: "WGP" as const } : slot,
    );
    expect(planChanges(before, changed("editor", { slots }))).toEqual([
      "~ editor: log = ep logger.log (WP) -> log = ep logger.log (WGP)",
    ]);
  });

  test("is shown line by line below, with the component at its head", () => {
    const text = printPlan(before).replace("prio 130", "prio 140");
    expect(comparePlan(text, printPlan(before))).toBe(
      `~ network: prio 130 -> prio 140

--- reviewed
+++ now
@@ component network {

 component network {
   program network
-  prio 130
+  prio 140
   sc (budget: 1ms, period: 10ms)
   restart never
   offer sockets: sockets`,
    );
  });

  test("of a comment alone is no difference in authority", () => {
    const text = printPlan(before);
    expect(comparePlan(text, `-- seen\n${text}`)).toContain(
      "nobody may do more or less than before: only the text differs",
    );
  });

  test("to what is no plan says where it is none", () => {
    const spoilt = printPlan(before).replace("prio 130", "pirate 130");
    expect(comparePlan(printPlan(before), spoilt)).toContain(
      'what was reviewed is no plan: reviewed:39:3: "prio" belongs here',
    );
  });
});

describe("matchPlan", () => {
  const text = printPlan(before);
  const matching = (reviewed: string | null, env: Reviewed["env"]) => {
    const written: string[] = [];
    let error = "";
    try {
      matchPlan(before, { reviewed, env, write: (now) => written.push(now) });
    } catch (thrown) {
      error = (thrown as Error).message;
    }
    return { written, error };
  };

  test("is content with what was reviewed, and writes nothing", () => {
    expect(matching(text, { UPDATE_PLAN: "1" })).toEqual({ written: [], error: "" });
  });

  test("says what has changed, and how to have it reviewed", () => {
    const { written, error } = matching(text.replace("prio 130", "prio 140"), {});
    expect(written).toEqual([]);
    expect(error).toContain("~ network: prio 140 -> prio 130");
    expect(error).toMatch(
      /If it is meant: run this test with UPDATE_PLAN=1, read the difference of the file, and commit it\.$/,
    );
  });

  test("writes when it is told to", () => {
    expect(matching("personality old\n", { UPDATE_PLAN: "1" })).toEqual({ written: [text], error: "" });
    expect(matching(null, { UPDATE_PLAN: "1", CI: "" })).toEqual({ written: [text], error: "" });
  });

  test.each(["1", "true"])("never writes where CI is %s, whatever it is told", (CI) => {
    for (const reviewed of [null, "personality old\n"]) {
      const { written, error } = matching(reviewed, { UPDATE_PLAN: "1", CI });
      expect(written).toEqual([]);
      expect(error).toMatch(/Not here: where CI is set nothing is written\.$/);
    }
  });

  test("does not take a missing review for a passed one", () => {
    expect(matching(null, {}).error).toContain('the plan of "desk" has never been reviewed');
  });
});

test("another personality is a difference", () => {
  expect(planChanges(before, { ...before, personality: "office" })).toEqual(["~ personality desk -> office"]);
});
