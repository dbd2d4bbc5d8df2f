/** What runs in a process of its own, since a program can hold its host for ever: the checks of an order, one by one. */
import { CHECKS } from "../checks/index.js";
import { judge } from "../exam/judge.js";
import type { Solution } from "../solution.js";
import type { Message, Order } from "./protocol.js";

/** Steps of a machine between signs of life. */
const STEPS = 500;

/** Carry out the order in the arguments of this process. */
export function run(exported: unknown): void {
  const { ids, seed, mark } = JSON.parse(process.argv[2] ?? "{}") as Order;
  const say = (message: Message) => process.stdout.write(`${mark}${JSON.stringify(message)}\n`);
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

function refusal(exported: unknown): string | null {
  const { personality, sosapi } = (exported ?? {}) as Partial<Solution>;
  if (typeof personality !== "function") return "its default export has no function personality(boot)";
  return typeof sosapi === "function" ? null : "its default export has no function sosapi(start)";
}
