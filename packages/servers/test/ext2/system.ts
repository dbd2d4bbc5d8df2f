/** Systems with a disk, a block server, a file system on it, and clients that a test writes. */
import { type DiskBackEnd, type MachineOptions, memoryDisk } from "@tessera/hal-sim";
import type { Thread } from "@tessera/hal-sim/isa";
import type { BootedWorld } from "@tessera/testing";
import { expect } from "vitest";
import { type Ext2Options, ext2Server, finish, fsck, MemorySectors } from "../../src/ext2/index.js";
import {
  blockServer,
  type Client,
  type Component,
  calls,
  component,
  must,
  type PlannedComponent,
  timerServer,
  Volume,
  type Window,
} from "../../src/index.js";
import { bootPlan } from "../root/planned.js";

/** Events in which a test has to come to its end. */
const EVENTS = 4_000_000;
const WINDOW = 16;
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytesOf = (name: string) => new TextEncoder().encode(name);
const OWNER = { mode: 0o644, uid: 7, gid: 8 };

/** A volume as a client has it, by names as text. What fails is a word. */
export class VolumeUser {
  readonly volume: Client<typeof Volume>;
  readonly window: Window;

  constructor(volume: Client<typeof Volume>, window: Window) {
    this.volume = volume;
    this.window = window;
  }

  *root(): Thread<number> {
    return must(yield* this.volume.root()).node;
  }

  /** The node of a path from the root. @throws CallFailed */
  *at(path: string): Thread<number> {
    let node = yield* this.root();
    for (const name of path.split("/").filter((each) => each !== "")) {
      node = must(yield* this.volume.lookup({ directory: node, name: bytesOf(name) })).node;
    }
    return node;
  }

  *make(directory: number, name: string, kind: "file" | "directory" = "file"): Thread<number> {
    return must(yield* this.volume.make({ directory, name: bytesOf(name), kind, ...OWNER })).node;
  }

  *write(node: number, content: Uint8Array, offset = 0): Thread<string | null> {
    for (let done = 0; done < content.length; ) {
      const piece = content.subarray(done, done + this.window.bytes);
      yield* this.window.write(0, piece);
      const answer = yield* this.volume.write({ node, offset: offset + done, length: piece.length, at: 0 });
      if (answer.error !== null) return answer.error;
      done += answer.written;
    }
    return null;
  }

  *read(node: number, length = 4096, offset = 0): Thread<Uint8Array | string> {
    const answer = yield* this.volume.read({ node, offset, length, at: 0 });
    return answer.error ?? (yield* this.window.read(0, answer.count));
  }

  *symlink(directory: number, name: string, target: string): Thread<string | null> {
    const content = bytesOf(target);
    yield* this.window.write(0, content);
    const where = { directory, name: bytesOf(name), uid: 0, gid: 0, at: 0, length: content.length };
    return (yield* this.volume.symlink(where)).error;
  }

  *target(node: number): Thread<string> {
    const answer = yield* this.volume.readLink({ node, at: 0 });
    return answer.error ?? text(yield* this.window.read(0, answer.length));
  }

  *remove(directory: number, name: string, isDirectory = false): Thread<string | null> {
    return (yield* this.volume.remove({ directory, name: bytesOf(name), isDirectory })).error;
  }

  *link(node: number, directory: number, name: string): Thread<string | null> {
    return (yield* this.volume.link({ node, directory, name: bytesOf(name) })).error;
  }

  *rename(directory: number, name: string, toDirectory: number, toName: string): Thread<string | null> {
    const to = { toDirectory, toName: bytesOf(toName) };
    return (yield* this.volume.rename({ directory, name: bytesOf(name), ...to })).error;
  }

  /** The names of a directory, but "." and "..". */
  *names(directory: number, length = 4096): Thread<string[]> {
    const names: string[] = [];
    for (let cursor = 0; ; ) {
      const piece = must(yield* this.volume.list({ directory, cursor, at: 0, length }));
      if (piece.entries === 0) return names.filter((name) => name !== "." && name !== "..");
      const bytes = yield* this.window.read(0, piece.bytes);
      for (let at = 0; at < bytes.length; at += 18 + (bytes[at + 17] as number)) {
        names.push(text(bytes.subarray(at + 18, at + 18 + (bytes[at + 17] as number))));
      }
      cursor = piece.cursor;
    }
  }
}

/** What a client does. */
export type Use = (user: VolumeUser) => Thread;

interface SystemOptions extends Ext2Options {
  readonly disk?: DiskBackEnd;
  readonly machine?: Omit<MachineOptions, "image" | "disks">;
  /** What stands in for the file system. */
  readonly instead?: (of: Component) => Component;
  readonly restart?: PlannedComponent["restart"];
  readonly events?: number;
  /** Clients need not come to their end. */
  readonly mayWait?: boolean;
}

/** A system in which each of these is what a client does, run until nothing happens any more. */
export function runVolume(options: SystemOptions, ...uses: Use[]): BootedWorld<void> {
  const { disk, machine = {}, instead = (of) => of, restart, events = EVENTS, mayWait = false, ...own } = options;
  const thrown: unknown[] = [];
  let ended = 0;
  const clients = uses.map((use, n) =>
    component(`client${n}`, {
      needs: { volume: calls(Volume, { window: WINDOW }) },
      *main({ volume }) {
        try {
          yield* use(new VolumeUser(volume, volume.window as Window));
          ended += 1;
        } catch (error) {
          thrown.push(error);
        }
      },
    }),
  );
  const world = bootPlan(
    [
      { component: timerServer, priority: 250, budgetUs: 2000 },
      { component: blockServer(), priority: 220, budgetUs: 4000 },
      {
        component: instead(ext2Server(own)),
        priority: 200,
        budgetUs: 8000,
        ...(restart === undefined ? {} : { restart }),
      },
      ...clients.map((client, n) => ({ component: client, priority: 100 - n, budgetUs: 5000, restart: null })),
    ],
    {
      kernel: { checkInvariants: false },
      machine: { callSites: false, disks: disk === undefined ? [] : [disk], ...machine },
    },
  );
  const { reason } = world.machine.run({ events });
  if (thrown.length > 0) throw thrown[0];
  if (!mayWait) expect([reason, ended]).toEqual(["idle", uses.length]);
  return world;
}

/** A disk of so many KiB. */
export const diskOf = (kib: number) => memoryDisk(kib * 1024);

/** What a check finds on a disk. */
export function findingsOn(contents: Uint8Array): string[] {
  const report = finish(fsck(new MemorySectors(contents), { repair: false, nowUs: 1_700_000_000_000_000 }));
  return report.findings.map(({ message }) => message);
}
