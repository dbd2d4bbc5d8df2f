/** Where a call was made, read from stacks of this engine and of others. */
import { describe, expect, it } from "vitest";
import { type CallSite, programStack, readSite } from "../../src/cpu/call-site.js";
import { Cause, port, SUSPEND, type Thread } from "../../src/isa/index.js";
import { Rig, syscall } from "../support/rig.js";

const HERE = /call-site\.test\.ts:\d+:\d+$/;

/** Where the first system call of `root` was made, as the kernel would be told. */
function siteOf(root: () => Thread): CallSite {
  const rig = new Rig({ root });
  let site: CallSite | undefined;
  rig.handlers[Cause.UserEcall] = (context) => {
    site ??= rig.machine.cpu.callSite(context)();
  };
  rig.spawn();
  rig.machine.run();
  if (site === undefined) throw new Error("the program made no call");
  return site;
}

/** `readSite` of a stack as an engine writes it. */
function read(...lines: string[]): CallSite {
  const site = new Error("ecall");
  site.stack = lines.join("\n");
  return readSite(site);
}

describe("The place of a call is the program's own line", () => {
  it("when it goes through a stub", () => {
    const site = siteOf(function* () {
      yield* syscall(1);
    });
    expect(site).toEqual({ call: "syscall", place: expect.stringMatching(HERE), within: "" });
  });

  it("when the engine's limit of frames cannot be changed, as where intrinsics are frozen", () => {
    const before = Object.getOwnPropertyDescriptor(Error, "stackTraceLimit")!;
    Object.defineProperty(Error, "stackTraceLimit", { ...before, value: 10, writable: false });
    try {
      const site = siteOf(function* () {
        yield* syscall(1);
      });
      expect(site.place).toMatch(HERE);
      expect(Error.stackTraceLimit).toBe(10);
    } finally {
      Object.defineProperty(Error, "stackTraceLimit", before);
    }
  });

  it("when it traps without any stub, and never a line of the machine's", () => {
    const site = siteOf(function* () {
      port().ecall();
      while (port().suspended()) yield SUSPEND.value;
    });
    expect(site).toEqual({ call: "port().ecall", place: expect.stringMatching(HERE), within: "" });
  });

  it("when generators delegate to each other", () => {
    function* inner(): Thread {
      port().ecall();
      while (port().suspended()) yield SUSPEND.value;
    }
    const site = siteOf(function* () {
      yield* inner();
    });
    expect(site.place).toMatch(HERE);
  });
});

describe("A stack is read", () => {
  it("of an engine that writes name@file", () => {
    const site = read("stub@http://h/stubs.js:1:2", "main@http://h/program.js:41:7", "next@[native code]");
    expect(site).toEqual({ call: "stub", place: "http://h/program.js:41:7", within: "" });
  });

  it("when everything was bundled into one file: the innermost place", () => {
    expect(
      read("    at main (bundle.js:5:1)", "    at main.next (<anonymous>)", "    at x (bundle.js:9:1)").place,
    ).toBe("bundle.js:5:1");
  });

  it("with the function of a library that was installed", () => {
    const site = read(
      "    at cspace_mint (/home/u/node_modules/@tessera/cspace-lib/dist/index.js:1:1)",
      "    at main (/home/u/app/program.js:41:7)",
    );
    expect(site).toEqual({ call: "cspace_mint", place: "/home/u/app/program.js:41:7", within: "cspace_mint" });
  });

  it("that is empty, or was replaced, without complaint", () => {
    expect(read("").place).toBe("");
  });
});

it("the stack of what a program threw ends where the machine begins", () => {
  const rig = new Rig({
    // biome-ignore lint/correctness/useYield: it throws before it could
    *root() {
      throw new Error("as planned");
    },
  });
  const context = rig.spawn();
  rig.machine.run();
  const stack = programStack(context.lastThrow!);
  expect(stack).toMatch(/^Error: as planned\n\s+at .*call-site\.test\.ts:\d+:\d+\)?$/);
  expect(context.lastThrow!.stack).toContain("driver.ts");
});
