/** Pipes between programs that were handed their ends, and what becomes of them when programs die. */
import { cspace_alloc_slot, cspace_mint } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import { seL4_AllRights, seL4_MessageInfo_new, seL4_Send, seL4_SetMR, seL4_TCB_Suspend } from "@tessera/libsel4";
import { expectNoLeaks } from "@tessera/testing";
import { describe, expect, it } from "vitest";
import {
  belongingsOf,
  CHUNK,
  type Client,
  calls,
  client,
  component,
  File,
  FileReader,
  FileWriter,
  must,
  PARENT_SLOT,
  PIPE_BYTES,
  type Pipe,
  Pipes,
  pipeServer,
} from "../../src/index.js";
import { awaitEnd, bury, letRun, type Rig, rigged, type Started, tellDeath } from "../common/rig.js";
import { expectInReadme } from "../common/transcript.js";

type FileClient = Client<typeof File>;
type PipeClient = Client<typeof Pipe>;

/** A program with one file: an end of a pipe. */
const program = (main: (file: FileClient) => Thread) =>
  component("program", {
    needs: { file: calls(File) },
    *main({ file }) {
      yield* main(file);
    },
  });

/** Whoever runs the programs: it makes pipes, and starts a program with an end that it goes on to own. */
interface Shell {
  readonly rig: Rig;
  readonly pipes: Client<typeof Pipes>;
  /** Start the program `name` with `file`, more urgent than others by `ahead`. */
  run(name: string, file: FileClient, ahead?: number): Thread<Started>;
  /** Kill a program and close its end, as is done when a program has ended. */
  end(program: Started, file: FileClient): Thread;
  /** The supervisor's word that the shell is dead. */
  dies(): Thread;
}

const SHELL = 0x101;
const OTHER = 0x102;

function piped(programs: Readonly<Record<string, ReturnType<typeof program>>>, shell: (shell: Shell) => Thread): void {
  rigged({ pipes: pipeServer, ...programs }, function* (rig, start) {
    const clients = [
      { badge: SHELL, offer: 1 },
      { badge: OTHER, offer: 1 },
    ];
    const { ep } = yield* start("pipes", { priority: 250, clients });
    const slot = yield* cspace_alloc_slot(rig.cspace);
    yield* cspace_mint(rig.cspace, slot, rig.cspace, ep, seL4_AllRights, SHELL);
    yield* shell({
      rig,
      pipes: client(Pipes, slot, belongingsOf(rig.cspace)),
      run: (name, file, ahead = 0) => start(name, { priority: 100 + ahead, needs: { file: { ep: file.cptr } } }),
      *end(program, file) {
        yield* bury(rig, program, []);
        yield* file.close();
      },
      dies: () => tellDeath(rig, ep, SHELL),
    });
  });
}

function* bothEnds(pipe: PipeClient): Thread<{ reader: FileClient; writer: FileClient }> {
  const { file: reader } = must(yield* pipe.reader());
  const { file: writer } = must(yield* pipe.writer());
  return { reader, writer };
}

/** A pipe with an end of each kind, which cannot get others. */
function* newPipe(pipes: Client<typeof Pipes>): Thread<{ reader: FileClient; writer: FileClient }> {
  const { pipe } = must(yield* pipes.open());
  const ends = yield* bothEnds(pipe);
  yield* pipe.close();
  return ends;
}

/** Reads to the end, and says what came and how it ended. */
const readsAll = (said: string[], name = "reader") =>
  program(function* (file) {
    const input = new FileReader(file);
    let next = yield* input.line();
    for (; next.error === null; next = yield* input.line()) said.push(`${name}: ${next.line}`);
    said.push(`${name}: ${next.error}`);
  });

/** Bytes of which each says where it stands. */
const pattern = (length: number) => Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) & 0xff);

