/**
 * What a server of names can be asked. There is no name for everybody: whoever looks something up does so under a
 * directory that he was given, and reaches what is in it and nothing else.
 */
import { define, op, sessionOf } from "../common/define.js";
import { capability, text } from "../common/field.js";

/** The most bytes of a name. */
export const NAME_BYTES = 64;

const name = text(NAME_BYTES);
const registered = capability("Endpoint");

const lookUp = op({ name }, { capability: registered }, ["NotFound"]);
const after = op({ name }, { name }, ["NoMore"]);

/**
 * Looking up.
 *
 * - `lookUp`: the capability that is registered under `name`, as it was registered. Nobody has checked what it leads to:
 *   who trusts it trusts those who can register in this directory.
 * - `after`: the first name behind `name` in the order of their characters; "" is before all.
 */
export const Lookup = define("lookup", { lookUp, after });

/**
 * A directory: looking up, and deciding what is found.
 *
 * - `register`: from now on `capability` is found under `name`. `Taken`: another one is. `NoName`: it is empty. `Full`:
 *   this client has registered as much as it may, or all clients together have.
 * - `remove`: nothing is found under `name` any more; who has looked it up keeps it. `NotFound`: nothing was.
 * - `reader`: a session that can only look up in this directory, to be handed on.
 */
export const NameDirectory = define("nameDirectory", {
  lookUp,
  after,
  register: op({ name, capability: registered }, {}, ["Taken", "NoName", "Full"]),
  remove: op({ name }, {}, ["NotFound"]),
  reader: op({}, { reader: sessionOf(Lookup) }),
});

/** `create`: a directory of one's own, to be handed on. It ends with its session, or with the client that made it. */
export const Names = define("names", { create: op({}, { directory: sessionOf(NameDirectory) }) });
