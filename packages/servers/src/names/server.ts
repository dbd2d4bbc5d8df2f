/**
 * The server of names: capabilities by name, in directories.
 *
 * It has three offers, which a composition gives to whom it likes: `directory` and `lookup` lead to one and the same
 * directory, the composition's, to change it or only to look things up; `names` is for directories of one's own. It needs
 * no other server, and a client that has none of the three cannot know that it exists.
 *
 * Everything that is registered through a session counts as the one's who opened the session, even when he has handed it
 * on.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { seL4_CPtr } from "@tessera/libsel4";
import { fail } from "../common/answer.js";
import { component } from "../common/component.js";
import type { Handlers, Offer, Self } from "../common/handles.js";
import type { OpenSession } from "../common/session.js";
import { Folder, Registrations } from "./folder.js";
import { Lookup, NameDirectory, Names } from "./interface.js";

/** Slots for what is registered, and some for what is on its way. */
const SLOTS = 500;

/** A directory as one client sees it. */
interface View {
  readonly folder: Folder;
  /** Whom what is registered belongs to: the badge of a client. */
  readonly client: number;
}

/** The server of names. */
export const nameServer = component("names", {
  offers: { names: Names, directory: NameDirectory, lookup: Lookup },
  slots: SLOTS,
  *main({ names, directory, lookup, self }) {
    const registrations = new Registrations();
    const shared = new Folder(registrations);
    const handlers = directoryHandlers(directory, self);
    directory.on(
      ({ badge }): View => ({ folder: shared, client: badge }),
      handlers,
      (view) => forget(view, self),
    );
    lookup.on((): View => ({ folder: shared, client: 0 }), lookupHandlers);
    names.on(({ badge }) => badge, {
      create(client) {
        const view: View = { folder: new Folder(registrations), client };
        return { directory: names.session(NameDirectory, view, handlers, (ended) => empty(ended, self)) };
      },
    });
    yield* self.serve();
  },
});

const lookupHandlers: Handlers<typeof Lookup, View> = {
  lookUp({ folder }, { name }) {
    const capability = folder.find(name);
    return capability === undefined ? fail("NotFound") : { capability };
  },
  after({ folder }, { name }) {
    const next = folder.after(name);
    return next === undefined ? fail("NoMore") : { name: next };
  },
};

function directoryHandlers(offer: Offer<typeof NameDirectory>, self: Self): Handlers<typeof NameDirectory, View> {
  return {
    ...lookupHandlers,
    *register({ folder, client }, { name, capability }) {
      const refused = folder.register(name, capability, client);
      if (refused === null) return undefined;
      yield* self.drop(capability);
      return fail(refused);
    },
    *remove({ folder }, { name }) {
      const removed = folder.remove(name);
      if (removed === undefined) return fail("NotFound");
      yield* self.drop(removed);
      return undefined;
    },
    reader({ folder, client }): { reader: OpenSession<typeof Lookup> } {
      return { reader: offer.session(Lookup, { folder, client }, lookupHandlers) };
    },
  };
}

/** What a client has registered in the composition's directory dies with it. */
function* forget({ folder, client }: View, self: Self): Thread<void> {
  for (const name of folder.names(client)) yield* self.drop(folder.remove(name) as seL4_CPtr);
}

/** A directory ends with all that is in it; who still looks up in it finds nothing. */
function* empty({ folder }: View, self: Self): Thread<void> {
  for (const name of folder.names()) yield* self.drop(folder.remove(name) as seL4_CPtr);
}
