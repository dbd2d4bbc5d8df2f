/** The run that the README shows. */
import { seL4_DebugPutString } from "@tessera/libsel4";
import { expect, it } from "vitest";
import { calls, component } from "../../src/index.js";
import { expectInReadme } from "../common/transcript.js";
import { Mortal, mortal } from "./desk.js";
import { bootPlan } from "./planned.js";

const client = component("client", {
  needs: { server: calls(Mortal) },
  *main({ server }) {
    for (const way of ["fault", "throw", "fault", null] as const) {
      const asked = yield* server.incarnation();
      const which = asked.error === null ? `server number ${asked.incarnation + 1}` : asked.error;
      yield* seL4_DebugPutString(`client: it is ${which} that answers\n`);
      if (way === null) return;
      yield* seL4_DebugPutString(`client: who makes it die is told ${(yield* server.die({ way })).error}\n`);
    }
  },
});

it("a server that dies is started again, later each time, as the README shows", () => {
  const restart = { firstUs: 10_000, mostUs: 20_000 };
  const world = bootPlan([
    { component: mortal, name: "server", priority: 120, restart },
    { component: client, priority: 100, restart: null },
  ]);
  expect(world.machine.run({ events: 100_000 }).reason).toBe("idle");
  expectInReadme("root", world.output.trimEnd().split("\n"));
});