describe("a pipe", () => {
  it("carries what one program writes to another one, until its last writer is gone; as its README shows", () => {
    const said: string[] = [];
    const writer = program(function* (file) {
      said.push("writer: three lines");
      must(yield* new FileWriter(file).print("one\ntwo\nthree\n"));
    });
    piped({ writer, reader: readsAll(said) }, function* ({ rig, pipes, run, end }) {
      const ends = yield* newPipe(pipes);
      yield* run("reader", ends.reader);
      const writing = yield* run("writer", ends.writer);
      yield* awaitEnd(rig);
      said.push("shell: the writer has ended, its end is closed");
      yield* end(writing, ends.writer);
      yield* awaitEnd(rig);
    });
    expect(said.at(-1)).toBe("reader: End");
    expectInReadme("pipes", said);
  });

  it("carries any number of bytes through its 4 KiB, whoever of both is faster", () => {
    for (const ahead of [-1, 0, 1]) {
      const sent = pattern(5 * PIPE_BYTES + 123);
      const got: number[] = [];
      const writer = program(function* (file) {
        must(yield* new FileWriter(file).write(sent));
      });
      const reader = program(function* (file) {
        const input = new FileReader(file);
        for (let next = yield* input.bytes(); next.error === null; next = yield* input.bytes()) got.push(...next.bytes);
      });
      piped({ writer, reader }, function* ({ rig, pipes, run, end }) {
        const ends = yield* newPipe(pipes);
        yield* run("reader", ends.reader);
        const writing = yield* run("writer", ends.writer, ahead);
        yield* awaitEnd(rig);
        yield* end(writing, ends.writer);
        yield* awaitEnd(rig);
      });
      expect(got).toEqual([...sent]);
    }
  });

  it("keeps what one call writes in one piece, however many write", () => {
    const said: string[] = [];
    const line = (name: string) => `${name.repeat(CHUNK - 1)}\n`;
    const writes = (name: string) =>
      program(function* (file) {
        for (let i = 0; i < 12; i++) must(yield* new FileWriter(file).print(line(name)));
      });
    piped({ a: writes("a"), b: writes("b"), reader: readsAll(said) }, function* ({ rig, pipes, run, end }) {
      const { pipe } = must(yield* pipes.open());
      const { reader, writer } = yield* bothEnds(pipe);
      const { file: other } = must(yield* pipe.writer());
      const [a, b] = [yield* run("a", writer), yield* run("b", other)];
      yield* letRun(); // both wait for room
      yield* run("reader", reader);
      yield* awaitEnd(rig);
      yield* awaitEnd(rig);
      yield* end(a, writer);
      yield* end(b, other);
      yield* awaitEnd(rig);
    });
    const lines = said.slice(0, -1).map((it) => it.slice("reader: ".length));
    expect(lines.toSorted()).toEqual([
      ...Array(12).fill("a".repeat(CHUNK - 1)),
      ...Array(12).fill("b".repeat(CHUNK - 1)),
    ]);
    expect(lines).not.toEqual(lines.toSorted());
  });

  it("has not ended before its first writer, unless there can be none any more", () => {
    const said: string[] = [];
    piped({ early: readsAll(said, "early"), alone: readsAll(said, "alone") }, function* ({ pipes, run }) {
      const { pipe } = must(yield* pipes.open());
      const { file: reader } = must(yield* pipe.reader());
      yield* run("early", reader);
      yield* letRun();
      said.push("nothing yet");
      const { file: writer } = must(yield* pipe.writer());
      must(yield* new FileWriter(writer).print("there it is\n"));
      yield* writer.close();
      yield* letRun();

      const { pipe: silent } = must(yield* pipes.open());
      yield* run("alone", must(yield* silent.reader()).file);
      yield* letRun();
      said.push("nothing yet");
      yield* silent.close();
    });
    expect(said).toEqual(["nothing yet", "early: there it is", "early: End", "nothing yet", "alone: End"]);
  });

  it("has two directions: an end to read from is not written to, nor the other way round, and there are no windows", () => {
    piped({}, function* ({ pipes }) {
      const { reader, writer } = yield* newPipe(pipes);
      const data = new Uint8Array(3);
      expect((yield* reader.write({ offset: 0, data })).error).toBe("Denied");
      expect((yield* writer.read({ offset: 0, length: 3 })).error).toBe("Denied");
      expect((yield* reader.truncate({ size: 0 })).error).toBe("Denied");
      expect((yield* writer.truncate({ size: 0 })).error).toBe(null);
      expect((yield* reader.readWindow({ offset: 0, length: 1, at: 0 })).error).toBe("NoWindow");
      expect(must(yield* writer.write({ offset: 99, data })).written).toBe(3);
      expect(must(yield* reader.stat())).toMatchObject({ kind: "device", size: 3 });
      expect([...must(yield* reader.read({ offset: 0, length: 0 })).data]).toEqual([]);
      expect([...must(yield* reader.read({ offset: 0, length: 2 })).data]).toEqual([0, 0]);
      yield* writer.close();
      expect((yield* writer.write({ offset: 0, data })).error).toBe("Closed");
      expect([...must(yield* reader.read({ offset: 0, length: 9 })).data]).toEqual([0]);
      expect([...must(yield* reader.read({ offset: 0, length: 9 })).data]).toEqual([]);
    });
  });
});

