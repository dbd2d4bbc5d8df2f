/** Who can signal whom, as the plan says it. */
import { calls, capability, component, define, op, parsePlan, printPlan, sessionOf } from "@tessera/servers";
import { expect, test } from "vitest";
import { Personality, planMermaid, planSignals, planSvg } from "../src/index.js";

function* nothing() {}

const Bell = define("bell", { subscribe: op({ ring: capability("Notification") }, {}) });
const Tower = define("tower", { enter: op({}, { bell: sessionOf(Bell) }) });
const Chest = define("chest", { keep: op({ what: capability("Endpoint") }, {}) });
const Clock = define("clock", { read: op({}, {}) });

const church = component("church", {
  offers: { bell: Bell, tower: Tower, chest: Chest, clock: Clock },
  main: nothing,
});
const monk = component("monk", {
  needs: { tower: calls(Tower), chest: calls(Chest), clock: calls(Clock) },
  signals: true,
  main: nothing,
});
const sexton = component("sexton", {
  needs: { bell: calls(Bell), clock: calls(Clock) },
  offers: { graves: define("graves", { dig: op({}, {}) }) },
  main: nothing,
});
const deaf = component("deaf", { needs: { bell: calls(Bell) }, main: nothing });

const at = (priority: number) => ({ priority, budget: "1ms/20ms" });
const plan = new Personality("abbey")
  .add(church, at(150))
  .add(monk, at(100))
  .add(sexton, at(110))
  .add(deaf, at(90))
  .plan();

test("a server signals those that give it a notification, by its sessions too, and have one", () => {
  expect(planSignals(plan)).toEqual([
    { from: "church", to: "monk", need: "tower" },
    { from: "church", to: "sexton", need: "bell" },
  ]);
});

test("the plan's text says which offers signal, and is read back", () => {
  const text = printPlan(plan);
  expect(text.match(/^ {2}offer .*/gm)).toEqual([
    "  offer bell: bell (signals)",
    "  offer tower: tower (sessions: WGP, signals)",
    "  offer chest: chest",
    "  offer clock: clock",
    "  offer graves: graves",
  ]);
  expect(parsePlan(text)).toEqual(plan);
  expect(() => parsePlan(text.replace("WGP, signals", "WGP, signal"))).toThrow(
    '"signals" belongs here, not "signal": write (sessions: WGP, signals)',
  );
});

test("pictures say it at the call", () => {
  const lines = planMermaid(plan).split("\n");
  expect(lines.filter((line) => line.includes("signals back"))).toEqual([
    '  monk_ -->|"tower 0x204 WP, signals back"| church_',
    '  sexton_ -->|"bell 0x105 WGP, signals back"| church_',
  ]);
  expect(planSvg(plan).match(/signals back/g)).toHaveLength(2);
});
