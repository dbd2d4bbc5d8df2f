/** A planted bug: our servers with one edit that makes them wrong, as a student's may be, and which checks must name it. */
import type { Edit } from "@tessera/mutants/edit";

/** Its file is below the repository. */
export interface Bug extends Edit {
  /** What it does wrong, as a sentence. */
  readonly breaks: string;
  /** Ids of checks that fail because of it: the first says it best. */
  readonly found: readonly string[];
}