/** Writes until it is refused, and says by which word. */
const writesForever = (said: string[]) =>
  program(function* (file) {
    const output = new FileWriter(file);
    let written = yield* output.write(pattern(CHUNK));
    while (written.error === null) written = yield* output.write(pattern(CHUNK));
    said.push(`writer: ${written.error}`);
  });

describe("a program that dies", () => {
  it("as the reader: who waits for room is told (BrokenPipe), and who writes later", () => {
    const said: string[] = [];
    const reader = program(function* (file) {
      must(yield* file.read({ offset: 0, length: 1 }));
      must(yield* file.read({ offset: 0, length: 1 }));
    });
    piped({ writer: writesForever(said), late: writesForever(said), reader }, function* ({ rig, pipes, run, end }) {
      const { pipe } = must(yield* pipes.open());
      const ends = yield* bothEnds(pipe);
      const { file: other } = must(yield* pipe.writer());
      const reading = yield* run("reader", ends.reader);
      yield* run("writer", ends.writer);
      yield* letRun();
      expect(said).toEqual([]); // it waits for room
      yield* end(reading, ends.reader);
      yield* awaitEnd(rig);
      yield* run("late", other);
      yield* awaitEnd(rig);
    });
    expect(said).toEqual(["writer: BrokenPipe", "writer: BrokenPipe"]);
  });

  it("as the writer: the reader gets all that was acknowledged, and the end", () => {
    const said: string[] = [];
    const writer = program(function* (file) {
      must(yield* new FileWriter(file).print("acknowledged\n"));
      yield* file.read({ offset: 0, length: 1 });
      for (;;) yield* seL4_Send(PARENT_SLOT, seL4_MessageInfo_new(0, 0, 0, 0));
    });
    piped({ writer, reader: readsAll(said) }, function* ({ rig, pipes, run, end }) {
      const ends = yield* newPipe(pipes);
      const writing = yield* run("writer", ends.writer);
      yield* awaitEnd(rig);
      yield* end(writing, ends.writer);
      yield* run("reader", ends.reader);
      yield* awaitEnd(rig);
    });
    expect(said).toEqual(["reader: acknowledged", "reader: End"]);
  });

  it("while it reads, which nobody answers any more, keeps nothing: the next program reads by another end", () => {
    const said: string[] = [];
    piped({ first: readsAll(said, "first"), second: readsAll(said, "second") }, function* ({ rig, pipes, run, end }) {
      const { pipe } = must(yield* pipes.open());
      const ends = yield* bothEnds(pipe);
      const { file: other } = must(yield* pipe.reader());
      const first = yield* run("first", ends.reader);
      yield* letRun();
      yield* end(first, ends.reader);
      yield* run("second", other);
      must(yield* new FileWriter(ends.writer).print("for the second\n"));
      yield* ends.writer.close();
      yield* awaitEnd(rig);
    });
    expect(said).toEqual(["second: for the second", "second: End"]);
  });

  it("with whom it was that opened the pipe: the ends are closed, and their users told (Closed)", () => {
    const said: string[] = [];
    piped({ reader: readsAll(said), writer: writesForever(said) }, function* ({ rig, pipes, run, dies }) {
      yield* run("reader", (yield* newPipe(pipes)).reader);
      yield* run("writer", (yield* newPipe(pipes)).writer);
      yield* letRun();
      yield* dies();
      yield* awaitEnd(rig);
      yield* awaitEnd(rig);
    });
    expect(said.toSorted()).toEqual(["reader: Closed", "writer: Closed"]);
  });
});

