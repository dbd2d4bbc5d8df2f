/**
 * The vfs: files and directories of a volume, for clients of different authority.
 *
 *     client ── Directory, File ──▸ vfs ── Volume ──▸ a file system
 *
 * Each offer is an authority: a root above which nothing can be named, what may be done below it, and as which user. Which
 * client has which offer is decided by the composition, and stands in its plan: a client's need is placed with
 * `choose: { files: "vfs.guest" }`.
 *
 * The vfs keeps what its sessions stand for as numbers of the volume, so files that are open survive the death of the
 * file system's server; what was removed while it was held is gone then, and answers `Stale`.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { Client } from "../../common/client.js";
import { type Component, component } from "../../common/component.js";
import type { Offer, Self, WindowedClient } from "../../common/handles.js";
import { type CallsNeed, calls } from "../../common/need.js";
import { LINE_BYTES, Log } from "../../log/interface.js";
import { Directory } from "../interface.js";
import { Volume } from "../volume.js";
import { type Authority, Rights } from "./authority.js";
import { Base } from "./base.js";
import { directoryHandlers, type Place } from "./directories.js";
import { Mounts } from "./mounts.js";
import { Nodes } from "./nodes.js";
import type { Refused } from "./refused.js";
import { Watches } from "./watches.js";

/** What a vfs serves. */
export interface VfsOptions {
  /** What plans call its program. "vfs" if left out. */
  readonly name?: string;
  /** Authorities by the names of the offers: from 1 to 15. One of the whole volume, `files`, if left out. */
  readonly offers?: Readonly<Record<string, Authority>>;
  /** Other volumes by the paths under which they lie, each by the name of its need: `{ "/data": "data" }`. */
  readonly mounts?: Readonly<Record<string, string>>;
  /** It needs a log, `log: calls(Log)`, and tells there what it refuses, and by which rule. */
  readonly log?: boolean;
}

/** Pages of the window with the volume. */
const WINDOW_PAGES = 32;
const VOLUME = calls(Volume, { window: WINDOW_PAGES });
/** Calls of the volume that can be under way. */
const CALLERS = 4;
/** Handlers that can wait at a time, and sessions with what comes with them. */
const WAITING = 128;
const SLOTS = 512;
/** Refusals that are on their way to the log; others are not told. */
const MOST_TOLD = 4;

const WHOLE: Readonly<Record<string, Authority>> = { files: { root: "/", access: "admin" } };

/**
 * The component. It needs `volume: calls(Volume, { window: 32 })`, and `log: calls(Log)` if it is to tell refusals; each of
 * its offers is a `Directory`.
 * @throws RangeError for a root that does not begin with "/", and for a path that no mount can have
 */
export function vfsServer({ name = "vfs", offers = WHOLE, mounts = {}, log = false }: VfsOptions = {}): Component {
  for (const [offer, { root }] of Object.entries(offers)) {
    if (!root.startsWith("/")) throw new RangeError(`${name}: the root of "${offer}" begins with "/", not "${root}"`);
  }
  for (const path of Object.keys(mounts)) {
    if (!/^(\/[^/]+)+$/.test(path))
      throw new RangeError(`${name}: a mount lies under a path such as "/data", not "${path}"`);
  }
  const needs: Readonly<Record<string, CallsNeed<typeof Volume> | CallsNeed<typeof Log>>> = {
    ...Object.fromEntries(["volume", ...Object.values(mounts)].map((need) => [need, VOLUME])),
    ...(log ? { log: calls(Log) } : {}),
  };
  const spec = {
    needs,
    offers: Object.fromEntries(Object.keys(offers).map((offer) => [offer, Directory])),
    ...{ waiting: WAITING, callers: CALLERS, slots: SLOTS },
  };
  return component(name, {
    ...spec,
    *main(handles) {
      const { self } = handles as { readonly self: Self };
      const given = handles as unknown as Given & Readonly<Record<string, Offer<typeof Directory>>>;
      yield* serve(name, { offers, mounts }, given, self);
    },
  });
}

/** What it needs. */
interface Given {
  readonly volume: WindowedClient<typeof Volume>;
  readonly log?: Client<typeof Log>;
}

function* serve(
  server: string,
  { offers, mounts: paths }: Required<Pick<VfsOptions, "offers" | "mounts">>,
  given: Given & Readonly<Record<string, unknown>>,
  self: Self,
): Thread<never> {
  const others = Object.entries(paths).map(([path, need]) => {
    return [path, new Nodes(given[need] as WindowedClient<typeof Volume>, self)] as const;
  });
  const mounts = new Mounts(new Nodes(given.volume, self), Object.fromEntries(others));
  const watches = new Watches(self);
  const refused = teller(server, given.log, self);
  for (const [name, authority] of Object.entries(offers)) {
    const rights = Rights.of(name, authority);
    const base = Base.at(mounts, rights, authority.root);
    const offer = given[name] as Offer<typeof Directory>;
    const handlers = directoryHandlers({ mounts, watches, offer, self, refused });
    offer.on(({ window }): Place => ({ rights, base, node: null, window }), handlers);
  }
  return yield* self.serve();
}

/** Tells what was refused, as long as the log comes after. */
function teller(server: string, log: Client<typeof Log> | undefined, self: Self): Refused {
  if (log === undefined) return () => {};
  const parked = self.parking(log);
  let told = 0;
  const write = function* (line: string): Thread<void> {
    yield* parked.write({ level: "warning", line, fields: "" });
    told--;
  };
  return (rights: Rights, what: string, why: string) => {
    if (told >= MOST_TOLD) return;
    told++;
    self.task(write(cut(`${server}: ${rights.name} is refused ${JSON.stringify(what)}: ${why}`)));
  };
}

/** As much of a line as the log takes. */
function cut(line: string): string {
  const bytes = new TextEncoder().encode(line);
  return bytes.length <= LINE_BYTES ? line : `${new TextDecoder().decode(bytes.subarray(0, LINE_BYTES - 8))}...`;
}
