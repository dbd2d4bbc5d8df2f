/** A console without a terminal, and the seat in front of it. */
import { bootPersonality } from "@tessera/app-host/session";
import type { Thread } from "@tessera/hal-sim/isa";
import { Personality } from "@tessera/personality";
import {
  type Client,
  type Component,
  calls,
  component,
  Directory,
  File,
  must,
  ramfs,
  Timer,
  timerServer,
} from "@tessera/servers";
import { expect, it } from "vitest";
import { Seat } from "../src/programs/sos/interface.js";
import { seat } from "../src/programs/sos/seat.js";

interface Hands {
  readonly seat: Client<typeof Seat>;
  readonly files: Client<typeof Directory>;
  readonly timer: Client<typeof Timer>;
}

/** Who has the console, and who may sit down there; run until nothing happens any more. */
function run(system: (console: Client<typeof File>) => Thread<void>, user: (hands: Hands) => Thread<void>): void {
  const owner = component("owner", {
    needs: { console: calls(File) },
    *main({ console }) {
      yield* system(console);
    },
  });
  const sitter = component("sitter", {
    needs: { seat: calls(Seat), files: calls(Directory), timer: calls(Timer) },
    *main(hands) {
      yield* user(hands);
    },
  });
  const add = (personality: Personality, of: Component, priority: number) =>
    personality.add(of, { priority, budget: "1ms/10ms", restart: false });
  const personality = [timerServer, ramfs, seat, owner, sitter].reduce(
    (all, of, place) => add(all, of, 200 - 10 * place),
    new Personality("seats"),
  );
  const { machine } = bootPersonality(personality, {}, { seed: 1, epochMs: 0, checkInvariants: false });
  expect(machine.run({ events: 1_000_000 }).reason).toBe("idle");
}

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (data: Uint8Array) => new TextDecoder().decode(data);

function* fileOf(files: Client<typeof Directory>, name: string, holds = "") {
  const { file } = must(yield* files.open({ name, create: true, write: true }));
  if (holds !== "") must(yield* file.write({ offset: 0, data: bytes(holds) }));
  return file;
}

it("nobody who writes waits for somebody to see it: of much the end is kept, and shown to who comes", () => {
  let shown = "";
  let isWritten = false;
  run(
    function* (console) {
      for (let i = 0; i < 600; i++) must(yield* console.write({ offset: 0, data: bytes(`line ${i} of many\n`) }));
      isWritten = true;
      yield* console.read({ offset: 0, length: 1 });
    },
    function* ({ seat, files, timer }) {
      while (!isWritten) must(yield* timer.sleep({ us: 10_000 }));
      const output = yield* fileOf(files, "output");
      const { seated } = must(yield* seat.sit({ output, at: 0 }));
      must(yield* seated.type({ input: yield* fileOf(files, "nothing") }));
      yield* seated.close();
      for (let read = must(yield* output.read({ offset: 0, length: 896 })); read.data.length > 0; ) {
        shown += text(read.data);
        read = must(yield* output.read({ offset: shown.length, length: 896 }));
      }
    },
  );
  expect(shown).toHaveLength(8192);
  expect(shown.endsWith("line 598 of many\nline 599 of many\n")).toBe(true);
});

it("of an input is taken what somebody reads, and typing is over when all of it has been carried out", () => {
  const said: string[] = [];
  run(
    function* (console) {
      for (;;) {
        const { data } = must(yield* console.read({ offset: 0, length: 4 }));
        said.push(`read ${text(data)}`);
        must(yield* console.write({ offset: 0, data: bytes(`<${text(data)}>`) }));
      }
    },
    function* ({ seat, files }) {
      for (const typed of ["one two", "three"]) {
        const output = yield* fileOf(files, typed.slice(0, 3));
        const { seated } = must(yield* seat.sit({ output, at: 0 }));
        must(yield* seated.type({ input: yield* fileOf(files, "input", typed.padEnd(8)) }));
        yield* seated.close();
        said.push(`shown ${text(must(yield* output.read({ offset: 0, length: 100 })).data)}`);
      }
    },
  );
  expect(said).toEqual([
    "read one ",
    "read two ",
    "shown <one ><two >",
    "read thre",
    "read e   ",
    "shown <thre><e   >",
  ]);
});

it("has one sitter; one whose output takes nothing any more is gone, and the next one sees what that one has not", () => {
  const answers: (string | null)[] = [];
  run(
    function* (console) {
      for (;;) {
        const { data } = must(yield* console.read({ offset: 0, length: 100 }));
        must(yield* console.write({ offset: 0, data }));
      }
    },
    function* ({ seat, files }) {
      const { lent } = must(yield* seat.lend());
      const closed = yield* fileOf(files, "closed");
      const { seated } = must(yield* seat.sit({ output: closed, at: 0 }));
      answers.push((yield* lent.sit({ output: yield* fileOf(files, "output"), at: 0 })).error);
      yield* closed.close();
      answers.push((yield* seated.type({ input: yield* fileOf(files, "typed", "unseen") })).error);
      const output = yield* fileOf(files, "output");
      const other = must(yield* lent.sit({ output, at: 0 }));
      must(yield* other.seated.type({ input: yield* fileOf(files, "more", ", seen") }));
      answers.push(text(must(yield* output.read({ offset: 0, length: 100 })).data));
    },
  );
  expect(answers).toEqual(["Taken", "Unseen", "unseen, seen"]);
});
