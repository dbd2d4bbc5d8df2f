/**
 * Witnesses of the servers that keep no files. Each asks again and again, remembers what it was told, and says what does
 * not fit to it: what was acknowledged and is not so, what nobody has asked for, and an error without a death.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  type Client,
  type Component,
  ConsoleInput,
  ConsoleOutput,
  calls,
  component,
  Directory,
  define,
  Entropy,
  Log,
  LogReader,
  Lookup,
  must,
  NameDirectory,
  op,
  Pipes,
  sessionOf,
  Timer,
  u32,
} from "../../../src/index.js";
import { isDeath, pause, type Stage } from "./stage.js";

/** Sleeps at least as long as it was told, by a clock that never goes back, and is disturbed by deaths alone. */
export function sleeper(name: string, stage: Stage): Component {
  return component(name, {
    needs: { timer: calls(Timer) },
    *main({ timer }) {
      let last = 0;
      while (!stage.isOver) {
        const us = stage.prng.below(3000);
        const before = stage.deaths("timer");
        const begun = stage.now();
        const slept = yield* timer.sleep({ us });
        const took = stage.now() - begun;
        stage.heard(name, slept);
        if (slept.error === null && took < us - 1) stage.problem(name, `slept ${took} us in place of ${us}`);
        if (slept.error !== null && stage.deaths("timer") === before) stage.problem(name, `refused: ${slept.error}`);
        const time = yield* timer.time();
        if (time.error !== null) continue;
        if (time.us < last) stage.problem(name, `the time was ${last} us and is ${time.us} us`);
        last = time.us;
      }
      stage.finished.add(name);
    },
  });
}

/** Draws random bytes, which nobody may have had before. `drawn` is common to all who draw. */
export function drawer(name: string, stage: Stage, drawn: Set<string>): Component {
  const PIECE = 8;
  return component(name, {
    needs: { entropy: calls(Entropy), timer: calls(Timer) },
    *main({ entropy, timer }) {
      while (!stage.isOver) {
        const length = PIECE * (1 + stage.prng.below(12));
        const before = stage.deaths("entropy");
        const got = yield* entropy.bytes({ length });
        stage.heard(name, got);
        if (got.error !== null) {
          if (!isDeath(got) || stage.deaths("entropy") === before) stage.problem(name, `refused: ${got.error}`);
          continue;
        }
        if (got.bytes.length !== length) stage.problem(name, `${got.bytes.length} bytes in place of ${length}`);
        for (let at = 0; at < length; at += PIECE) {
          const piece = String(got.bytes.subarray(at, at + PIECE));
          if (drawn.has(piece)) stage.problem(name, `somebody has had ${piece} before`);
          drawn.add(piece);
        }
        yield* pause(stage, timer, 2000);
      }
      stage.finished.add(name);
    },
  });
}

/** What a speaker has written and been told that it is out, in this order. */
export class Spoken {
  readonly #acknowledged: string[] = [];

  add(line: string): void {
    this.#acknowledged.push(line);
  }

  /** What is missing of it in the output, or is not in its order; null: nothing. */
  missingIn(output: string): string | null {
    let from = 0;
    for (const line of this.#acknowledged) {
      const at = output.indexOf(line, from);
      if (at < 0) return line;
      from = at + line.length;
    }
    return null;
  }
}

/** Writes lines to the console and has them flushed: what is then said to be out is out, unless a death came between. */
export function speaker(name: string, stage: Stage, spoken: Spoken): Component {
  return component(name, {
    needs: { output: calls(ConsoleOutput), timer: calls(Timer) },
    *main({ output, timer }) {
      for (let n = 0; !stage.isOver; n++) {
        const line = `<${name} ${n}>\n`;
        const before = stage.deaths("console");
        const written = yield* output.write({ bytes: new TextEncoder().encode(line) });
        const flushed = yield* output.flush();
        const died = stage.deaths("console") > before;
        stage.heard(name, written);
        stage.heard(name, flushed);
        for (const { error } of [written, flushed]) {
          if (error !== null && !died) stage.problem(name, `refused: ${error}`);
        }
        if (!died) spoken.add(line);
        yield* pause(stage, timer, 2000);
      }
      stage.finished.add(name);
    },
  });
}

/** What a writer knows of its lines. */
export interface Written {
  readonly name: string;
  readonly taken: Set<string>;
  readonly refused: Set<string>;
}

/** Writes numbered lines to a log. */
export function writer({ name, taken, refused }: Written, stage: Stage): Component {
  return component(name, {
    needs: { log: calls(Log), timer: calls(Timer) },
    *main({ log, timer }) {
      for (let n = 0; !stage.isOver; n++) {
        const line = `${name} ${n}`;
        const before = stage.deaths("consoleLog");
        const answer = yield* log.write({ level: "info", line, fields: "" });
        stage.heard(name, answer);
        const { error } = answer;
        if (error === null) taken.add(line);
        else if (error === "TooFast") refused.add(line);
        else if (stage.deaths("consoleLog") === before) stage.problem(name, `refused: ${error}`);
        yield* pause(stage, timer, 10_000);
      }
      stage.finished.add(name);
    },
  });
}

