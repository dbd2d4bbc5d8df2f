/**
 * A scene is what is played: one machine with its programs, from its boot until nobody has anything left to do. A
 * scenario is what is asked for by name: one scene, or several that are told in this order ("before", "answer").
 */
import type { Image } from "@tessera/hal-sim";
import type { Program } from "@tessera/hal-sim/isa";

/** What a user may choose in a scene. */
export interface Choices {
  /** The badge that the server mints for its client. */
  readonly badge: number;
  /** Who is the client. */
  readonly client: Program;
}

export interface Scene {
  readonly name: string;
  /** What happens, as half a sentence. */
  readonly title: string;
  /** What of the choices makes a difference in it. */
  readonly takes: readonly (keyof Choices)[];
  /** What the labels of its messages mean. */
  readonly requests?: Readonly<Record<number, string>>;
  image(choices: Choices): Image;
}

export interface Scenario {
  readonly name: string;
  /** What it is about, as half a sentence. */
  readonly title: string;
  readonly scenes: readonly Scene[];
}

/** A protocol's constants as the meanings of labels. */
export function namesOf(protocol: Readonly<Record<string, number>>): Readonly<Record<number, string>> {
  return Object.fromEntries(Object.entries(protocol).map(([name, label]) => [label, name]));
}