/** Numbers that look random, from a seed. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed * 2654435761 + 1;
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** One run of two programs, of which one is killed. */
interface Round {
  readonly random: (below: number) => number;
  readonly victim: "reader" | "writer";
  /** The call before which the shell wakes. */
  readonly moment: number;
  calls: number;
  acknowledged: number;
  /** Bytes of the write that is under way. */
  inFlight: number;
  readonly got: number[];
}

it("killed at 40 seeded moments, a writer loses nothing that was acknowledged, and neither leaves anything", () => {
  const sent = pattern(40 * CHUNK);
  let round: Round = newRound(0);
  const tick = function* (): Thread {
    round.calls += 1;
    if (round.calls === round.moment) yield* seL4_Send(PARENT_SLOT, seL4_MessageInfo_new(0, 0, 0, 0));
  };
  const writer = program(function* (file) {
    while (round.acknowledged < sent.length) {
      yield* tick();
      const { acknowledged, random, victim } = round;
      const length = Math.min(1 + random(CHUNK), sent.length - acknowledged);
      round.inFlight = length;
      const answer = yield* file.write({ offset: 0, data: sent.subarray(acknowledged, acknowledged + length) });
      if (answer.error === "BrokenPipe" && victim === "reader") return;
      round.acknowledged += must(answer).written;
      round.inFlight = 0;
    }
  });
  const reader = program(function* (file) {
    for (;;) {
      yield* tick();
      const { data } = must(yield* file.read({ offset: 0, length: 1 + round.random(CHUNK) }));
      if (data.length === 0) return;
      round.got.push(...data);
    }
  });
  piped({ writer, reader }, function* ({ rig, pipes, run, end }) {
    let before = rig.host.kernel.snapshot();
    for (let seed = 1; seed <= 40; seed++) {
      if (seed === 3) before = rig.host.kernel.snapshot();
      round = newRound(seed);
      const { victim } = round;
      const survivor = victim === "reader" ? "writer" : "reader";
      const ends = yield* newPipe(pipes);
      const reading = yield* run("reader", ends.reader);
      const running = { reader: reading, writer: yield* run("writer", ends.writer, round.random(3) - 1) };
      yield* awaitEnd(rig); // the moment has come
      yield* end(running[victim], ends[victim]);
      yield* awaitEnd(rig); // the other one ends by itself
      yield* end(running[survivor], ends[survivor]);

      const { got, acknowledged, inFlight, moment } = round;
      const where = `seed ${seed}: the ${victim} at call ${moment}`;
      expect(got, where).toEqual([...sent.subarray(0, got.length)]);
      if (victim === "reader") continue;
      expect(got.length, where).toBeGreaterThanOrEqual(acknowledged);
      expect(got.length, where).toBeLessThanOrEqual(acknowledged + inFlight);
    }
    expectNoLeaks(rig.host.kernel, before, { allow: ["untyped"] });
  });
});

function newRound(seed: number): Round {
  const random = numbersFrom(seed);
  const victim = random(2) === 0 ? "writer" : "reader";
  return { random, victim, moment: 1 + random(25), calls: 0, acknowledged: 0, inFlight: 0, got: [] };
}

