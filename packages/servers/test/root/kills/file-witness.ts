/**
 * A witness of files: it does what comes to its mind in a directory of its own, and remembers in a model of its own (see
 * model.ts) what it was told has been done. Of what the server died with, it was done or not; of all else it knows.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import { type Client, type Component, calls, component, Directory, must, Timer } from "../../../src/index.js";
import {
  carryOut,
  copyOf,
  emptyModel,
  type Model,
  nameOf,
  type Operation,
  parentOf,
  shown,
  textOf,
} from "../../vfs/model.js";
import { insist, isDeath, pause, type Stage } from "./stage.js";

type Folder = Client<typeof Directory>;

/** Operations between two looks at everything. */
const LOOK_EVERY = 16;
const NAMES = ["a", "b", "d", "d/a", "d/b", "d/e", "d/e/a"];

/** A witness of files. */
export function fileWitness(name: string, stage: Stage): Component {
  return component(name, {
    needs: { root: calls(Directory), timer: calls(Timer) },
    *main({ root, timer }) {
      let model = emptyModel(0);
      for (let round = 1; !stage.isOver; round++) {
        const operation = draw(stage, model);
        const after = copyOf(model);
        const isPossible = carryOut(after, operation, 0);
        const told = yield* attempt(
          () => home(root, name),
          operation,
          () => pause(stage, timer, 100),
        );
        stage.heard(name, { error: told === "done" ? null : told });
        if (told === "done") model = after;
        if (told === "not done" && isPossible) stage.problem(name, `${JSON.stringify(operation)} was refused`);
        if (told === "unknown" || round % LOOK_EVERY === 0) {
          const found = yield* look(root, name);
          if (told === "unknown" && found === textOf(after)) model = after;
          if (found !== textOf(model)) {
            stage.problem(name, `${told} ${JSON.stringify(operation)}; there is\n${found}\nand not\n${textOf(model)}`);
            return;
          }
        }
        yield* pause(stage, timer, 300);
      }
      const found = yield* look(root, name);
      if (found !== textOf(model)) stage.problem(name, `in the end there is\n${found}\nand not\n${textOf(model)}`);
      stage.finished.add(name);
    },
  });
}

/** Mostly what can be done, and writing most of all. */
function draw({ prng }: Stage, model: Model): Operation {
  const oneOf = (paths: readonly string[]) => paths[prng.below(paths.length)] ?? "a";
  const known = [...model.keys()].slice(1);
  const files = known.filter((path) => model.get(path)?.kind === "file");
  if (files.length < 1 + prng.below(4)) {
    return { what: prng.below(4) === 0 ? "directory" : "file", path: oneOf(NAMES) };
  }
  switch (prng.below(8)) {
    case 0:
      return { what: "remove", path: oneOf(known) };
    case 1:
      return { what: "rename", path: oneOf(known), to: oneOf(NAMES) };
    case 2:
      return { what: "truncate", path: oneOf(files), size: prng.below(3000) };
    default: {
      const first = prng.below(256);
      const bytes = Array.from({ length: prng.below(890) }, (_, i) => (first + i) % 256);
      return { what: "write", path: oneOf(files), at: prng.below(2500), bytes };
    }
  }
}

/** What the server has answered: it was done, or not, or it died with the call. */
type Told = "done" | "not done" | "unknown";

function toldBy(answer: { readonly error: string | null }): Told | "again" {
  if (answer.error === "Gone") return "unknown";
  if (answer.error === "Closed") return "again";
  return answer.error === null ? "done" : "not done";
}

/** A session of the witness's own directory. */
function* home(root: Folder, name: string): Thread<Folder> {
  return must(yield* insist(() => root.enter({ name, create: true }))).directory;
}

