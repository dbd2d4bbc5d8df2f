/** The examples of the README and of the manual's page on replay: every one of them is a piece of this file. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { cspace_alloc_slot, cspace_mint, type cspace_t } from "@tessera/cspace-lib";
import { createImage, Machine, parseRunLog, RunRecorder, replayOptions, replayRun, runLogText } from "@tessera/hal-sim";
import type { Program, Thread } from "@tessera/hal-sim/isa";
import { bootKernel } from "@tessera/kernel";
import {
  rootTask,
  seL4_Call,
  seL4_CapInitThreadVSpace,
  seL4_EndpointBits,
  seL4_EndpointObject,
  seL4_GetMR,
  seL4_MessageInfo_new,
  seL4_PageBits,
  seL4_ReadWrite,
  seL4_RISCV_4K_Page,
  seL4_RISCV_Default_VMAttributes,
  seL4_RISCV_Page_Map,
  seL4_SetMR,
  seL4_Yield,
} from "@tessera/libsel4";
import { alloc_retype, free_retyped, ut_alloc } from "@tessera/ut-alloc";
import { describe, expect, it } from "vitest";
import { bootWorld, expectNoLeaks, findLeaks, world } from "../src/index.js";
import { addingWorld } from "./support/adding.js";
import { echoWorld } from "./support/echo.js";

describe("README", () => {
  it("a world in one call", () => {
    const child: Program = function* () {
      yield* seL4_Yield();
    };
    const { value, kernel } = world({
      *root(bootinfo, cspace) {
        // the root task, with its CSpace bootstrapped
        const ut = yield* ut_alloc(4, cspace);
        expect(ut?.size_bits).toBe(4); // an assertion that fails in a program fails the test
        return bootinfo.initThreadCNodeSizeBits;
      },
      programs: { child }, // program 1; without `root`, the first of these is the root task
    });
    expect(value).toBe(13);
    expect(kernel.checkInvariants()).toEqual([]);
  });

  it("a world driven by the test", () => {
    const oneWord = seL4_MessageInfo_new(0, 0, 0, 1);
    const { options, at } = addingWorld();
    const booted = bootWorld(options); // nothing has run yet
    booted.step(); // one kernel entry
    booted.runUntil(() => at.ep !== 0); // asked after every kernel entry
    booted.input("hello"); // by the UART
    const sum = booted.perform(function* () {
      seL4_SetMR(0, 41);
      yield* seL4_Call(at.ep, oneWord); // the root task is in `yield* obey()`, and calls with its capabilities
      return seL4_GetMR(0);
    });
    expect(sum).toBe(42);
    expect(booted.output).toBe(""); // nobody has written to the console
    const { stop } = booted.finish(); // `obey` returns, and all that `world` looks at is looked at
    expect(stop.reason).toBe("idle");
  });

  it("a world that is asked for its leaks", () => {
    const work = function* (cspace: cspace_t): Thread {
      const page = yield* alloc_retype(seL4_RISCV_4K_Page, seL4_PageBits, cspace);
      yield* free_retyped({ ut: page.ut!, cptr: page.cptr }, cspace);
    };
    world({
      *root(_, cspace, { kernel }) {
        yield* work(cspace); // once, so that allocators have what they keep
        const before = kernel.snapshot();
        yield* work(cspace);
        expectNoLeaks(kernel, before);
      },
    });
  });

  it("the words of leaks", () => {
    const { value } = world({
      *root(_, cspace, { kernel }) {
        const { cptr: ep } = yield* alloc_retype(seL4_EndpointObject, seL4_EndpointBits, cspace);
        const before = kernel.snapshot();
        const { cptr: page } = yield* alloc_retype(seL4_RISCV_4K_Page, seL4_PageBits, cspace);
        const attr = seL4_RISCV_Default_VMAttributes;
        yield* seL4_RISCV_Page_Map(page, seL4_CapInitThreadVSpace, 0x20000, seL4_ReadWrite, attr);
        yield* cspace_mint(cspace, yield* cspace_alloc_slot(cspace), cspace, ep, seL4_ReadWrite, 0x103);
        return findLeaks(kernel, before).text;
      },
    });
    const [shown] = blocks("packages/testing/README.md", "");
    // Ids, slots and ticks are the allocators' business.
    const shape = (text = "") => text.replace(/0x[\da-f]+|\d+/g, "N");
    expect(shape(shown)).toBe(shape(`LeakError: ${value}\n`));
  });
});

describe("The manual's page on replay", () => {
  it("records and replays a machine", () => {
    const root = rootTask(function* () {
      yield* seL4_Yield();
    });
    const image = createImage({ root });
    const options = { rootCNodeBits: 10 };

    const machine = new Machine({ image, seed: 7 });
    const recorder = new RunRecorder(machine, { system: options }); // before anything has happened
    bootKernel(machine, options);
    const text = runLogText(recorder.log(machine.run()));

    const log = parseRunLog(text);
    const again = new Machine({ image, ...replayOptions(log) }); // seed, RAM, costs and inputs are the log's
    bootKernel(again, { ...options, checkInvariants: true });
    const { divergence } = replayRun(again, log, options);
    expect(divergence).toBe(null); // else: divergence.text, .record, .event, .recorded, .replayed
    expect(again.trace.hash).toBe(machine.trace.hash);
  });

  it("records and replays a world", () => {
    const booted = bootWorld(echoWorld());
    booted.input("quit");
    const log = booted.finish().log();

    world({ ...echoWorld(), replay: log }); // throws where it goes another way
  });
});

// Whole blocks of a README are run by tools/test/examples.test.ts.
describe.each([
  { document: "packages/testing/README.md", language: "ts fragment" },
  { document: "docs/manual/replay.md", language: "ts" },
])("$document", ({ document, language }) => {
  it("shows only what is executed here", () => {
    const executed = plain(read("packages/testing/test/examples.test.ts"));
    const examples = blocks(document, language);
    expect(examples.length).toBeGreaterThan(1);
    expect(examples.filter((example) => !executed.includes(plain(example)))).toEqual([]);
  });
});

function read(file: string): string {
  return readFileSync(join(import.meta.dirname, "../../..", file), "utf8");
}

/** Without indentation. */
function plain(code: string): string {
  return code.replace(/^ +/gm, "");
}

/** The bodies of a document's fenced blocks with this behind the fence ("" = nothing). */
function blocks(document: string, language: string): string[] {
  return [...read(document).matchAll(/^```([ \w]*)\n([\s\S]*?)^```$/gm)]
    .filter(([, name]) => name === language)
    .map(([, , body]) => body!);
}
