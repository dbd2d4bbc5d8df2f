/** A process of the commands whose disks are memory. */
import type { HostDisk } from "@tessera/app-host/session";
import { memoryDisk } from "@tessera/hal-sim";
import { disks } from "../src/cli/command.js";

/** Carries commands out, one after the other, on the same disks. */
export class TestHost {
  readonly images = new Map<string, HostDisk>();
  /** Images that can only be read. */
  readonly readOnly = new Set<string>();

  /** What a command has written, and its exit code. */
  run(...args: string[]): { readonly code: number; readonly out: string; readonly err: string } {
    let [out, err] = ["", ""];
    const code = disks(args, {
      env: {},
      disks: {
        usual: (name) => name,
        open: (path, bytes) => {
          const old = this.images.get(path);
          const disk = old ?? { ...memoryDisk(bytes), isNew: true, close() {} };
          this.images.set(path, { ...disk, isNew: false });
          return { ...disk, readOnly: this.readOnly.has(path) };
        },
      },
      exists: (path) => this.images.has(path),
      nowUs: () => 1_700_000_000_000_000,
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
      progress() {},
    });
    return { code, out, err };
  }
}
