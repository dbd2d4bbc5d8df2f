/** An assertion that failed: a bug of the kernel, never a user's mistake. The machine stops with a dump. */
export class KernelAssertion extends Error {
  override readonly name = "KernelAssertion";
}

export function assert(condition: boolean, claim: string): asserts condition {
  if (!condition) throw new KernelAssertion(`the kernel expected: ${claim}`);
}
