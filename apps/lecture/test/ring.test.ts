import { createImage, Machine } from "@tessera/hal-sim";
import { bootKernel } from "@tessera/kernel";
import { rootTask, seL4_Yield } from "@tessera/libsel4";
import { expect, it } from "vitest";
import { plain } from "../src/transcript/paint.js";
import { transcribe } from "../src/transcript/transcript.js";

it("a transcript says how many records the trace no longer holds", () => {
  const root = rootTask(function* () {
    for (let i = 0; i < 100; i++) yield* seL4_Yield();
  });
  const machine = new Machine({ image: createImage({ root }), traceRecords: 16 });
  bootKernel(machine);
  machine.run();
  const { text } = transcribe(
    machine.trace,
    { failures: new Map(), explanations: [], requests: {} },
    { scene: "none" },
  );
  expect(text(plain, 100)).toContain(`the ${machine.trace.count - 16} records before are no longer in the trace`);
});
