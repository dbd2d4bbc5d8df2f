/**
 * Starting a pipeline: processes are made, each is given what its program needs, and then all of them run. When one of
 * them cannot be made none runs, and all that was opened is closed again.
 *
 * What a program needs it has declared, by a name and an interface. The shell gives it that and nothing else: the
 * terminal, files and pipes by what the command line says, a file system that can be looked at only to who asks for no
 * more (`look`), the clock, random bytes, the log, names to be looked up. A need that the shell has nothing for is a reason not to run the program.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  type Client,
  type ClientBase,
  type ConsoleFiles,
  Directory,
  didYouMean,
  Entropy,
  File,
  Log,
  LogReader,
  Lookup,
  type Pipes,
  PROCESS_ARGS_BYTES,
  PROCESS_NAME_BYTES,
  type Process,
  type Processes,
  ProcessTable,
  Timer,
} from "@tessera/servers";
import { inWords, type Paths } from "../paths.js";
import { Seat } from "../sos/interface.js";
import { argsOf } from "../tool.js";
import { BUILTINS, isBuiltin } from "./builtins.js";
import type { Member } from "./jobs.js";
import type { Redirect } from "./parse.js";

/** What a command is made of, when it is about to run. */
export interface Launched {
  readonly name: string;
  readonly words: readonly string[];
  readonly redirects: readonly { readonly kind: Redirect["kind"]; readonly path: string }[];
}

/** What the shell has to give. */
export interface Means {
  readonly processes: Client<typeof Processes>;
  readonly pipes: Client<typeof Pipes>;
  readonly consoles: Client<typeof ConsoleFiles>;
  readonly root: Client<typeof Directory>;
  readonly devices: Client<typeof Directory>;
  readonly timer: Client<typeof Timer>;
  readonly entropy: Client<typeof Entropy>;
  readonly log: Client<typeof Log>;
  readonly lines: Client<typeof LogReader>;
  readonly lookup: Client<typeof Lookup>;
  /** At another system's console; absent where there is none. */
  readonly seat?: Client<typeof Seat>;
}

/** A pipeline that cannot be started; the message is a sentence. */
export class NotStarted extends Error {
  readonly status: number;

  constructor(sentence: string, status: number) {
    super(sentence);
    this.status = status;
  }
}

/** Where nothing can be read from: for those in the background, and where commands are no terminal's. */
const NOTHING = "/dev/null";
const FAILED = 1;
const CANNOT_RUN = 126;
const NOT_FOUND = 127;

/** What one command is to read and write, and all that was opened for it. */
class Supply {
  readonly files = new Map<string, Client<typeof File>>();
  readonly opened: ClientBase[] = [];

  add(need: "stdin" | "stdout" | "errors", file: Client<typeof File>): void {
    this.files.set(need, file);
    this.opened.push(file);
  }
}

/** Starts pipelines. */
export class Launcher {
  readonly #means: Means;
  readonly #paths: Paths;
  /** What is given as it is to whoever needs it, by the name of its interface: nothing can be opened by these. */
  readonly #shared: ReadonlyMap<string, ClientBase>;
  /** What is lent to whoever needs it. */
  readonly #lendable: ReadonlyMap<string, ClientBase>;
  /** Rung when a process has ended. */
  readonly #ended: number;

