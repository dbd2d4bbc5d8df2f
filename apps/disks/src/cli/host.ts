/** What the commands need of their process, and the images that it has. */
import { OptionError } from "@tessera/app-host";
import type { Disks, HostDisk } from "@tessera/app-host/session";

/** The process of a command. */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly disks: Disks;
  /** Whether there is a file of that name. */
  exists(path: string): boolean;
  /** The time, in microseconds since 1970. */
  nowUs(): number;
  out(text: string): void;
  err(text: string): void;
  /** Show what is under way, in place; an empty text removes it. */
  progress(text: string): void;
}

/**
 * The disk in a file.
 * @param bytes how many it has when it is made; null: it has to be there
 * @throws OptionError
 */
export function openImage(host: Host, path: string, bytes: number | null): HostDisk {
  if (bytes === null && !host.exists(path)) throw new OptionError(`There is no file ${JSON.stringify(path)}.`);
  try {
    return host.disks.open(path, bytes ?? 0, false);
  } catch (error) {
    throw new OptionError(`${JSON.stringify(path)} cannot be opened: ${(error as Error).message}.`);
  }
}
