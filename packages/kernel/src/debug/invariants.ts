/**
 * What holds of the whole state whenever user mode goes on. Each check is proved by a planted bug that it finds
 * (test/debug). They cost time and are off unless `checkInvariants` is asked for.
 */
import { KernelAssertion } from "../model/assert.js";
import type { KernelState } from "../model/state.js";
import { checkDerivation } from "./check-derivation.js";
import { checkLinks } from "./check-links.js";
import { checkMemory } from "./check-memory.js";
import { checkQueues } from "./check-queues.js";
import { checkTime } from "./check-time.js";
import { checkVspaces } from "./check-vspace.js";
import { reachableSlots } from "./reachable.js";

/** Every violation, as a sentence that begins with the invariant's name. */
export function findViolations(k: KernelState): string[] {
  const slots = reachableSlots(k);
  return [
    ...named("derivation tree", checkDerivation(slots)),
    ...named("untyped memory", checkMemory(slots)),
    ...named("queues", checkQueues(k)),
    ...named("links", checkLinks(k, slots)),
    ...named("VSpaces", checkVspaces(k, slots)),
    ...named("time", checkTime(k)),
  ];
}

function named(name: string, violations: readonly string[]): string[] {
  return violations.map((violation) => `${name}: ${violation}`);
}

/** @throws KernelAssertion with every violation: the machine stops. */
export function assertInvariants(k: KernelState): void {
  const violations = findViolations(k);
  if (violations.length > 0) throw new KernelAssertion(`invariants are violated\n  ${violations.join("\n  ")}`);
}
