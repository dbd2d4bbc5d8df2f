/** Servers that listen, and programs outside that connect to them. */
import type { Thread } from "@tessera/hal-sim/isa";
import { bootWorld } from "@tessera/testing";
import { expect, it } from "vitest";
import {
  again,
  type Client,
  calls,
  component,
  Listener,
  must,
  planImage,
  STREAM_BYTES,
  type Stream,
  socketsServer,
  type WindowedClient,
} from "../../src/index.js";
import { expectInReadme } from "../common/transcript.js";
import { bootPlan, type Entry, imagePrograms, planOf } from "../root/planned.js";
import { Outside, settle } from "./outside.js";

type ListenerClient = WindowedClient<typeof Listener>;
type StreamClient = Client<typeof Stream>;

const PORT = 564;
const utf8 = (text: string) => new TextEncoder().encode(text);

/** A program that listens. */
const listening = (main: (listener: ListenerClient) => Thread, name = "program") =>
  component(name, {
    needs: { listener: calls(Listener, { window: 32 }) },
    *main({ listener }) {
      yield* main(listener);
    },
  });

function entriesOf(...programs: ReturnType<typeof listening>[]): Entry[] {
  const sockets = socketsServer({ files: PORT });
  return [
    { component: sockets, priority: 200, budgetUs: 9000 },
    ...programs.map((program, n) => ({ component: program, priority: 100 - n })),
  ];
}

const boot = (...programs: ReturnType<typeof listening>[]) =>
  bootPlan(entriesOf(...programs), { machine: { sockets: true } });

/** All that comes, to its end. */
function* readAll(listener: ListenerClient, stream: StreamClient): Thread<number[]> {
  const bytes: number[] = [];
  for (;;) {
    const { count } = must(yield* stream.read({ length: 5000, at: 0, wait: true }));
    if (count === 0) return bytes;
    bytes.push(...(yield* listener.window!.read(0, count)));
  }
}

function* writeAll(listener: ListenerClient, stream: StreamClient, bytes: Uint8Array): Thread<void> {
  for (let done = 0; done < bytes.length; ) {
    const length = Math.min(bytes.length - done, 65536);
    yield* listener.window!.write(65536 - length, bytes.subarray(done, done + length));
    done += must(yield* stream.write({ length, at: 65536 - length, wait: true })).written;
  }
}

it("a server accepts, reads to the end and answers; whoever is outside hears the end: as its README shows", () => {
  const said: string[] = [];
  const world = boot(
    listening(function* (listener) {
      const { stream, number } = must(yield* listener.accept({ wait: true }));
      said.push(`server: connection ${number}`);
      const bytes = yield* readAll(listener, stream);
      const text = new TextDecoder().decode(Uint8Array.from(bytes));
      said.push(`server: reads "${text}", then the end`);
      yield* writeAll(listener, stream, utf8(text.toUpperCase()));
      yield* stream.close();
    }),
  );
  const outside = new Outside(world.machine, PORT);
  outside.say("remember ");
  settle(world);
  outside.say("the milk");
  outside.socket.end();
  settle(world);
  said.push(`outside: reads "${outside.text}", ${outside.story.join(", ")}`);
  expect(outside.story).toEqual(["opened", "ended", "done"]);
  expectInReadme("sockets", said);
});

it("megabytes go through in both directions at once, whoever of both is slower", () => {
  const length = 1_500_000;
  const pattern = Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8) * 3) & 0xff);
  let got: number[] = [];
  const world = boot(
    listening(function* (listener) {
      const { stream } = must(yield* listener.accept({ wait: true }));
      got = yield* readAll(listener, stream);
      yield* writeAll(listener, stream, pattern);
      yield* stream.close();
    }),
  );
  const outside = new Outside(world.machine, PORT);
  for (let sent = 0; sent < length; ) {
    const piece = pattern.subarray(sent, sent + 100_000);
    if (outside.socket.waiting < 200_000) {
      outside.socket.send(piece);
      sent += piece.length;
    }
    world.machine.run({ events: 2000 });
  }
  outside.socket.end();
  outside.takes = false;
  settle(world);
  // It has read nothing of the answer, so no more than the buffer outside has come.
  expect(outside.received.length).toBe(262_144);
  for (let taken = 0; taken < length; taken += 65_536) {
    outside.socket.taken(65_536);
    settle(world);
  }
  expect(got.length).toBe(length);
  expect(Buffer.from(got).equals(Buffer.from(pattern))).toBe(true);
  expect(Buffer.from(outside.received).equals(Buffer.from(pattern))).toBe(true);
  expect(outside.story).toEqual(["opened", "ended", "done"]);
});

