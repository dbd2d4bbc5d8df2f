/** What runs in a process of its own, since a program can hold its host for ever: the checks of an order, one by one. */
import { writeSync } from "node:fs";
import { CHECKS } from "../checks/index.js";
import { judge } from "../exam/judge.js";
import type { Solution } from "../solution.js";
import { CHANNEL, type Message, type Order } from "./protocol.js";

/** Steps of a machine between signs of life. */
const STEPS = 500;

/** Carry out the order in the arguments of this process. */
export function run(exported: unknown): void {
  const { ids, seed } = JSON.parse(process.argv[2] ?? "{}") as Order;
  const why = refusal(exported);
  if (why !== null) {
    say({ say: "refused", why });
    return;
  }
  say({ say: "loaded" });
  let steps = 0;
  const alive = () => {
    if (++steps % STEPS === 0) say({ say: "alive" });
  };
  for (const id of ids) {
    const check = CHECKS.find((one) => one.id === id);
    if (check === undefined) continue;
    say({ say: "begins", id });
    say({ say: "verdict", verdict: judge(exported as Solution, check, seed, alive) });
  }
}

/** Come back when it is on its way, so that who holds the process afterwards does not keep it. */
function say(message: Message): void {
  const bytes = new TextEncoder().encode(`${JSON.stringify(message)}\n`);
  for (let at = 0; at < bytes.length; ) at += writeSync(CHANNEL, bytes, at);
}

function refusal(exported: unknown): string | null {
  const { personality, sosapi } = (exported ?? {}) as Partial<Solution>;
  if (typeof personality !== "function") return "its default export has no function personality(boot)";
  return typeof sosapi === "function" ? null : "its default export has no function sosapi(start)";
}
