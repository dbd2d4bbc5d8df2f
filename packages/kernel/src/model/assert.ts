/** An assertion that failed: a bug of the kernel, never a user's mistake. The machine stops with a dump. */
export class KernelAssertion extends Error {
  override readonly name = "KernelAssertion";
}

/** So small that the engine puts it into every caller. */
export function assert(condition: boolean, claim: string): asserts condition {
  if (!condition) fail(claim);
}

function fail(claim: string): never {
  throw new KernelAssertion(`the kernel expected: ${claim}`);
}
