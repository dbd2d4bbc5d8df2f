/** The desk on a machine. Nothing has run yet. */
import { bootPersonality, type Setting, type System } from "@tessera/app-host/session";
import type { SystemFacts } from "@tessera/hal-sim";
import type { Component } from "@tessera/servers";
import { desk } from "./personality.js";

export interface DeskOptions extends Setting {
  /** Whether somebody sits at its console; else it is fed with commands. */
  readonly isTerminal: boolean;
  /** What stands in for a component of the desk. */
  readonly instead?: (of: Component) => Component;
}

/** What a log of a session says of the system. */
export function factsOf(isTerminal: boolean): SystemFacts {
  return { personality: "desk", console: isTerminal ? "terminal" : "commands" };
}

/** A desk that has not run yet. */
export function bootDesk({ isTerminal, instead, ...setting }: DeskOptions): System {
  return bootPersonality(desk(isTerminal, instead), factsOf(isTerminal), setting);
}