it("what nobody reads is held back: 64 KiB of it is inside, the rest waits outside", () => {
  const world = boot(
    listening(function* (listener) {
      const { stream } = must(yield* listener.accept({ wait: true }));
      must(yield* listener.accept({ wait: true }));
      yield* readAll(listener, stream);
    }),
  );
  const outside = new Outside(world.machine, PORT);
  outside.socket.send(new Uint8Array(300_000));
  settle(world);
  expect(outside.socket.waiting).toBe(300_000 - STREAM_BYTES);
  new Outside(world.machine, PORT); // lets the reader go on
  settle(world);
  expect(outside.socket.waiting).toBe(0);
});

it("one server keeps several streams going without waiting for any, by news", () => {
  const said: string[] = [];
  const echo = component("program", {
    needs: { listener: calls(Listener, { window: 4 }) },
    signals: true,
    *main({ listener, self }) {
      const streams = new Map<number, StreamClient>();
      must(yield* listener.onNews({ signal: yield* self.signal(() => {}) }));
      for (;;) {
        for (let news = yield* listener.news(); news.error === null; news = yield* listener.news()) {
          if (news.number === 0) {
            const { stream, number } = must(yield* listener.accept({ wait: false }));
            streams.set(number, stream);
            continue;
          }
          const stream = streams.get(news.number)!;
          const read = yield* stream.read({ length: 4096, at: 0, wait: false });
          if (read.error !== null) said.push(`${news.number}: ${read.error}`);
          else if (read.count > 0) must(yield* stream.write({ length: read.count, at: 0, wait: false }));
          if (read.error === null && read.count > 0) continue;
          if (read.error === null) said.push(`${news.number}: end`);
          streams.delete(news.number);
          yield* stream.close();
        }
        yield* self.signalled();
      }
    },
  });
  const world = boot(echo);
  const outsides = Array.from({ length: 10 }, () => new Outside(world.machine, PORT));
  for (let round = 0; round < 3; round++) {
    for (const [n, outside] of outsides.entries()) outside.say(`${n}${round} `);
    settle(world);
  }
  expect(outsides.map(({ text }) => text)).toEqual(outsides.map((_, n) => `${n}0 ${n}1 ${n}2 `));
  outsides[3]!.socket.end();
  outsides[4]!.socket.abort();
  settle(world);
  expect(said.sort()).toEqual(["4: end", "5: Reset"]);
  expect(outsides[3]!.story).toEqual(["opened", "ended", "done"]);
});

it("a port is open to whoever was given it, and others are refused; beyond sixteen that wait, too", () => {
  const world = boot(
    listening(function* (listener) {
      must(yield* listener.accept({ wait: true }));
      yield* must(yield* listener.accept({ wait: true })).stream.read({ length: 1, at: 0, wait: true });
    }),
  );
  const other = new Outside(world.machine, 22);
  settle(world);
  expect(other.story).toEqual(["refused"]);
  const many = Array.from({ length: 20 }, () => new Outside(world.machine, PORT));
  settle(world);
  expect(many.map(({ story }) => story.join())).toEqual([
    "opened",
    "opened",
    ...Array(16).fill(""),
    "refused",
    "refused",
  ]);
});

it("the connections of a program that dies are closed", () => {
  const world = boot(
    listening(function* (listener) {
      const { stream } = must(yield* listener.accept({ wait: true }));
      const { count } = must(yield* stream.read({ length: 10, at: 0, wait: true }));
      if (count === 3) throw new Error("died");
      yield* stream.read({ length: 10, at: 0, wait: true });
    }),
  );
  const outside = new Outside(world.machine, PORT);
  outside.say("die");
  settle(world);
  expect(outside.story).toEqual(["opened", "ended", "done"]);
});

