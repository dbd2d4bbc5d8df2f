/** What can be wrong with a run. */
export type FindingKind =
  /** The kernel's state violates an invariant after an entry. */
  | "invariant"
  /** The kernel stopped the machine by another assertion, or because its code threw. */
  | "kernel"
  /** Code of the host threw: the machine's, or that of the programs. */
  | "host"
  /** The root task was refused what must succeed. */
  | "root"
  /** The run did not end. */
  | "stuck"
  /** An error could not be explained. */
  | "explainer"
  /** Something is there after everything was revoked. */
  | "leak"
  /** The same program again left another trace. */
  | "nondeterminism"
  /** Without the short way of Call and ReplyRecv the program left another trace. */
  | "fast path";

export interface Finding {
  readonly kind: FindingKind;
  readonly text: string;
}

/**
 * Whether two findings are about the same thing: their kind, and for a violated invariant its name. What they say beyond
 * that names objects, and these change when a program is shrunk.
 */
export function isSame(a: Finding, b: Finding): boolean {
  return a.kind === b.kind && subject(a) === subject(b);
}

export function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}

function subject({ kind, text }: Finding): string {
  if (kind === "invariant") return /violated\s+([a-zA-Z ]+):/.exec(text)?.[1] ?? "";
  // Numbers of objects and addresses are not what it is about.
  return kind === "kernel" ? firstLine(text).replaceAll(/0x[0-9a-f]+|\d+/g, "#") : "";
}
