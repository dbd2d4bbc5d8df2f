/** The desk on a machine. Nothing has run yet. */
import { bootPersonality, type Setting, type System } from "@tessera/app-host/session";
import type { SystemFacts } from "@tessera/hal-sim";
import { type DeskParts, desk } from "./personality.js";

/** What a log of a session says of the system. */
export function factsOf({ isTerminal, withSos = false }: DeskParts): SystemFacts {
  const facts = { personality: "desk", console: isTerminal ? "terminal" : "commands" };
  return withSos ? { ...facts, with: "sos" } : facts;
}

/** A desk that has not run yet. */
export function bootDesk({ isTerminal, withSos = false, instead, ...setting }: DeskParts & Setting): System {
  const parts = { isTerminal, withSos, ...(instead === undefined ? {} : { instead }) };
  return bootPersonality(desk(parts), factsOf(parts), setting);
}