it("connections are cut off when the driver dies, and the one that is started in its place listens again", () => {
  const said: unknown[] = [];
  const mortal = socketsServer({ files: PORT });
  const fate = { dies: false };
  const dying: typeof mortal = {
    ...mortal,
    *main(handles) {
      const thread = mortal.main(handles);
      for (let step = thread.next(); step.done !== true; step = thread.next()) {
        yield;
        if (fate.dies) {
          fate.dies = false;
          throw new Error("it is time");
        }
      }
    },
  };
  const program = listening(function* (listener) {
    for (let round = 0; round < 2; round++) {
      const { stream } = must(yield* again(() => listener.accept({ wait: true })));
      said.push((yield* stream.read({ length: 10, at: 0, wait: true })).error);
      said.push((yield* stream.read({ length: 10, at: 0, wait: true })).error);
      yield* stream.close();
    }
  });
  const entries = [
    { component: dying, priority: 200, budgetUs: 9000 },
    { component: program, priority: 100 },
  ];
  const world = bootPlan(entries, { machine: { sockets: true } });
  const first = new Outside(world.machine, PORT);
  first.say("x");
  settle(world);
  fate.dies = true;
  first.say("y");
  settle(world);
  expect(first.story).toEqual(["opened", "reset"]);
  expect(said).toEqual([null, "Gone"]);
  const second = new Outside(world.machine, PORT);
  second.say("z");
  settle(world);
  second.socket.end();
  settle(world);
  expect([said, second.story]).toEqual([
    [null, "Gone", null, null],
    ["opened", "ended", "done"],
  ]);
});

it("calls that make no sense are refused by words", () => {
  const said: unknown[] = [];
  const world = boot(
    listening(function* (listener) {
      const ask = function* (call: Thread<{ error: string | null }>): Thread {
        said.push((yield* call).error);
      };
      yield* ask(listener.accept({ wait: false }));
      yield* ask(listener.news());
      const { stream } = must(yield* listener.accept({ wait: true }));
      const bytes = listener.window!.bytes;
      yield* ask(stream.read({ length: 1, at: bytes, wait: false }));
      yield* ask(stream.read({ length: 1, at: 0, wait: false }));
      yield* ask(stream.write({ length: 2, at: bytes - 1, wait: false }));
      yield* ask(stream.write({ length: 0xffff_ffff, at: 0xffff_ffff, wait: false }));
      must(yield* stream.end());
      must(yield* stream.end());
      yield* ask(stream.write({ length: 1, at: 0, wait: false }));
      must(yield* stream.read({ length: 1, at: 0, wait: true }));
      yield* ask(stream.read({ length: 1, at: 0, wait: true }));
      yield* ask(stream.write({ length: 1, at: 0, wait: true }));
    }),
  );
  const outside = new Outside(world.machine, PORT);
  settle(world);
  outside.say("x");
  settle(world);
  outside.socket.abort();
  settle(world);
  expect(said).toEqual(["NotNow", "Nothing", "NoWindow", "NotNow", "NoWindow", "NoWindow", "Ended", "Reset", "Ended"]);
});

it("a session with sockets is replayed from its log with nobody outside", () => {
  const program = () =>
    listening(function* (listener) {
      for (;;) {
        const { stream } = must(yield* listener.accept({ wait: true }));
        const bytes = yield* readAll(listener, stream);
        yield* writeAll(listener, stream, Uint8Array.from(bytes.reverse()));
        yield* stream.close();
      }
    });
  const world = boot(program());
  for (const text of ["abc", "", "x".repeat(20_000)]) {
    const outside = new Outside(world.machine, PORT);
    outside.say(text);
    outside.socket.end();
    settle(world);
    expect(outside.text).toBe([...text].reverse().join(""));
  }
  const entries = entriesOf(program());
  const { programs, data } = planImage(planOf(entries), imagePrograms(entries));
  const again = bootWorld({
    programs,
    data,
    machine: { sockets: true },
    replay: world.log(world.machine.run()),
    onReport: () => {},
  });
  again.finish(); // says where it differs, if it does
});

it("a port that is none is refused where the server is made", () => {
  expect(() => socketsServer({ files: 2 ** 32 })).toThrow("files: a port is a whole number");
});