describe("bad users", () => {
  it("one with both ends, which waits for itself, keeps nobody else waiting, and leaves nothing when it is killed", () => {
    const said: string[] = [];
    const self = component("self", {
      needs: { input: calls(File), output: calls(File) },
      *main({ input, output }) {
        must(yield* new FileWriter(output).write(new Uint8Array(PIPE_BYTES)));
        must(yield* input.read({ offset: 0, length: CHUNK }));
        must(yield* new FileWriter(output).write(new Uint8Array(2 * PIPE_BYTES)));
        said.push("impossible");
      },
    });
    rigged({ pipes: pipeServer, self, reader: readsAll(said) }, function* (rig, start) {
      const { ep } = yield* start("pipes", { priority: 250, clients: [{ badge: SHELL, offer: 1 }] });
      const slot = yield* cspace_alloc_slot(rig.cspace);
      yield* cspace_mint(rig.cspace, slot, rig.cspace, ep, seL4_AllRights, SHELL);
      const pipes = client(Pipes, slot, belongingsOf(rig.cspace));
      let before = rig.host.kernel.snapshot();
      for (let i = 0; i < 3; i++) {
        if (i === 1) before = rig.host.kernel.snapshot();
        const ends = yield* newPipe(pipes);
        const needs = { input: { ep: ends.reader.cptr }, output: { ep: ends.writer.cptr } };
        const stuck = yield* start("self", { priority: 100, needs });
        yield* letRun();
        const others = yield* newPipe(pipes);
        must(yield* new FileWriter(others.writer).print(`round ${i}\n`));
        expect(must(yield* new FileReader(others.reader).bytes()).bytes).toHaveLength(8);
        yield* bury(rig, stuck, []);
        for (const file of [ends.reader, ends.writer, others.reader, others.writer]) yield* file.close();
      }
      expectNoLeaks(rig.host.kernel, before, { allow: ["untyped"] });
    });
    expect(said).toEqual([]);
  });

  it("one that sends and does not wait for answers has one call waiting, and all other ends are served", () => {
    const said: string[] = [];
    const READ = 1;
    const WRITE = 2;
    const flood = program(function* (file) {
      for (let i = 0; i < 40; i++) {
        seL4_SetMR(0, 0);
        seL4_SetMR(1, 1);
        yield* seL4_Send(file.cptr, seL4_MessageInfo_new(READ, 0, 0, 2));
        yield* seL4_Send(file.cptr, seL4_MessageInfo_new(WRITE, 0, 0, 2));
        yield* seL4_Send(file.cptr, seL4_MessageInfo_new(77, 0, 0, 0));
      }
      said.push(`flood: ${(yield* file.read({ offset: 0, length: 1 })).error}`);
    });
    piped({ flood, reader: readsAll(said) }, function* ({ rig, pipes, run, end }) {
      for (let i = 0; i < 10; i++) {
        const { file } = must(yield* must(yield* pipes.open()).pipe.reader());
        const flooding = yield* run("flood", file);
        yield* awaitEnd(rig);
        if (i % 2 === 0) yield* end(flooding, file);
        else yield* seL4_TCB_Suspend(flooding.process.thread.tcb);
      }
      const ends = yield* newPipe(pipes);
      yield* run("reader", ends.reader);
      must(yield* new FileWriter(ends.writer).print("served\n"));
      yield* ends.writer.close();
      yield* awaitEnd(rig);
    });
    expect(said).toEqual([...Array(10).fill("flood: Busy"), "reader: served", "reader: End"]);
  });

  it("one that opens pipes without end is refused (Busy), and what it closes it can open again", () => {
    piped({}, function* ({ pipes }) {
      const opened: PipeClient[] = [];
      let next = yield* pipes.open();
      for (; next.error === null; next = yield* pipes.open()) opened.push(next.pipe);
      expect(next.error).toBe("Busy");
      expect(opened).toHaveLength(64);
      const [first, second] = opened as [PipeClient, PipeClient];
      expect((yield* first.writer()).error).toBe("Busy");
      yield* second.close();
      expect((yield* first.writer()).error).toBe(null);
      expect((yield* first.writer()).error).toBe("Busy");
    });
  });
});

it("many pipes, of which each carries something, leave nothing behind", () => {
  piped({}, function* ({ rig, pipes }) {
    let before = rig.host.kernel.snapshot();
    for (let i = 0; i < 40; i++) {
      if (i === 5) before = rig.host.kernel.snapshot();
      const { reader, writer } = yield* newPipe(pipes);
      must(yield* new FileWriter(writer).print(`pipe ${i}`));
      yield* writer.close();
      expect(must(yield* new FileReader(reader).text()).text).toBe(`pipe ${i}`);
      yield* reader.close();
    }
    expectNoLeaks(rig.host.kernel, before, { allow: ["untyped"] });
  });
});
