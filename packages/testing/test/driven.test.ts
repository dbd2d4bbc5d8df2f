import {
  seL4_Call,
  seL4_DebugHalt,
  seL4_DebugPutString,
  seL4_GetMR,
  seL4_PageBits,
  seL4_RISCV_4K_Page,
  seL4_SetMR,
  seL4_Yield,
} from "@tessera/libsel4";
import { alloc_retype } from "@tessera/ut-alloc";
import { describe, expect, it } from "vitest";
import { bootWorld, LeakError, world } from "../src/index.js";
import { addingWorld, ONE_WORD, UNLUCKY } from "./support/adding.js";
import { echoWorld } from "./support/echo.js";

describe("A booted world", () => {
  it("is stepped by kernel entries, and runs until what the test waits for", () => {
    let steps = 0;
    const booted = bootWorld({
      *root() {
        for (; steps < 50; steps++) yield* seL4_Yield();
      },
    });
    booted.step();
    expect(booted.machine.events).toBe(1);
    booted.step(5);
    expect(booted.machine.events).toBe(6);
    booted.runUntil(() => steps === 20);
    expect(steps).toBe(20);
    expect(booted.finish().stop.reason).toBe("idle");
    expect(steps).toBe(50);
  });

  it("says so when what is waited for does not come", () => {
    const options = {
      *root() {
        yield* seL4_Yield();
      },
    };
    expect(() => bootWorld(options).runUntil(() => false)).toThrow(
      /^what was waited for did not come; the machine stopped: nobody runs and nothing is due\nto replay up to tick \d+: /,
    );
    expect(() => bootWorld(options).runUntil(() => false, { events: 1 })).toThrow(/stopped: the limit of this run/);
  });

  it("throws what a program threw while it waits", () => {
    const booted = bootWorld({
      *root() {
        yield* seL4_Yield();
        expect(1).toBe(2);
      },
    });
    expect(() => booted.runUntil(() => false)).toThrow(/expected 1 to be 2[\s\S]*to replay up to tick/);
  });

  it("takes input from the test, and shows what came out", () => {
    const booted = bootWorld(echoWorld());
    booted.input("hello, ");
    booted.runUntil(() => booted.output.length === 7);
    expect(booted.output.replaceAll(String.fromCharCode(0), " ")).toMatch(/^HELLO/);
    booted.input(new TextEncoder().encode("quit"));
    expect(booted.finish().value).toBe("hello, quit".length);
  });

  it("shows the kernel's debug console too", () => {
    const booted = bootWorld({
      *root() {
        yield* seL4_DebugPutString("tessera");
      },
    });
    booted.finish();
    expect(booted.output).toBe("tessera");
  });
});

describe("A test sends", () => {
  it("by a thread that obeys it, with that thread's capabilities", () => {
    const { options, at } = addingWorld();
    const booted = bootWorld(options);
    for (const n of [1, 41, 4]) {
      const sum = booted.perform(function* () {
        seL4_SetMR(0, n);
        yield* seL4_Call(at.ep, ONE_WORD);
        return seL4_GetMR(0);
      });
      expect(sum).toBe(n + 1);
    }
    expect(booted.finish().value).toBe("dismissed");
  });

  it("and is thrown what went wrong there, or in the program that it sent to", () => {
    const { options, at } = addingWorld();
    const booted = bootWorld(options);
    expect(() =>
      booted.perform(function* () {
        yield* seL4_Yield();
        expect(1).toBe(2);
      }),
    ).toThrow(/expected 1 to be 2/);
    const send = function* () {
      seL4_SetMR(0, UNLUCKY);
      yield* seL4_Call(at.ep, ONE_WORD);
    };
    expect(() => booted.perform(send, { events: 500 })).toThrow(/superstitious[\s\S]*to replay up to tick/);
  });

  it("and is told when it does not end, or nobody obeys", () => {
    const booted = bootWorld(addingWorld().options);
    const waits = function* () {
      for (;;) yield* seL4_Yield();
    };
    expect(() => booted.perform(waits, { events: 100 })).toThrow(/to be performed did not end; the machine stopped/);
    const alone = bootWorld({
      *root() {
        yield* seL4_Yield();
      },
    });
    expect(() => alone.perform(waits)).toThrow(/nobody obeys/);
  });
});

describe("A world without leaks", () => {
  const leaky = (allow?: readonly ["untyped"]) =>
    world({
      noLeaks: allow === undefined ? true : { allow },
      *root(_, cspace) {
        yield* alloc_retype(seL4_RISCV_4K_Page, seL4_PageBits, cspace);
      },
    });

  it("is demanded by an option", () => {
    expect(() => leaky()).toThrow(LeakError);
    expect(() => leaky(["untyped"])).toThrow(/^1 leak: 1 slot, 4096 bytes of untyped memory, 1 frame\n/);
    const { value } = world({
      noLeaks: true,
      *root() {
        yield* seL4_Yield();
        return 5;
      },
    });
    expect(value).toBe(5);
  });
});

describe("A failure", () => {
  it("tells in one line how to come there again, which works", () => {
    const fails = (limit?: { events: number }): string => {
      try {
        world({
          machine: { seed: 77 },
          ...(limit === undefined ? {} : { limit }),
          *root(_, __, { machine }) {
            for (let i = 0; i < 9; i++) yield* seL4_Yield();
            if (machine.prng.next() !== 1) yield* seL4_DebugHalt();
          },
        });
      } catch (error) {
        return (error as Error).message;
      }
      return "";
    };
    const line = fails()
      .split("\n")
      .find((text) => text.startsWith("to replay up to tick"));
    expect(line).toMatch(/^to replay up to tick \d+: \{ machine: \{ seed: 77 \}, limit: \{ events: \d+ \} \}$/);
    const events = Number(/events: (\d+)/.exec(line!)![1]);
    expect(fails({ events })).toMatch(/halted/);
    expect(fails({ events: events - 1 })).toMatch(/did not return; the machine stopped: limit/);
  });
});
