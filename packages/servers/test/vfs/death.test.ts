/** A ramfs that dies and comes back, as its clients see it. */
import type { Thread } from "@tessera/hal-sim/isa";
import { describe, expect, it, vi } from "vitest";
import {
  type Client,
  type Component,
  calls,
  component,
  Directory,
  must,
  Reopening,
  ramfs,
  timerServer,
} from "../../src/index.js";
import { MOST_STARTS, NOTICE } from "../../src/vfs/kept-tree.js";
import { Tree } from "../../src/vfs/tree.js";
import { bootPlan } from "../root/planned.js";

/**
 * What a client does with a ramfs that it can have die: the next call is lost with it.
 * @param deaths that there are in the end
 */
function run(main: (root: Client<typeof Directory>, kill: () => void) => Thread, deaths = 1): void {
  let doomed = false;
  const mortal: Component = {
    ...ramfs,
    *main(handles) {
      const running = ramfs.main(handles);
      for (let step = running.next(); step.done !== true; step = running.next()) {
        yield;
        if (!doomed) continue;
        doomed = false;
        throw new Error("as planned");
      }
    },
  };
  let isDone = false;
  const client = component("client", {
    needs: { root: calls(Directory) },
    *main({ root }) {
      yield* main(root, () => {
        doomed = true;
      });
      isDone = true;
    },
  });
  const world = bootPlan([
    { component: timerServer, priority: 200 },
    { component: mortal, priority: 150, restart: { firstUs: 1000, mostUs: 1000 } },
    { component: client, priority: 100, restart: null },
  ]);
  expect(world.machine.run({ events: 100_000 }).reason).toBe("idle");
  expect(world.thrown.map(({ program }) => program)).toEqual(Array(deaths).fill("ramfs"));
  expect(isDone).toBe(true);
}

const data = new TextEncoder().encode("remember the milk");

describe("A ramfs that has died", () => {
  it("has all files and directories, with their times, and numbers its sessions anew", () => {
    run(function* (root, kill) {
      const { directory: home } = must(yield* root.enter({ name: "home", create: true }));
      const { file } = must(yield* home.open({ name: "note", create: true, write: true }));
      must(yield* file.write({ offset: 3000, data }));
      const before = must(yield* home.stat({ name: "note" }));
      kill();
      expect((yield* root.stat({ name: "home" })).error).toBe("Gone");
      expect((yield* home.stat({ name: "note" })).error).toBe("Closed");
      expect((yield* file.read({ offset: 0, length: 1 })).error).toBe("Closed");
      const { directory } = must(yield* root.enter({ name: "home", create: false }));
      expect(yield* directory.stat({ name: "note" })).toEqual(before);
      const { file: again } = must(yield* directory.open({ name: "note", create: false, write: false }));
      expect(must(yield* again.read({ offset: 2999, length: 100 })).data).toEqual(Uint8Array.of(0, ...data));
    });
  });

  it("answers Closed to who hands it a directory of its former life", () => {
    run(function* (root, kill) {
      must(yield* root.open({ name: "f", create: true, write: true }));
      const { directory } = must(yield* root.enter({ name: "d", create: true }));
      kill();
      const rename = () => root.rename({ name: "f", directory, to: "f" });
      expect([(yield* rename()).error, (yield* rename()).error]).toEqual(["Gone", "Closed"]);
    });
  });

  it("is asked again by a session that is opened again", () => {
    run(function* (root, kill) {
      const note = new Reopening(
        () => root.open({ name: "note", create: true, write: true }),
        ({ file }) => file,
      );
      must(yield* note.ask((file) => file.write({ offset: 0, data })));
      kill();
      const answer = must(yield* note.ask((file) => file.read({ offset: 9, length: 3 }), { twice: true }));
      expect(new TextDecoder().decode(answer.data)).toBe("the");
    });
  });

  it("does not have a file that was removed while it was open", () => {
    run(function* (root, kill) {
      const { file } = must(yield* root.open({ name: "f", create: true, write: true }));
      must(yield* root.remove({ name: "f" }));
      must(yield* file.write({ offset: 0, data }));
      kill();
      expect((yield* file.stat()).error).toBe("Gone");
      expect((yield* file.stat()).error).toBe("Closed");
      expect((yield* root.next({ after: "" })).error).toBe("End");
    });
  });

  it("gives up what it dies of at each start, and says so in a file", () => {
    const { from } = Tree;
    vi.spyOn(Tree, "from").mockImplementation((records, ...others) => {
      if (records.some((record) => "name" in record && record.name === "poison")) throw new Error("as planned");
      return from.call(Tree, records, ...others);
    });
    const deaths = MOST_STARTS + 1;
    run(function* (root, kill) {
      must(yield* root.open({ name: "poison", create: true, write: true }));
      kill();
      expect((yield* root.stat({ name: "poison" })).error).toBe("Gone");
      // Calls wait for the one that comes up.
      expect((yield* root.stat({ name: "poison" })).error).toBe("NotFound");
      expect(must(yield* root.next({ after: "" })).name).toBe(NOTICE);
      must(yield* root.open({ name: "antidote", create: true, write: true }));
    }, deaths);
    vi.restoreAllMocks();
  });
});
