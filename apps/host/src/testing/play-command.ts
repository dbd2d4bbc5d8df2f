/** A session without a process: what is entered, what it writes, and files that are only remembered. */
import { type MemoryDisk, memoryDisk } from "@tessera/hal-sim";
import type { Host } from "../session/host.js";
import type { Network } from "../session/network.js";

/** A session's command: resolves to its exit code. */
export type PlayedCommand = (args: readonly string[], host: Host) => Promise<number>;

/** What came of it: its exit code, and all that it wrote. */
export interface Written {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** What it finds. */
export interface Surroundings {
  /** Standard input; null: a terminal, at which `keys` are typed. */
  readonly input?: string;
  /** Typed at a terminal: each piece when the text before it is shown, or at once where that is "". */
  readonly keys?: readonly (readonly [whenShown: string, typed: string])[];
  readonly columns?: number;
  readonly files?: Map<string, string>;
  /** Disks in files, which stay from one session to the next; the usual ones lie in "data", and are there if it is not given. */
  readonly disks?: Map<string, MemoryDisk>;
  /** When this is shown, SIGTERM comes. */
  readonly killedAt?: string;
  /** By which programs reach it; without it nothing can listen. */
  readonly network?: Network;
  /** Told what is written as an error, when it is; what comes back stops the session, as SIGTERM does. */
  readonly told?: (text: string, stop: () => void) => void;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** A host without a network. */
const NOWHERE: Network = {
  listen: () => Promise.reject(new Error("there is no network")),
  alarm: () => () => {},
};

const CONTROLS = new RegExp(`${String.fromCharCode(0x1b)}\\[[0-9;?]*[A-Za-z]|\r`, "g");

/** What is shown, without what moves the cursor. */
function plain(out: string): string {
  return out.replace(CONTROLS, "");
}

/**
 * Play the command to its end, in real time unless its options say otherwise.
 * @throws Error when something was to be typed that was never waited for
 */
export async function playCommand(
  main: PlayedCommand,
  args: readonly string[],
  surroundings: Surroundings = {},
): Promise<Written> {
  const {
    input = "",
    keys = null,
    columns = 80,
    files = new Map<string, string>(),
    disks = null,
    env = {},
    killedAt = null,
    network = NOWHERE,
    told = () => {},
  } = surroundings;
  let killed: (signal: string, status: number) => void = () => {};
  const decoder = new TextDecoder();
  let out = "";
  let err = "";
  let seen = 0;
  let data: (bytes: Uint8Array) => void = () => {};
  const left = [...(keys ?? [])];
  const typeOn = () => {
    for (;;) {
      const [next] = left;
      const at = next === undefined ? -1 : plain(out).indexOf(next[0], seen);
      if (next === undefined || at < 0) return;
      seen = at + next[0].length;
      left.shift();
      data(new TextEncoder().encode(next[1]));
    }
  };
  const host: Host = {
    env,
    clock: { now: () => performance.now(), sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)) },
    input: {
      listen(heard, end) {
        data = heard;
        if (keys !== null) return typeOn();
        heard(new TextEncoder().encode(input));
        end();
      },
      close() {},
    },
    terminal:
      keys === null ? null : { size: () => ({ rows: 24, columns }), onResize() {}, takeKeys() {}, restore() {} },
    epochMs: () => 0,
    files: {
      read(path) {
        const text = files.get(path);
        if (text === undefined) throw new Error("no such file");
        return text;
      },
      write: (path, text) => void files.set(path, text),
    },
    disks: {
      usual: (name) => `data/${name}.img`,
      open(path, bytes) {
        const found = disks?.get(path);
        const disk = found ?? memoryDisk(bytes);
        disks?.set(path, disk);
        return { ...disk, isNew: disks !== null && found === undefined, close() {} };
      },
    },
    out(output) {
      out += typeof output === "string" ? output : decoder.decode(output, { stream: true });
      setImmediate(typeOn);
      if (killedAt !== null && out.includes(killedAt)) setImmediate(() => killed("SIGTERM", 143));
      return true;
    },
    network,
    err(text) {
      err += text;
      told(text, () => killed("SIGTERM", 143));
    },
    onKilled(heard) {
      killed = heard;
    },
    abort() {
      throw new Error("aborted");
    },
  };
  const code = await main(args, host);
  if (left.length > 0) throw new Error(`${JSON.stringify(left[0]?.[0])} was never shown:\n${out}\n${err}`);
  return { code, out, err };
}
