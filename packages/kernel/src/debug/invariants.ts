/**
 * What holds of the whole state whenever user mode goes on. Each check is proved by a planted bug that it finds
 * (test/debug). They cost time and are off unless `checkInvariants` is asked for.
 *
 * Every check looks at everything every time, with two economies. All of them share one walk over what exists
 * (census.ts); and what depends on addresses alone is worked out anew only when the walk met another number than the
 * last time (memory-map.ts). Text is made when something is wrong.
 */
import { KernelAssertion } from "../model/assert.js";
import type { KernelState } from "../model/state.js";
import { Census } from "./census.js";
import { checkDerivation } from "./check-derivation.js";
import { checkExistence } from "./check-existence.js";
import { checkInterrupts } from "./check-interrupts.js";
import { checkLinks } from "./check-links.js";
import { MemoryCheck } from "./check-memory.js";
import { checkQueues } from "./check-queues.js";
import { checkTime } from "./check-time.js";
import { VspaceCheck } from "./check-vspace.js";

/** The checks of one kernel, to be asked again and again. */
export class Invariants {
  private readonly k: KernelState;
  private readonly census: Census;
  private readonly memory: MemoryCheck;
  private readonly vspaces: VspaceCheck;
  private violations: string[] = [];
  private named = 0;

  constructor(k: KernelState) {
    this.k = k;
    this.census = new Census(k);
    this.memory = new MemoryCheck(this.census.memory);
    this.vspaces = new VspaceCheck(k, this.census);
  }

  /** Every violation, as a sentence that begins with the invariant's name. */
  find(): readonly string[] {
    const { k, census, violations } = this;
    if (violations.length > 0) this.violations = [];
    this.named = 0;
    census.take();
    checkDerivation(census.slots, this.violations);
    this.name("derivation tree");
    this.memory.check(this.violations);
    this.name("untyped memory");
    checkExistence(k, census, this.violations);
    this.name("existence");
    checkQueues(k, census, this.violations);
    this.name("queues");
    checkLinks(census, this.violations);
    this.name("links");
    this.vspaces.check(this.violations);
    this.name("VSpaces");
    checkInterrupts(k, census, this.violations);
    this.name("interrupts");
    checkTime(k, this.violations);
    this.name("time");
    return this.violations;
  }

  /** @throws KernelAssertion with every violation: the machine stops. */
  assert(): void {
    const violations = this.find();
    if (violations.length > 0) throw new KernelAssertion(`invariants are violated\n  ${violations.join("\n  ")}`);
  }

  /** What has been found since the last name was given belongs to the check of this name. */
  private name(check: string): void {
    const { violations } = this;
    for (; this.named < violations.length; this.named++) {
      violations[this.named] = `${check}: ${violations[this.named]}`;
    }
  }
}