/** Do it. Whatever is opened on the way changes nothing, so with a server that dies meanwhile it begins anew. */
function* attempt(home: () => Thread<Folder>, operation: Operation, wait: () => Thread<void>): Thread<Told> {
  for (;;) {
    const from = yield* enter(home, parentOf(operation.path));
    if (from === "again") continue;
    if (from === null) return "not done";
    yield* wait();
    const told = yield* within(from, home, operation, wait);
    yield* from.close();
    if (told !== "again") return told;
  }
}

function* within(
  from: Folder,
  home: () => Thread<Folder>,
  operation: Operation,
  wait: () => Thread<void>,
): Thread<Told | "again"> {
  const name = nameOf(operation.path);
  switch (operation.what) {
    case "file": {
      const opened = yield* from.open({ name, create: true, write: true });
      if (opened.error === null) yield* opened.file.close();
      return toldBy(opened);
    }
    case "directory": {
      const entered = yield* from.enter({ name, create: true });
      if (entered.error === null) yield* entered.directory.close();
      return toldBy(entered);
    }
    case "remove":
      return toldBy(yield* from.remove({ name }));
    case "rename": {
      const to = yield* enter(home, parentOf(operation.to));
      if (to === null || to === "again") return to ?? "not done";
      yield* wait();
      const told = toldBy(yield* from.rename({ name, directory: to, to: nameOf(operation.to) }));
      yield* to.close();
      return told;
    }
    default: {
      const opened = yield* from.open({ name, create: false, write: true });
      if (opened.error !== null) return isDeath(opened) ? "again" : "not done";
      yield* wait();
      const { file } = opened;
      const told = toldBy(
        operation.what === "truncate"
          ? yield* file.truncate({ size: operation.size })
          : yield* file.write({ offset: operation.at, data: Uint8Array.from(operation.bytes) }),
      );
      yield* file.close();
      return told;
    }
  }
}

/** The directory at a path; null: there is none. */
function* enter(home: () => Thread<Folder>, path: string): Thread<Folder | null | "again"> {
  let at = yield* home();
  for (const name of path.split("/").filter((name) => name !== "")) {
    const entered = yield* at.enter({ name, create: false });
    yield* at.close();
    if (entered.error !== null) return isDeath(entered) ? "again" : null;
    at = entered.directory;
  }
  return at;
}

/** All that is there, as the model says it; from the beginning when the server dies. */
function* look(root: Folder, name: string): Thread<string> {
  for (;;) {
    const lines = [" directory 0"];
    if (yield* lookInto(yield* home(root, name), "", lines)) return sorted(lines).join("\n");
  }
}

/** @returns false when the server died meanwhile */
function* lookInto(directory: Folder, path: string, lines: string[]): Thread<boolean> {
  try {
    for (let after = ""; ; ) {
      const entry = yield* directory.next({ after });
      if (entry.error !== null) return entry.error === "End";
      const at = path === "" ? entry.name : `${path}/${entry.name}`;
      if (entry.kind === "directory") {
        lines.push(`${at} directory 0`);
        const entered = yield* directory.enter({ name: entry.name, create: false });
        if (entered.error !== null || !(yield* lookInto(entered.directory, at, lines))) return false;
      } else {
        const bytes = yield* contents(directory, entry.name, entry.size);
        if (bytes === null) return false;
        lines.push(`${at} file 0 ${shown(bytes)}`);
      }
      after = entry.name;
    }
  } finally {
    yield* directory.close();
  }
}

function* contents(directory: Folder, name: string, size: number): Thread<number[] | null> {
  const opened = yield* directory.open({ name, create: false, write: false });
  if (opened.error !== null) return null;
  const bytes: number[] = [];
  try {
    while (bytes.length < size) {
      const read = yield* opened.file.read({ offset: bytes.length, length: 800 });
      if (read.error !== null) return null;
      bytes.push(...read.data);
    }
    return bytes;
  } finally {
    yield* opened.file.close();
  }
}

function sorted(lines: readonly string[]): string[] {
  const path = (line: string) => line.slice(0, line.indexOf(" "));
  return [...lines].sort((a, b) => (path(a) < path(b) ? -1 : 1));
}
