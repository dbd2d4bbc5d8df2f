/** Plans that were composed are built and run, from the text that was reviewed. */
import { type seL4_CPtr, seL4_Signal } from "@tessera/libsel4";
import {
  type Component,
  calls,
  capability,
  component,
  define,
  must,
  op,
  type Plan,
  planImage,
  text,
  u32,
} from "@tessera/servers";
import { type BootedWorld, bootWorld } from "@tessera/testing";
import { describe, expect, it } from "vitest";
import { Personality } from "../src/index.js";
import { browser, desk, editor, logger, network, ramfs, uart } from "./desk.js";

function boot(plan: Plan, components: readonly Component[]): BootedWorld<void> {
  const { programs, data } = planImage(plan, components);
  return bootWorld({ programs, data });
}

const Notes = define("notes", { keep: op({ note: text(100) }, { kept: u32 }, ["Full"]) });
const Log = define("log", { write: op({ line: text(200) }, {}) });

describe("A composed plan", () => {
  it("runs: calls go along its edges", () => {
    const lines: string[] = [];
    const log = component("log", {
      offers: { log: Log },
      *main({ log }) {
        yield* log.serve(() => null, { write: (_, { line }) => void lines.push(line) });
      },
    });
    const keeper = component("keeper", {
      needs: { log: calls(Log) },
      offers: { notes: Notes },
      *main({ log, notes }) {
        const kept: string[] = [];
        yield* notes.serve(() => null, {
          *keep(_, { note }) {
            kept.push(note);
            yield* log.write({ line: `kept ${note}` });
            return { kept: kept.length };
          },
        });
      },
    });
    const writer = component("writer", {
      needs: { notes: calls(Notes) },
      *main({ notes }) {
        for (const note of ["milk", "bread"]) must(yield* notes.keep({ note }));
      },
    });
    const plan = new Personality("kitchen")
      .add(writer, { priority: 100, budget: "2ms/10ms" })
      .add(keeper, { priority: 120, budget: "2ms/10ms" })
      .add(log, { priority: 150, budget: "1ms/10ms" })
      .plan();
    const world = boot(plan, [writer, keeper, log]);
    expect(world.machine.run({ events: 20_000 }).reason).toBe("idle");
    expect(lines).toEqual(["kept milk", "kept bread"]);
    expect(world.output).toBe("writer has ended\n");
  });

  it("gives who only hears signals a notification, and no endpoint", () => {
    const Bell = define("bell", { subscribe: op({ ring: capability("Notification") }, {}), pull: op({}, {}) });
    const heard: string[] = [];
    const tower = component("tower", {
      offers: { bell: Bell },
      *main({ bell }) {
        const rings: seL4_CPtr<"Notification">[] = [];
        yield* bell.serve(() => null, {
          subscribe: (_, { ring }) => void rings.push(ring),
          *pull() {
            for (const ring of rings) yield* seL4_Signal(ring);
          },
        });
      },
    });
    const monk = component("monk", {
      needs: { bell: calls(Bell) },
      signals: true,
      *main({ bell, self }) {
        must(yield* bell.subscribe({ ring: yield* self.signal(() => void heard.push("rung")) }));
        must(yield* bell.pull());
        yield* self.signalled();
      },
    });
    const plan = new Personality("abbey")
      .add(tower, { priority: 120, budget: "2ms/10ms" })
      .add(monk, { priority: 100, budget: "2ms/10ms" })
      .plan();
    const kinds = plan.components.find(({ name }) => name === "monk")?.slots.map(({ what }) => what);
    expect(kinds).toEqual(["cnode", "notification", "parent", "calls"]);
    const world = boot(plan, [tower, monk]);
    expect(world.machine.run({ events: 20_000 }).reason).toBe("idle");
    expect(heard).toEqual(["rung"]);
    expect(world.output).toBe("monk has ended\n");
  });

  it("is built whatever is in it: drivers, memory, windows, two instances of one program", () => {
    const plan = desk().plan();
    const world = boot(plan, [uart, logger, ramfs, network, editor, browser]);
    expect(world.machine.run({ events: 50_000 }).reason).toBe("idle");
    const ended = world.output.trimEnd().split("\n").sort();
    expect(ended).toEqual(plan.components.map(({ name }) => `${name} has ended`).sort());
  });
});
