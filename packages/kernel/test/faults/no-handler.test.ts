import { breakpoint, load } from "@tessera/hal-sim/isa";
import { ThreadState } from "@tessera/kernel";
import { seL4_Call, seL4_DebugNameThread, seL4_NBRecv } from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { stateOf } from "../support/kernel-view.js";
import { EMPTY } from "../support/message.js";
import { rawCall } from "../support/raw-call.js";
import { listen } from "../support/reports.js";
import { bootScene, type Programs } from "../support/scene.js";

/** Run `program` without a handler beside another thread, which must not notice. */
function unhandled(program: Programs[string]) {
  const seen: string[] = [];
  const world = bootScene<void>(
    function* (kit) {
      const { tcb } = yield* kit.start("program", { priority: 110 });
      yield* seL4_DebugNameThread(tcb, "the culprit");
      yield* kit.start("other");
    },
    {
      program,
      *other() {
        yield* rawCall(-11, 0);
        seen.push("other goes on");
        yield* rawCall(-11, 0);
      },
    },
  );
  const heard = listen(world.machine);
  const stop = world.machine.run();
  expect([stop.reason, seen]).toEqual(["idle", ["other goes on"]]);
  expect(world.returned).not.toBeNull();
  return { world, text: heard.text };
}

describe("A fault without a handler", () => {
  const cases: readonly [what: string, program: Programs[string], sentence: RegExp][] = [
    [
      "a load of an unmapped address",
      function* () {
        yield* load(0x400000);
      },
      /`the culprit` .*reading 0x400000 .*VMFault/,
    ],
    [
      "a breakpoint",
      function* () {
        yield* breakpoint();
      },
      /`the culprit`.*exception 3 at pc 0x[0-9a-f]+: UserException/,
    ],
    [
      "a call of a capability that is not there",
      function* () {
        yield* seL4_Call(2 ** 33, EMPTY);
      },
      /`the culprit`.*seL4_Call, sending, on 0x200000000: CapFault/,
    ],
    [
      "a receive at the null capability",
      function* () {
        yield* seL4_NBRecv(0, 0);
      },
      /`the culprit`.*seL4_NBRecv, receiving, on 0x0: CapFault/,
    ],
    [
      "an unknown system call",
      function* () {
        yield* rawCall(77, 0);
      },
      /`the culprit`.*a7 = 0x4d: UnknownSyscall/,
    ],
    [
      "an error that the program throws, with file and line",
      // biome-ignore lint/correctness/useYield: it throws before it could
      function* () {
        throw new Error("as planned");
      },
      /`the culprit`[\s\S]*threw Error: as planned[\s\S]*no-handler\.test\.ts:\d+:\d+/,
    ],
  ];

  it.each(cases)("is reported and stops that thread only: %s", (_, program, sentence) => {
    const { world, text } = unhandled(program);
    expect(text).toMatch(sentence);
    expect(text).toMatch(/the thread is stopped: it has no fault handler/);
    expect(stateOf(world.kernel, "program")).toBe(ThreadState.Inactive);
    expect(world.kernel.checkInvariants()).toEqual([]);
  });
});