/** Reads a log all the time: lines have their numbers for ever, and in the end all that were taken are there, once. */
export function reader(name: string, stage: Stage, writers: readonly Written[]): Component {
  return component(name, {
    needs: { reader: calls(LogReader), timer: calls(Timer) },
    *main({ reader, timer }) {
      const lines: string[] = [];
      while (!stage.isOver || !writers.every((writer) => stage.finished.has(writer.name))) {
        yield* readOn(reader, lines);
        yield* pause(stage, timer, 5000);
      }
      const again: string[] = [];
      yield* readOn(reader, lines);
      yield* readOn(reader, again);
      if (String(again) !== String(lines)) stage.problem(name, `has read\n${lines}\nand then\n${again}`);
      for (const { taken, refused } of writers) {
        for (const line of taken) {
          const times = lines.filter((one) => one === line).length;
          if (times !== 1) stage.problem(name, `"${line}" was taken and is there ${times} times`);
        }
        for (const line of refused) if (lines.includes(line)) stage.problem(name, `"${line}" was refused and is there`);
      }
      stage.finished.add(name);
    },
  });
}

/** Lines from number `lines.length` on. */
function* readOn(reader: Client<typeof LogReader>, lines: string[]): Thread<void> {
  for (;;) {
    const entry = yield* reader.read({ from: lines.length });
    if (isDeath(entry)) continue;
    if (entry.error !== null) return;
    if (entry.serial !== lines.length) throw new Error(`line ${lines.length} is asked for, and ${entry.serial} comes`);
    lines.push(entry.line);
  }
}

/** Writes to a pipe and reads from it: what comes out is what went in, as long as the pipe lives, and then another one. */
export function plumber(name: string, stage: Stage): Component {
  return component(name, {
    needs: { pipes: calls(Pipes), timer: calls(Timer) },
    *main({ pipes, timer }) {
      let serial = 0;
      while (!stage.isOver) {
        const deaths = stage.deaths("pipes");
        const refused = function* (what: string, answer: { readonly error: string | null }): Thread<boolean> {
          stage.heard(name, answer);
          if (answer.error === null) return false;
          if (!isDeath(answer) || stage.deaths("pipes") === deaths) stage.problem(name, `${what}: ${answer.error}`);
          yield* pause(stage, timer, 500);
          return true;
        };
        const opened = yield* pipes.open();
        if (opened.error !== null) {
          yield* refused("open", opened);
          continue;
        }
        const { pipe } = opened;
        const source = yield* pipe.reader();
        const sink = yield* pipe.writer();
        if (source.error === null && sink.error === null) {
          for (let isOpen = true; isOpen && !stage.isOver; ) {
            const data = Uint8Array.from({ length: 1 + stage.prng.below(300) }, () => serial++ % 256);
            isOpen = !(yield* refused("write", yield* sink.file.write({ offset: 0, data })));
            if (!isOpen) break;
            yield* pause(stage, timer, 1000);
            const read = yield* source.file.read({ offset: 0, length: data.length });
            isOpen = !(yield* refused("read", read));
            if (read.error === null && String(read.data) !== String(data)) {
              stage.problem(name, `has written ${data} and reads ${read.data}`);
            }
          }
        } else yield* refused("an end", source.error === null ? sink : source);
        for (const end of [source, sink]) if (end.error === null) yield* end.file.close();
        yield* pipe.close();
      }
      stage.finished.add(name);
    },
  });
}

const Bell = define("bell", { ring: op({}, { n: u32 }) });
const Bells = define("bells", { hang: op({ n: u32 }, { bell: sessionOf(Bell) }) });

/** Hands out bells, each of which rings its number. */
export const belfry = component("belfry", {
  offers: { bells: Bells },
  *main({ bells }) {
    yield* bells.serve(() => null, {
      hang: (_, { n }) => ({ bell: bells.session(Bell, n, { ring: (n) => ({ n }) }) }),
    });
  },
});

/** A bell that is registered. */
interface Hung {
  readonly n: number;
  readonly bell: Client<typeof Bell>;
  /** Deaths of the server of names when it was registered, or before. */
  readonly deaths: number;
}

/**
 * Registers bells and looks them up: what is found under a name rings the number that was registered there. A server of
 * names forgets all when it dies, and nothing else.
 */
