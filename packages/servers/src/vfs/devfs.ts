/**
 * A directory of devices: each entry is a file that another server serves, or one of the two that need none.
 *
 * Which devices there are is decided by composition: `devfs(["console"])` is a component that needs a file `console` and
 * shows it under that name. Opening it hands out the capability to that server itself, so what is read and written does
 * not pass through here. `null` swallows and has nothing, `zero` has no end of zeroes.
 */
import { Failure, fail } from "../common/answer.js";
import type { Client } from "../common/client.js";
import { type Component, component } from "../common/component.js";
import type { Handlers, Offer } from "../common/handles.js";
import { type CallsNeed, calls } from "../common/need.js";
import { Directory, File } from "./interface.js";
import { CHUNK } from "./limits.js";
import { DEVICE, PLAIN_DIRECTORY, PLAIN_FILE, plainAttributes } from "./plain.js";
import { placeInFlat } from "./resolve.js";

const OWN = ["null", "zero"] as const;
const DIRECTORY = plainAttributes("directory");

/**
 * The component. Its offer is the directory.
 * @param devices names of files that other servers serve: the component's needs
 * @throws RangeError when one of them is called as one that is always there
 */
export function devfs(devices: readonly string[]): Component {
  const taken = devices.find((name) => OWN.some((own) => own === name));
  if (taken !== undefined) throw new RangeError(`devfs: "${taken}" is there already`);
  const needs: Record<string, CallsNeed<typeof File>> = {};
  for (const name of devices) needs[name] = calls(File);

  return component("devfs", {
    needs,
    offers: { directory: Directory },
    *main({ directory, self: _self, ...handles }) {
      const files = new Map(Object.entries(handles as Readonly<Record<string, Client<typeof File>>>));
      yield* directory.serve((): View => ({ writable: true }), viewHandlers(files, directory));
    },
  });
}

/** What is kept for a session. */
interface View {
  readonly writable: boolean;
}

function viewHandlers(
  files: ReadonlyMap<string, Client<typeof File>>,
  offer: Offer<typeof Directory>,
): Handlers<typeof Directory, View> {
  const names = [...files.keys(), ...OWN].sort();
  const again = (view: View) => offer.session(Directory, view, handlers);
  const stat = (_: View, { name }: { readonly name: string }) => {
    if (name === ".") return DIRECTORY;
    return names.includes(name) ? DEVICE : fail("NotFound");
  };
  const handlers: Handlers<typeof Directory, View> = {
    ...PLAIN_DIRECTORY,
    open({ writable }, { name, create, write }) {
      if (name === ".") return fail("IsDirectory");
      if (!names.includes(name)) return fail(create ? "Denied" : "NotFound");
      if (write && !writable) return fail("Denied");
      const file = files.get(name);
      if (file === undefined) return { file: offer.session(File, { name, writable: write }, ownDevices) };
      // Its capability cannot be made one for reading alone.
      return writable ? { file } : fail("Denied");
    },
    enter(view, { name, create }) {
      if (name === ".") return { directory: again(view) };
      return fail(names.includes(name) ? "NotDirectory" : create ? "Denied" : "NotFound");
    },
    readOnly: () => ({ directory: again({ writable: false }) }),
    next(_, { after }) {
      const name = names.find((each) => each > after);
      return name === undefined ? fail("End") : { name, ...DEVICE };
    },
    stat,
    entry: stat,
    *walk(view, { path }) {
      const place = yield* placeInFlat((name) => names.includes(name), path);
      return place instanceof Failure ? place : { ...place, directory: again(view) };
    },
    remove: () => fail("Denied"),
    rename: () => fail("Denied"),
  };
  return handlers;
}

/** What is kept for a device of this server that is open. */
interface OpenDevice {
  readonly name: string;
  readonly writable: boolean;
}

const ownDevices: Handlers<typeof File, OpenDevice> = {
  ...PLAIN_FILE,
  read: ({ name }, { length }) => ({ data: new Uint8Array(name === "zero" ? Math.min(length, CHUNK) : 0) }),
  write: ({ writable }, { data }) => (writable ? { written: data.length } : fail("Denied")),
  truncate: ({ writable }) => (writable ? undefined : fail("Denied")),
  stat: () => DEVICE,
};
