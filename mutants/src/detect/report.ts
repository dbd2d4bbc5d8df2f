/** What the program with the broken kernel tells the runner: lines of JSON, the last with what became of it. */

/** Who found the mutant. */
export type Finder = "recordings" | "invariants" | "random programs" | "behaviours" | "tests" | "hangs";

/** What the detecting program is to do. */
export interface Order {
  readonly what: "scenarios" | "operations";
  /** Enough when so many were done. */
  readonly limit: number;
  /** Only scenarios of this suite. */
  readonly suite?: string;
  /** Paths: the folder of the recordings, the file that random programs begin with. */
  readonly recordings: string;
  readonly seeds: string;
}

export interface Found {
  readonly by: Finder;
  /** What was seen, in a line. */
  readonly what: string;
}

/** A sign of life, or the end with what was found. */
export type Report = { readonly done: number; readonly found?: Found | null };
