/** What a session needs of its process: an argument, so that it runs in a test as well. */
import type { RealTimeHost } from "@tessera/hal-sim";
import type { Files } from "../replay/log-files.js";
import type { Disks } from "./disks.js";
import type { Network } from "./network.js";
import type { Size } from "./size-reports.js";

/** Where input comes from. */
export interface Input {
  /** Call `data` with what comes, and `end` when nothing more will. */
  listen(data: (bytes: Uint8Array) => void, end: () => void): void;
  /** Listen no longer. */
  close(): void;
}

/** The terminal of a user: what is typed comes by `Input`. */
export interface UserTerminal {
  /** How large it is now. */
  size(): Size;
  onResize(resized: () => void): void;
  /** Every key goes to us, until `restore`; which is done in any case when the process ends. */
  takeKeys(): void;
  restore(): void;
}

/** The process of the command. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: RealTimeHost;
  readonly input: Input;
  /** Null when standard input or output is none. */
  readonly terminal: UserTerminal | null;
  readonly files: Files;
  readonly disks: Disks;
  readonly network: Network;
  /** Milliseconds since 1970. */
  epochMs(): number;
  /** @returns false when nobody reads it any more */
  out(output: string | Uint8Array): boolean;
  err(text: string): void;
  /** Call `killed` when a signal wants the process to end, instead of ending it; `status` is what it is to end with. */
  onKilled(killed: (signal: string, status: number) => void): void;
  /** End the process now: a program holds it and will not let go. */
  abort(): never;
}