export function namer(name: string, stage: Stage): Component {
  return component(name, {
    needs: { directory: calls(NameDirectory), lookup: calls(Lookup), bells: calls(Bells), timer: calls(Timer) },
    *main({ directory, lookup, bells, timer, self }) {
      const hung = new Map<string, Hung>();
      const forgotten = function* (under: string, { bell, deaths }: Hung, error: string | null): Thread<void> {
        if (stage.deaths("names") === deaths) stage.problem(name, `${under} is registered, and ${error}`);
        hung.delete(under);
        yield* bell.close();
      };
      for (let n = 0; !stage.isOver; n++) {
        const under = `${name}${stage.prng.below(6)}`;
        const known = hung.get(under);
        const deaths = stage.deaths("names");
        if (known === undefined) {
          const { bell } = must(yield* bells.hang({ n }));
          const registered = yield* directory.register({ name: under, capability: bell.cptr });
          stage.heard(name, registered);
          if (registered.error === null) hung.set(under, { n, bell, deaths });
          else yield* forgotten(under, { n, bell, deaths }, registered.error);
        } else if (stage.prng.below(3) === 0) {
          const removed = yield* directory.remove({ name: under });
          stage.heard(name, removed);
          if (removed.error !== null) yield* forgotten(under, known, removed.error);
          else yield* known.bell.close();
          hung.delete(under);
        } else {
          const found = yield* lookup.lookUp({ name: under });
          stage.heard(name, found);
          if (found.error === null) {
            const bell = self.client(Bell, found.capability);
            const rung = must(yield* bell.ring()).n;
            if (rung !== known.n) stage.problem(name, `${under} rings ${rung} in place of ${known.n}`);
            yield* bell.forget();
          } else if (found.error === "NotFound" || stage.deaths("names") === deaths) {
            yield* forgotten(under, known, found.error);
          }
        }
        yield* pause(stage, timer, 2000);
      }
      stage.finished.add(name);
    },
  });
}

/**
 * Reads lines that are typed: without a death of the console each comes once, in its order, and none is missing. What a
 * console has taken and not handed out dies with it, so behind a death a line may be missing, or the head of one.
 */
export function typist(name: string, stage: Stage): Component {
  return component(name, {
    needs: { input: calls(ConsoleInput) },
    *main({ input }) {
      let next = 0;
      let deaths = stage.deaths("console");
      for (let line = ""; !line.endsWith("#end"); ) {
        const before = stage.deaths("console");
        const read = yield* input.readLine();
        stage.heard(name, read);
        const hasDied = stage.deaths("console") > deaths;
        if (read.error !== null) {
          if (!hasDied && read.error !== "Overrun") stage.problem(name, `refused: ${read.error}`);
          // It is told of the death before it reads what was typed since.
          continue;
        }
        line = read.line;
        const number = Number(/^#(\d+)$/.exec(line)?.[1] ?? Number.NaN);
        if (number === next || (hasDied && number > next)) {
          next = number + 1;
          // One that came between the answer and this is still to be made up for.
          deaths = before;
        } else if (!hasDied && line !== "#end") {
          stage.problem(name, `"${line}" was read in place of #${next}`);
        } else if (number < next) {
          stage.problem(name, `"${line}" was read again`);
        }
      }
      stage.finished.add(name);
    },
  });
}

/** Opens devices by a directory of them, and holds one open: it ends with the directory's server, and with nothing else. */
export function tourist(name: string, stage: Stage): Component {
  return component(name, {
    needs: { devices: calls(Directory), timer: calls(Timer) },
    *main({ devices, timer }) {
      while (!stage.isOver) {
        const before = stage.deaths("devfs");
        const hasFailed = (what: string, answer: { readonly error: string | null }): boolean => {
          stage.heard(name, answer);
          if (answer.error === null) return false;
          if (!isDeath(answer) || stage.deaths("devfs") === before) stage.problem(name, `${what}: ${answer.error}`);
          return true;
        };
        const opened = yield* devices.open({ name: "zero", create: false, write: false });
        if (!hasFailed("open", opened) && opened.error === null) {
          for (let isOpen = true; isOpen && !stage.isOver; ) {
            yield* pause(stage, timer, 2000);
            const read = yield* opened.file.read({ offset: 0, length: 9 });
            isOpen = !hasFailed("read", read);
            if (read.error === null && String(read.data) !== String(new Uint8Array(9))) {
              stage.problem(name, `zero has ${read.data}`);
            }
            const handed = yield* devices.open({ name: "console", create: false, write: true });
            if (hasFailed("console", handed) || handed.error !== null) continue;
            const stat = yield* handed.file.stat();
            if (stat.error === null ? stat.kind !== "device" : !isDeath(stat)) {
              stage.problem(name, `the console is ${JSON.stringify(stat)}`);
            }
            // The capability is devfs's own, handed out: the session is not one to be ended.
            yield* handed.file.forget();
          }
          yield* opened.file.close();
        }
        yield* pause(stage, timer, 500);
      }
      stage.finished.add(name);
    },
  });
}