  constructor(means: Means, paths: Paths, ended: number) {
    this.#means = means;
    this.#paths = paths;
    this.#ended = ended;
    const { timer, entropy, log, lines, lookup, seat } = means;
    this.#shared = new Map<string, ClientBase>([
      [Entropy.name, entropy],
      [Log.name, log],
      [LogReader.name, lines],
      [Lookup.name, lookup],
    ]);
    this.#lendable = new Map<string, ClientBase>([
      [Timer.name, timer],
      ...(seat === undefined ? [] : ([[Seat.name, seat]] as const)),
    ]);
  }

  /** Names of the programs that there are. Can block. */
  *programs(): Thread<string[]> {
    const names: string[] = [];
    for (let index = 0; ; index++) {
      const program = yield* this.#means.processes.programs({ index });
      if (program.error !== null) return names;
      names.push(program.name);
    }
  }

  /**
   * Start the processes of a pipeline. Can block.
   * @param input what the first of them reads, unless it says otherwise: an open file, what is typed, or nothing
   * @throws NotStarted when none of them runs
   */
  *start(commands: readonly Launched[], input: Client<typeof File> | "terminal" | "nothing"): Thread<Member[]> {
    const supplies = commands.map(() => new Supply());
    const members: Member[] = [];
    try {
      for (const [i, command] of commands.entries()) {
        const supply = supplies[i] as Supply;
        if (i === 0) supply.add("stdin", yield* this.#input(command, input));
        supply.add("errors", yield* this.#console());
        const next = supplies[i + 1];
        if (next === undefined) supply.add("stdout", yield* this.#output(command));
        else yield* this.#connect(supply, next);
      }
      for (const [i, command] of commands.entries()) {
        members.push(yield* this.#member(command, supplies[i] as Supply));
      }
    } catch (error) {
      for (const { process } of members) yield* process.close();
      for (const { opened } of supplies) for (const session of opened) yield* session.close();
      throw error;
    }
    for (const { process } of members) yield* process.start();
    return members;
  }

  /** A pipe from one command to the next. */
  *#connect(from: Supply, to: Supply): Thread<void> {
    const opened = yield* this.#means.pipes.open();
    if (opened.error !== null) throw noPipe(opened.error);
    const { pipe } = opened;
    try {
      const writer = yield* pipe.writer();
      if (writer.error !== null) throw noPipe(writer.error);
      from.add("stdout", writer.file);
      const reader = yield* pipe.reader();
      if (reader.error !== null) throw noPipe(reader.error);
      to.add("stdin", reader.file);
    } finally {
      yield* pipe.close();
    }
  }

  *#member({ name, words }: Launched, supply: Supply): Thread<Member> {
    const args = argsOf(this.#paths.directory, words);
    if (new TextEncoder().encode(args).length > PROCESS_ARGS_BYTES) {
      throw new NotStarted(`${name}: more words than a program can be given`, CANNOT_RUN);
    }
    if (new TextEncoder().encode(name).length > PROCESS_NAME_BYTES) throw yield* this.#notCreated(name, "NotFound");
    const created = yield* this.#means.processes.create({ program: name, args });
    if (created.error !== null) throw yield* this.#notCreated(name, created.error);
    const { process, id } = created;
    try {
      for (let index = 0; ; index++) {
        const need = yield* process.needs({ index });
        if (need.error !== null) break;
        yield* this.#give(process, name, need, supply);
      }
      yield* process.onEnd({ signal: this.#ended });
    } catch (error) {
      yield* process.close();
      throw error;
    }
    return { name, id, process, opened: supply.opened, ending: null };
  }

  *#give(
    process: Client<typeof Process>,
    program: string,
    { need, interface: of }: { readonly need: string; readonly interface: string },
    supply: Supply,
  ): Thread<void> {
    if (of === ProcessTable.name) {
      yield* process.delegate({ need });
      return;
    }
    const capability = yield* this.#capabilityFor(need, of, supply);
    if (capability === null) {
      throw new NotStarted(`${program} needs "${need}" (${of}), which this shell has not to give`, CANNOT_RUN);
    }
    const given = yield* process.give({ need, capability: capability.cptr });
    if (given.error !== null) throw new NotStarted(`${program}: ${need}: ${inWords(given.error)}`, CANNOT_RUN);
  }

  /** What the shell gives for a need; null: it has nothing for it. */
  *#capabilityFor(need: string, of: string, supply: Supply): Thread<ClientBase | null> {
    const { root, devices } = this.#means;
    if (of === File.name) return supply.files.get(need) ?? null;
    if (of !== Directory.name) return this.#shared.get(of) ?? (yield* this.#lent(this.#lendable.get(of), of, supply));
    if (need === "files") return yield* this.#lent(root, "the files", supply);
    if (need === "devices") return yield* this.#lent(devices, "the devices", supply);
    if (need !== "look") return null;
    const looking = yield* root.readOnly();
    if (looking.error !== null) throw new NotStarted(`the files: ${inWords(looking.error)}`, CANNOT_RUN);
    supply.opened.push(looking.directory);
    return yield* this.#lent(looking.directory, "the files", supply);
  }

  /** A session that is the process's own, so that whatever it opens by it, or waits for, ends when the process has. */
  *#lent(client: ClientBase | undefined, what: string, supply: Supply): Thread<ClientBase | null> {
    if (client === undefined) return null;
    const lending = yield* client.lend();
    if (lending.error !== null) throw new NotStarted(`${what}: ${inWords(lending.error)}`, CANNOT_RUN);
    supply.opened.push(lending.lent);
    return lending.lent;
  }

  *#notCreated(name: string, error: string): Thread<NotStarted> {
    if (error !== "NotFound") return new NotStarted(`${name} cannot run: ${inWords(error)}`, CANNOT_RUN);
    if (isBuiltin(name)) {
      return new NotStarted(`${name} is the shell's own, and no program: leave exec out`, NOT_FOUND);
    }
    const guess = didYouMean(name, [...Object.keys(BUILTINS), ...(yield* this.programs())]);
    return new NotStarted(`there is no program ${JSON.stringify(name)}${guess === "" ? "" : `; ${guess}`}`, NOT_FOUND);
  }

  *#input({ redirects }: Launched, input: Client<typeof File> | "terminal" | "nothing"): Thread<Client<typeof File>> {
    if (typeof input === "object") return input;
    const from = redirects.find(({ kind }) => kind === "<");
    if (from === undefined && input === "terminal") return yield* this.#console();
    const path = from?.path ?? NOTHING;
    const opened = yield* this.#paths.open(path);
    if (opened.error !== null) throw new NotStarted(`${path}: ${inWords(opened.error)}`, FAILED);
    return opened.file;
  }

  *#output({ redirects }: Launched): Thread<Client<typeof File>> {
    const to = redirects.find(({ kind }) => kind !== "<");
    return to === undefined ? yield* this.#console() : yield* this.output(to);
  }

  /**
   * Open the file that output goes to: one that is written to from its beginning is emptied, one that is added to is told
   * apart by its size. The caller closes it. Can block.
   * @throws NotStarted when it cannot be opened
   */
  *output(to: Launched["redirects"][number]): Thread<Client<typeof File>> {
    const opened = yield* this.#paths.open(to.path, { create: true, write: true });
    if (opened.error !== null) throw new NotStarted(`${to.path}: ${inWords(opened.error)}`, FAILED);
    const { error } = to.kind === ">" ? yield* opened.file.truncate({ size: 0 }) : { error: null };
    if (error === null) return opened.file;
    yield* opened.file.close();
    throw new NotStarted(`${to.path}: ${inWords(error)}`, FAILED);
  }

  *#console(): Thread<Client<typeof File>> {
    const opened = yield* this.#means.consoles.open();
    if (opened.error !== null) throw new NotStarted(`the terminal: ${inWords(opened.error)}`, CANNOT_RUN);
    return opened.file;
  }
}

function noPipe(error: string): NotStarted {
  return new NotStarted(`a pipe: ${inWords(error)}`, CANNOT_RUN);
}
