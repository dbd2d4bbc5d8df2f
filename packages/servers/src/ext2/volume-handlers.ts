/** What a volume's operations do: names and data in, answers out; where data travel by a window, to and from there. */
import type { Thread } from "@tessera/hal-sim/isa";
import { Failure, fail } from "../common/answer.js";
import type { Handlers } from "../common/handles.js";
import type { Window } from "../common/window.js";
import type { Volume } from "../vfs/volume.js";
import { change, readFile, readTarget, writeFile } from "./contents.js";
import { makeDirectory, makeFile, makeLink } from "./creation.js";
import { link, remove, rename } from "./linking.js";
import { list } from "./listing.js";
import { type Found, isName, lookUp, resolve, resolveDirectory, root } from "./names.js";
import { type Attributes, attributesOf } from "./node.js";
import type { Session, VolumeServer } from "./server.js";
import type { View } from "./transaction.js";

/** Handlers of the operations. */
export function volumeHandlers(server: VolumeServer): Handlers<typeof Volume, Session> {
  return { ...lookingHandlers(server), ...nameHandlers(server), ...dataHandlers(server), ...lifeHandlers(server) };
}

type Some = Partial<Handlers<typeof Volume, Session>>;

function lookingHandlers(server: VolumeServer) {
  const attributes = ({ ino, inode }: Found): Attributes => attributesOf(ino, inode, server.files.layout.geometry);
  return {
    root: () =>
      server.read(function* (view) {
        return attributes(yield* root(view));
      }),
    lookup: (_, { directory, name }) =>
      server.read(function* (view): Thread<Attributes | "BadName" | "NotFound" | "Stale" | "NotDirectory"> {
        if (!isName(name)) return "BadName";
        const found = yield* resolveDirectory(view, directory);
        if (typeof found === "string") return found;
        const it = yield* lookUp(view, found.inode, name);
        return it === null ? "NotFound" : attributes(it);
      }),
    stat: (_, { node }) =>
      server.read(function* (view): Thread<Attributes | "Stale"> {
        const found = yield* resolve(view, node);
        return found === "Stale" ? found : attributes(found);
      }),
    space: () => server.read(() => server.files.space()),
  } satisfies Some;
}

function nameHandlers(server: VolumeServer) {
  return {
    make: (_, { directory, name, kind, ...is }) =>
      server.change((tx) => (kind === "directory" ? makeDirectory : makeFile)(tx, directory, name, is)),
    *symlink(session, { directory, name, at, length, ...owner }) {
      const { window } = session;
      if (window === null || !window.holds(at, length)) return fail("NoWindow");
      const target = yield* window.read(at, length);
      return yield* server.change((tx) => makeLink(tx, directory, name, target, owner));
    },
    link: (_, { node, directory, name }) => server.change((tx) => link(tx, node, directory, name)),
    *remove(_, { directory, name, isDirectory }) {
      return withoutFull(yield* server.change((tx) => remove(tx, directory, name, isDirectory)));
    },
    *rename(_, { directory, name, toDirectory, toName }) {
      const from = { directory, name };
      const renamed = yield* server.change((tx) => rename(tx, from, { directory: toDirectory, name: toName }));
      return renamed ?? undefined;
    },
  } satisfies Some;
}

function dataHandlers(server: VolumeServer) {
  return {
    *read(session, { node, offset, length, at }) {
      const { window } = session;
      if (window === null || !window.holds(at, 0)) return fail("NoWindow");
      const found = yield* server.read((view) => readFile(view, node, offset, Math.min(length, window.bytes - at)));
      if (found instanceof Failure) return found;
      yield* window.write(at, found.data);
      return { count: found.data.length };
    },
    *write({ window }, { node, offset, length, at }) {
      if (window === null || !window.holds(at, length)) return fail("NoWindow");
      const data = yield* window.read(at, length);
      return yield* server.change((tx) => writeFile(tx, node, offset, data));
    },
    *readLink({ window }, { node, at }) {
      if (window === null || !window.holds(at, 0)) return fail("NoWindow");
      const found = yield* server.read((view) => readTarget(view, node));
      if (found instanceof Failure) return found;
      return yield* putInto(window, at, found.target, { length: found.target.length });
    },
    *list({ window }, { directory, cursor, at, length }) {
      if (window === null || !window.holds(at, length)) return fail("NoWindow");
      const found = yield* server.read((view: View) => list(view, directory, cursor, length));
      if (found instanceof Failure) return found;
      const { entries, bytes, cursor: next } = found;
      return yield* putInto(window, at, bytes, { entries, bytes: bytes.length, cursor: next });
    },
    change: (_, { node, ...to }) => server.change((tx) => change(tx, node, to)),
  } satisfies Some;
}

function lifeHandlers(server: VolumeServer) {
  return {
    *hold(session, { node }) {
      return (yield* server.hold(session, node)) ?? undefined;
    },
    *release(session, { node }) {
      return (yield* server.release(session, node)) ?? undefined;
    },
    *sync(_, { node }) {
      return (yield* server.sync(node === 0)) ?? undefined;
    },
  } satisfies Some;
}

/** Put bytes into a window, if they fit there, and answer. */
function* putInto<R>(window: Window, at: number, bytes: Uint8Array, answer: R): Thread<R | Failure<"NoWindow">> {
  if (!window.holds(at, bytes.length)) return fail("NoWindow");
  yield* window.write(at, bytes);
  return answer;
}

/** Who takes something away needs no room for it: where it is said that there is none, the volume makes no sense. */
function withoutFull<E extends string>(answer: Failure<E> | null): Failure<Exclude<E, "Full"> | "IO"> | undefined {
  if (answer === null) return undefined;
  return answer.error === "Full" ? fail("IO") : (answer as Failure<Exclude<E, "Full">>);
}
