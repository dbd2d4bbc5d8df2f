/** The runs that the README shows. */
import { compute, load, store } from "@tessera/hal-sim/isa";
import { elf_write, PF_R, PF_W, PROCESS_IPC_BUFFER, program_segment } from "@tessera/ut-alloc";
import { expect, it } from "vitest";
import {
  calls,
  component,
  Directory,
  define,
  FileWriter,
  loadImage,
  must,
  op,
  rawProgram,
  u32,
} from "../../src/index.js";
import { expectInReadme } from "../common/transcript.js";
import { bootProcesses, type Shell, shellOf } from "./family.js";
import { bootNursery, nursery, parentOf, programNumbers, STACK_TOP, TEXT } from "./nursery.js";

const Counter = define("counter", { add: op({ by: u32 }, { total: u32 }) });

const counter = component("counter", {
  offers: { counter: Counter },
  *main({ counter }) {
    let total = 0;
    yield* counter.serve(() => null, {
      add(_, { by }) {
        total += by;
        return { total };
      },
    });
  },
});

const adder = component("adder", {
  needs: { counter: calls(Counter) },
  *main({ counter, self }) {
    const added = yield* counter.add({ by: Number(self.args) });
    return added.error === null ? added.total : 0;
  },
});
const faulty = component("faulty", {
  *main() {
    yield* load(0);
  },
});
const spinner = component("spinner", {
  *main() {
    for (;;) yield* compute(1000);
  },
});

it("processes are created, given what they need, waited for and killed, as the README shows", () => {
  const said: string[] = [];
  /** Start a process, and say how it ends. */
  function* run({ processes }: Shell, program: string, args: string, cptr: number, what = "") {
    const { process, id } = must(yield* processes.create({ program, args }));
    const who = `process ${id}, ${program}`;
    if (id === 1) {
      const { need, interface: of } = must(yield* process.needs({ index: 0 }));
      said.push(`${who}: needs "${need}", of the interface "${of}"`);
    }
    if (cptr !== 0) must(yield* process.give({ need: "counter", capability: cptr }));
    must(yield* process.start());
    if (program === "spinner") must(yield* process.kill());
    const { end, status, cause } = must(yield* process.wait());
    const how = end === "died" ? `died of "${cause}"` : end === "returned" ? `returned ${status}` : end;
    said.push(`${who}: ${what}${how}`);
    yield* process.close();
  }
  const shell = shellOf({ counter: calls(Counter) }, function* (shell) {
    const { cptr } = shell.counter;
    yield* run(shell, "adder", "5", cptr);
    yield* run(shell, "adder", "7", cptr);
    yield* run(shell, "faulty", "", 0);
    yield* run(shell, "spinner", "", 0);
    yield* run(shell, "adder", "1", 0, "what it was not given it calls in vain: ");
  });
  const options = { server: { most: 8, slice: "5ms" }, others: [{ component: counter, priority: 200 }] };
  const world = bootProcesses([adder, faulty, spinner], shell, options);
  expect(world.machine.run({ events: 200_000 }).reason).toBe("idle");
  expectInReadme("process", said);
});

/** Where the data of a program lie. */
const DATA = 0x2_0000;

it("executables are loaded out of files, run and end, as the README shows", () => {
  const said: string[] = [];
  const counting = rawProgram("counter", function* ({ a2 }) {
    yield* store(DATA, (yield* load(DATA)) + 1);
    if (a2 !== 0) yield* store(a2, 1);
    for (;;) yield* compute(1000);
  });
  const parent = parentOf([counting], { files: calls(Directory) }, function* ({ files, processes, spaces }) {
    const data = { vaddr: DATA, bytes: Uint8Array.of(10), memory_size: 8, flags: PF_R | PF_W };
    const text = program_segment(numbers.get("counter") as number, TEXT);
    const bytes = { counter: elf_write(TEXT, [text, data]), motd: new Uint8Array(100) };
    const write = function* (name: keyof typeof bytes) {
      const { file } = must(yield* files.open({ name, create: true, write: true }));
      must(yield* new FileWriter(file).write(bytes[name]));
      return file;
    };
    const start = function* (name: keyof typeof bytes, a2: number) {
      const { process, id } = must(yield* processes.load({ name, frames: 8, pages: 16 }));
      const { space } = must(yield* process.space());
      const stack = { top: STACK_TOP, bytes: 4096, limit: 2 ** 16 };
      const loaded = yield* loadImage({ file: yield* write(name), spaces, space }, { stack });
      if (loaded.error === null) {
        const registers = { sp: STACK_TOP, a0: STACK_TOP, a1: PROCESS_IPC_BUFFER, a2, a3: 0 };
        const first = must(yield* space.read({ address: DATA, length: 1 })).data[0];
        must(yield* process.run({ entry: loaded.entry, ...registers }));
        yield* compute(20_000_000);
        const second = yield* space.read({ address: DATA, length: 1 });
        const now = second.error === null ? `are ${second.data[0]}` : "are gone with it";
        said.push(`process ${id}, ${name}: its data were ${first}, and ${now}`);
      } else said.push(`file ${name}: ${loaded.error}, ${loaded.why}`);
      yield* space.forget();
      return process;
    };
    const one = yield* start("counter", 0);
    const two = yield* start("counter", 0x3000_0000);
    said.push(`process 2, counter: died of "${must(yield* two.wait()).cause}"`);
    must(yield* one.kill());
    said.push(`process 1, counter: ${must(yield* one.wait()).end}`);
    const three = yield* start("motd", 0);
    for (const process of [one, two, three]) yield* process.close();
    said.push(`memory: ${must(yield* spaces.stat()).reserved} pages are reserved`);
  });
  const numbers = programNumbers(nursery(parent));
  const world = bootNursery(parent);
  expect(world.machine.run({ events: 1_000_000 }).reason).toBe("idle");
  expect(world.output).toBe("parent has ended\n");
  expectInReadme("process", said, 2);
});
