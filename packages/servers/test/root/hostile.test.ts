/** Every server under a flood of messages that mean nothing, from a client of its own: others are served on. */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  type seL4_CPtr,
  seL4_MessageInfo_new,
  seL4_MsgMaxLength,
  seL4_Send,
  seL4_SetCap,
  seL4_SetMR,
  seL4_SetMR64,
} from "@tessera/libsel4";
import { expect, it } from "vitest";
import {
  type AnyInterface,
  type Client,
  ConsoleInput,
  ConsoleOutput,
  calls,
  component,
  consoleLogServer,
  consoleServer,
  define,
  Entropy,
  entropyServer,
  Log,
  Lookup,
  logTo,
  must,
  mustPrint,
  NameDirectory,
  Names,
  nameServer,
  op,
  Timer,
  timerServer,
} from "../../src/index.js";
import { bootPlan, type Entry } from "./planned.js";

const INTERFACES = [Timer, ConsoleOutput, ConsoleInput, Entropy, Names, NameDirectory, Lookup, Log];
/** So many that a server which keeps something for each would run out of it. */
const MESSAGES = 1200;

/** Numbers that follow from a seed. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const WORDS = [0, 1, 2, 1000, 2 ** 32 - 1, 2 ** 32, 1e15, Number.MAX_SAFE_INTEGER, 2n ** 63n, 2n ** 64n - 1n];

/** A message that is to be sent: label, words, and slots of capabilities. */
interface Raw {
  readonly label: number;
  readonly words: readonly (number | bigint)[];
  readonly caps: readonly number[];
}

/** Its own CNode, what it is given, the server: what a client has to send. */
function capIn(server: number, random: (below: number) => number): number {
  return [1, 2, 3, 4, server, server][random(6)] as number;
}

/** What looks like an operation of `of`, with values that may be out of range. */
function wellFormed(of: AnyInterface, server: number, random: (below: number) => number): Raw {
  const operations = Object.values(of.operations);
  const label = 1 + random(operations.length);
  const words: (number | bigint)[] = [];
  const caps: number[] = [];
  for (const { carries, text } of Object.values(operations[label - 1]?.args ?? {})) {
    if (carries !== "words") caps.push(capIn(server, random));
    else if (/^(text|bytes)/.test(text)) words.push(1, 0x61 + random(26));
    else words.push(WORDS[random(WORDS.length)] as number);
  }
  return { label, words, caps };
}

function anything(server: number, random: (below: number) => number): Raw {
  const length = random(3) === 0 ? random(seL4_MsgMaxLength + 1) : random(4);
  const caps = random(4) === 0 ? random(4) : 0;
  return {
    label: random(10) === 0 ? random(4096) : random(8),
    words: Array.from({ length }, () => WORDS[random(WORDS.length)] as number),
    caps: Array.from({ length: caps }, () => capIn(server, random)),
  };
}

/** Sends what may be a message, or not, and waits for no answer. */
function* flood(of: AnyInterface, server: seL4_CPtr<"Endpoint">, random: (below: number) => number): Thread {
  for (let i = 0; i < MESSAGES; i++) {
    const { label, words, caps } = random(3) === 0 ? anything(server, random) : wellFormed(of, server, random);
    for (const [place, word] of words.entries()) set(place, word);
    for (const [place, cap] of caps.entries()) seL4_SetCap(place, cap);
    yield* seL4_Send(server, seL4_MessageInfo_new(label, 0, caps.length, words.length));
  }
}

function set(place: number, word: number | bigint): void {
  if (typeof word === "bigint") seL4_SetMR64(place, word);
  else seL4_SetMR(place, word);
}

const Asked = define("asked", { ask: op({}, {}) });

function attacker(of: AnyInterface, seed: number) {
  return component(`attacker_${of.name}`, {
    needs: { server: calls(of) },
    offers: { asked: Asked }, // its endpoint is one more thing to be sent
    slots: 8,
    *main({ server, asked, self }) {
      yield* flood(of, (server as Client<AnyInterface>).cptr, numbers(seed));
      asked.on(() => null, { ask() {} });
      yield* self.serve(); // what it has got it keeps
    },
  });
}

it.each([1, 2, 3])("random messages with seed %i keep no server from serving others, and end none", (seed) => {
  let done = "";
  const honest = component("honest", {
    needs: {
      timer: calls(Timer),
      output: calls(ConsoleOutput),
      entropy: calls(Entropy),
      directory: calls(NameDirectory),
      lookup: calls(Lookup),
      names: calls(Names),
      log: calls(Log),
    },
    *main({ timer, output, entropy, directory, lookup, names, log }) {
      for (let i = 0; i < 5; i++) {
        must(yield* timer.sleep({ us: 1000 }), "sleep");
        must(yield* entropy.bytes({ length: 256 }), "entropy");
        must(yield* directory.register({ name: `honest ${i}`, capability: output.cptr }), "register");
        must(yield* lookup.lookUp({ name: `honest ${i}` }), "lookUp");
        const { directory: mine } = must(yield* names.create(), "create");
        yield* mine.close();
        expect(yield* logTo(log).info(`honest ${i}`)).toBe(true);
      }
      yield* mustPrint(output, "honest is done\n");
      done = "done";
    },
  });
  const servers: Entry[] = [
    { component: timerServer, priority: 200 },
    { component: consoleServer, priority: 190 },
    { component: entropyServer, priority: 180 },
    { component: nameServer, priority: 170 },
    { component: consoleLogServer, priority: 160 },
  ];
  const attackers = INTERFACES.map((of, i) => ({
    component: attacker(of, seed * 100 + i),
    priority: 110,
    restart: null,
  }));
  const entries = [...servers, ...attackers, { component: honest, priority: 100, restart: null }];
  const world = bootPlan(entries, { kernel: { checkInvariants: false } });
  world.runUntil(() => done !== "" || world.thrown.length > 0, { events: 2_000_000 });
  expect(world.thrown).toEqual([]);
  world.machine.run({ events: 10_000 });
  expect(world.output).toContain("honest is done\n");
  expect(world.kernel.checkInvariants()).toEqual([]);
});
