/** A program that has a directory, and the stage, and nothing else: what the three of them have in common. */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  type Client,
  type Component,
  calls,
  component,
  Directory,
  FileReader,
  FileWriter,
  walk,
} from "@tessera/servers";
import { Stage } from "./stage.js";

/** How something went: the word of the error, or null. */
export interface Outcome {
  readonly error: string | null;
}

const NEEDS = { files: calls(Directory), stage: calls(Stage) };

/** What a visitor does, by paths, from the directory that it was given, which is the root of all that it can name. */
export class Visitor {
  /** The directory that it was given. */
  readonly files: Client<typeof Directory>;
  readonly #stage: Client<typeof Stage>;

  constructor(files: Client<typeof Directory>, stage: Client<typeof Stage>) {
    this.files = files;
    this.#stage = stage;
  }

  /** Write a line. Can block. */
  *say(line: string): Thread<void> {
    yield* this.#stage.say({ line });
  }

  /** Say how something went; where it was refused, have the host say what it was that was refused. Can block. */
  *tell(did: string, { error }: Outcome): Thread<void> {
    yield* this.say(`${did}: ${error ?? "done"}`);
    if (error !== null) yield* this.#stage.why();
  }

  /** Say what is in a directory. Can block. */
  *look(path: string): Thread<void> {
    const found = yield* this.list(path);
    if (found.error !== null) yield* this.tell(`looks at ${path}`, found);
    else yield* this.say(`in ${path} lie ${found.names.join(", ")}`);
  }

  /** Say what stands in a file. Can block. */
  *show(path: string): Thread<void> {
    const found = yield* this.read(path);
    if (found.error !== null) yield* this.tell(`reads ${path}`, found);
    else yield* this.say(`in ${path} stands ${JSON.stringify(found.text)}`);
  }

  /** What is in a file, or why it is not known. Can block. */
  *read(path: string): Thread<{ error: null; text: string } | { error: string }> {
    return yield* this.#at(path, function* (directory, name) {
      const opened = yield* directory.open({ name, create: false, write: false });
      if (opened.error !== null) return opened;
      const read = yield* new FileReader(opened.file).text();
      yield* opened.file.close();
      return read;
    });
  }

  /** Have a file hold a text, and make it where there is none. Can block. */
  *write(path: string, text: string): Thread<Outcome> {
    return yield* this.#at(path, function* (directory, name): Thread<Outcome> {
      const opened = yield* directory.open({ name, create: true, write: true });
      if (opened.error !== null) return opened;
      const { file } = opened;
      const emptied = yield* file.truncate({ size: 0 });
      const written = emptied.error === null ? yield* new FileWriter(file).print(text) : emptied;
      yield* file.close();
      return written;
    });
  }

  /** Make a directory, unless there is one. Can block. */
  *makeDirectory(path: string): Thread<Outcome> {
    return yield* this.#at(path, function* (directory, name): Thread<Outcome> {
      const entered = yield* directory.enter({ name, create: true });
      if (entered.error === null) yield* entered.directory.close();
      return entered;
    });
  }

  /** Names in a directory, or why they are not known. Can block. */
  *list(path: string): Thread<{ error: null; names: string[] } | { error: string }> {
    return yield* this.#at(path, function* (parent, name) {
      const entered = yield* parent.enter({ name, create: false });
      if (entered.error !== null) return entered;
      const { directory } = entered;
      const names: string[] = [];
      let next = yield* directory.next({ after: "" });
      for (; next.error === null; next = yield* directory.next({ after: names.at(-1) as string }))
        names.push(next.name);
      yield* directory.close();
      return next.error === "End" ? { error: null, names } : next;
    });
  }

  /** Do something with the entry that a path leads to. Can block. */
  *on(path: string, act: (directory: Client<typeof Directory>, name: string) => Thread<Outcome>): Thread<Outcome> {
    return yield* this.#at(path, act);
  }

  *#at<R extends Outcome>(
    path: string,
    act: (directory: Client<typeof Directory>, name: string) => Thread<R>,
  ): Thread<R | { error: string }> {
    const walked = yield* walk(this.files, path);
    if (walked.error !== null) return { error: walked.error };
    const result = yield* act(walked.directory, walked.name);
    yield* walked.close();
    return result;
  }
}

/** A program that does this when its turn has come. */
export function visitor(name: string, play: (visitor: Visitor) => Thread<void>): Component {
  return component(name, {
    needs: NEEDS,
    signals: true,
    *main({ files, stage, self }) {
      yield* stage.turn();
      yield* play(new Visitor(files, stage));
      // What it has written is on the disk to stay before anybody hears that it is done.
      yield* files.sync();
      yield* stage.done();
      // It stays, and nobody signals it: who ends is told of at the console, between the lines of the others.
      yield* self.signalled();
    },
  });
}
