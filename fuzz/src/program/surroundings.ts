/**
 * What a program meets that recorded scenarios do not have: devices that interrupt, domains that take turns, and a root
 * task that puts the threads on their feet again when none of them moves. Without these a program means the same on the
 * real kernel.
 */
import { Malformed } from "@tessera/conformance/recording";

export interface Surroundings {
  /** Scheduling domains. With more than one they take turns, and slot 254 of the sandbox holds the DomainSet capability. */
  readonly domains: number;
  /** A byte enters the UART with every so many ops, and both devices of the board interrupt; 0: they are silent. */
  readonly inputEvery: number;
  /** So often at most the root task sets the threads that are left to their beginning, with all that they need to go on. */
  readonly rouses: number;
}

export const NO_SURROUNDINGS: Surroundings = { domains: 1, inputEvery: 0, rouses: 0 };

/** The slot of the DomainSet capability. */
export const DOMAIN_SLOT = 254;

const LEAST: Surroundings = { domains: 1, inputEvery: 0, rouses: 0 };
const MOST: Surroundings = { domains: 16, inputEvery: 1_000_000, rouses: 1000 };

/** @throws Malformed */
export function parseSurroundings(json: Partial<Surroundings>): Surroundings {
  const field = (name: keyof Surroundings): number => {
    const value = json[name] ?? NO_SURROUNDINGS[name];
    if (Number.isInteger(value) && value >= LEAST[name] && value <= MOST[name]) return value;
    throw new Malformed(`${name} is a whole number from ${LEAST[name]} to ${MOST[name]}`);
  };
  return { domains: field("domains"), inputEvery: field("inputEvery"), rouses: field("rouses") };
}

/** The fields that differ from those of recorded scenarios. */
export function surroundingsJson(given: Surroundings): Partial<Surroundings> {
  const names = Object.keys(NO_SURROUNDINGS) as (keyof Surroundings)[];
  return Object.fromEntries(names.filter((n) => given[n] !== NO_SURROUNDINGS[n]).map((n) => [n, given[n]]));
}

export function surroundingsText({ domains, inputEvery, rouses }: Surroundings): string[] {
  return [
    ...(domains > 1 ? [`${domains} domains take turns; DomainSet in slot ${DOMAIN_SLOT}`] : []),
    ...(inputEvery > 0 ? [`a byte enters the UART with every ${inputEvery} operations`] : []),
    ...(rouses > 0 ? [`the root task rouses the threads ${rouses} times`] : []),
  ];
}
