/** What JavaScript holds after everything that nobody reaches is gone. Needs `node --expose-gc`. */

export const GC_FLAGS: readonly string[] = ["--expose-gc"];

/** Bytes on the heap and beside it (memories of typed arrays), after a full collection. */
export function liveBytes(): number {
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Milliseconds that one full collection stops the program. */
export function pauseOfCollection(): number {
  const start = performance.now();
  collect();
  return performance.now() - start;
}

function collect(): void {
  if (globalThis.gc === undefined) throw new Error("collections are timed under node --expose-gc");
  globalThis.gc();
}
