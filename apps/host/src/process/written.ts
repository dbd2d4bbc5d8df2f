/** Output of a process of Node's that is out when the call comes back, so that the process can end at any time. */
import { writeSync } from "node:fs";

/** File descriptors. */
export const STDOUT = 1;
export const STDERR = 2;

/** Write all of it. @returns false when the reader has gone away */
export function write(fd: number, output: string | Uint8Array): boolean {
  let rest = typeof output === "string" ? new TextEncoder().encode(output) : output;
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(fd, rest));
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EPIPE" || code === "EIO") return false;
      if (code !== "EAGAIN") throw error;
    }
  }
  return true;
}
