/** A file system in front of another one, whose files take their time: a disk, as far as anybody can tell. */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  type Client,
  type Component,
  calls,
  component,
  Deadlines,
  Directory,
  File,
  fail,
  type Handlers,
  PLAIN_DIRECTORY,
  PLAIN_FILE,
  Timer,
} from "../../src/index.js";

/** Reading from a file of this name never comes to an end. */
export const ENDLESS = "endless";

interface Opened {
  readonly file: Client<typeof File>;
  readonly name: string;
}

/** What the one behind has answered; its errors are those that are declared here. */
function forward<A extends { readonly error: string | null }>(answer: A): never {
  return (answer.error === null ? answer : fail(answer.error)) as never;
}

/** Its reads and writes take `us` microseconds more than those of the file system that it stands in front of. */
export function slowDisk(us: number): Component {
  return component("disk", {
    needs: { behind: calls(Directory), timer: calls(Timer) },
    offers: { root: Directory },
    waiting: 64,
    slots: 512,
    *main({ behind, timer, root, self }) {
      const deadlines = yield* Deadlines.by(timer, self);
      const never = self.condition();
      const take = function* (): Thread<void> {
        yield* deadlines.wait(self.condition(), us);
      };
      const files: Handlers<typeof File, Opened> = {
        ...PLAIN_FILE,
        *read({ file, name }, asked) {
          if (name === ENDLESS) yield* never.wait();
          yield* take();
          return forward(yield* file.read(asked));
        },
        *write({ file }, asked) {
          yield* take();
          return forward(yield* file.write(asked));
        },
        *truncate({ file }, asked) {
          return forward(yield* file.truncate(asked));
        },
        *stat({ file }) {
          return forward(yield* file.stat());
        },
      };
      const directories: Handlers<typeof Directory, Client<typeof Directory>> = {
        ...PLAIN_DIRECTORY,
        *open(directory, asked) {
          const opened = yield* directory.open(asked);
          if (opened.error !== null) return forward(opened);
          if (!root.hasRoom()) {
            yield* opened.file.close();
            return fail("Busy");
          }
          const state = { file: opened.file, name: asked.name };
          return { file: root.session(File, state, files, ({ file }) => file.close()) };
        },
        *enter(directory, asked) {
          const entered = yield* directory.enter(asked);
          if (entered.error !== null) return forward(entered);
          return { directory: root.session(Directory, entered.directory, directories, (inner) => inner.close()) };
        },
        readOnly: () => fail("Busy"),
        *walk(directory, asked) {
          const walked = yield* directory.walk(asked);
          if (walked.error !== null) return forward(walked);
          const inner = root.session(Directory, walked.directory, directories, (inner) => inner.close());
          return { directory: inner, name: walked.name, mustBeDirectory: walked.mustBeDirectory };
        },
        *entry(directory, asked) {
          return forward(yield* directory.entry(asked));
        },
        *next(directory, asked) {
          return forward(yield* directory.next(asked));
        },
        *stat(directory, asked) {
          return forward(yield* directory.stat(asked));
        },
        *remove(directory, asked) {
          return forward(yield* directory.remove(asked));
        },
        rename: () => fail("Denied"),
      };
      yield* root.serve(() => behind, directories);
    },
  });
}
