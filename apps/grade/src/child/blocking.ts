/**
 * Loaded before the solution: what it prints leaves at once. Otherwise who prints for ever and never yields fills the
 * memory of this process with it, and nobody outside sees that he does.
 */

/** A stream of Node's on a pipe, as far as its documentation is silent about it. */
interface OnPipe {
  readonly _handle?: { setBlocking?(blocking: boolean): void };
}

for (const stream of [process.stdout, process.stderr] as unknown as OnPipe[]) stream._handle?.setBlocking?.(true);
