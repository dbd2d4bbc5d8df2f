/**
 * Components: programs that say what they need and what they offer. Plain data and one function.
 *
 *     export const ramfs = component("ramfs", {
 *       needs: { log: calls(Log) },
 *       offers: { files: Files },
 *       *main({ log, files }) { ... },
 *     });
 *
 * `main` is given exactly what is declared, by the same names, and typed. Whose log that is it cannot know: the
 * composition decides, and gives a capability. A `main` that returns ends its program, with the status that it returns.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { AnyInterface } from "./define.js";
import type { Handles } from "./handles.js";
import { isName } from "./name.js";
import type { Needs } from "./need.js";

/** Interfaces that a component serves, by name. */
export type Offers = Readonly<Record<string, AnyInterface>>;

/** What is declared where nothing is. */
export type Nothing = Readonly<Record<never, never>>;

/** What a program may return. */
// biome-ignore lint/suspicious/noConfusingVoidType: most programs just end
export type Status = number | void;

/** A component, as it is written down. */
export interface ComponentSpec<N extends Needs, O extends Offers> {
  readonly needs?: N;
  readonly offers?: O;
  /** Callers that can be kept waiting at a time, shared among its clients: 8 if left out. Others are refused (`Busy`). */
  readonly waiting?: number;
  /**
   * It runs on its callers' time and has none of its own. Its handlers cannot wait, and a caller whose budget ends in
   * the middle keeps everybody waiting: only for clients that it can trust.
   */
  readonly passive?: boolean;
  /**
   * Threads that make calls for its handlers, so that it goes on while one of them waits for another server
   * (`self.parking`): as many calls can be under way at a time. From 0 to 12; none if left out. Each takes a twentieth of
   * the component's budget, at least 100 us.
   */
  readonly callers?: number;
  /**
   * It hears signals though it offers nothing: it has a notification, `self.signal` makes capabilities for others to
   * signal it by, and `self.signalled` waits. Who offers something or drives a device hears signals anyway.
   */
  readonly signals?: boolean;
  /** Slots for capabilities that come or are made while it runs: 64 if left out where it uses any, else none. */
  readonly slots?: number;
  /** The program. What it returns is its status, from 0 to 2^32 - 1; 0 if that is nothing. */
  main(handles: Handles<N, O>): Thread<Status>;
}

/** A component. */
export interface Component {
  readonly name: string;
  readonly needs: Needs;
  readonly offers: Offers;
  readonly waiting: number;
  readonly passive: boolean;
  readonly signals: boolean;
  readonly callers: number;
  readonly slots: number;
  /** The program, given its handles. */
  readonly main: (handles: never) => Thread<Status>;
}

/** Names of handles that every component has. */
const TAKEN = ["self"];
/** Callers that wait, unless the component says another number. */
const WAITING = 8;
const MAX_WAITING = 1024;
const MAX_CALLERS = 12;
/** Slots for sessions and capabilities that come, where the interfaces have any. */
const SLOTS = 64;
const MAX_SLOTS = 4096;
/** Offers of one component: their number has four bits of a badge. */
const MAX_OFFERS = 15;

/**
 * A component.
 * @param name as plans write it
 * @throws RangeError for a name or a number that will not do, or what a passive component cannot; TypeError for a need
 *   or an offer that is none
 */
export function component<const N extends Needs = Nothing, const O extends Offers = Nothing>(
  name: string,
  spec: ComponentSpec<N, O>,
): Component {
  const { needs = {} as N, offers = {} as O, waiting = WAITING, passive = false, signals = false, main } = spec;
  checkNames(name, needs, offers);
  checkKinds(name, needs, offers, main);
  const { callers = 0 } = spec;
  const { slots = signals || callers > 0 || usesSlots(needs, offers) ? SLOTS : 0 } = spec;
  checkNumber(`${name}: waiting`, waiting, MAX_WAITING);
  checkNumber(`${name}: slots`, slots, MAX_SLOTS);
  checkNumber(`${name}: callers`, callers, MAX_CALLERS);
  if (callers > 0) checkCallers(name, offers, slots);
  if (Object.keys(offers).length > MAX_OFFERS)
    throw new RangeError(`${name}: a component has at most ${MAX_OFFERS} offers`);
  if (signals && slots === 0)
    throw new RangeError(`${name}: hears signals by capabilities that it makes, so it has slots`);
  if (passive) checkPassive(name, needs, offers);
  return {
    name,
    needs,
    offers,
    waiting: passive ? 0 : waiting,
    passive,
    signals,
    callers,
    slots,
    main: main as Component["main"],
  };
}

function checkNames(name: string, needs: Needs, offers: Offers): void {
  if (!isName(name)) throw new RangeError(`a component is called by a word such as "ramfs", not "${name}"`);
  for (const handle of [...Object.keys(needs), ...Object.keys(offers)]) {
    if (!isName(handle) || TAKEN.includes(handle)) throw new RangeError(`${name}: nothing can be called "${handle}"`);
    if (Object.hasOwn(needs, handle) && Object.hasOwn(offers, handle))
      throw new RangeError(`${name}: "${handle}" is needed and offered`);
  }
}

/** What TypeScript refuses, for who writes no types: an interface in place of a need, and the other way round. */
function checkKinds(name: string, needs: Needs, offers: Offers, main: unknown): void {
  for (const [handle, need] of Object.entries(needs)) {
    if (typeof need?.need === "string") continue;
    throw new TypeError(`${name}: its need "${handle}" is none: write ${handle}: calls(…), device(…) or memory(…)`);
  }
  for (const [handle, of] of Object.entries(offers)) {
    if (typeof of?.operations === "object") continue;
    throw new TypeError(`${name}: its offer "${handle}" is no interface: write ${handle}: what define(…) has returned`);
  }
  if (typeof main !== "function")
    throw new TypeError(`${name}: without a main it does nothing: write *main({ … }) { … }`);
}

function checkCallers(name: string, offers: Offers, slots: number): void {
  if (waitingIn(offers).length === 0)
    throw new RangeError(`${name}: callers are for handlers that wait, and no operation of its offers declares waits`);
  if (slots === 0) throw new RangeError(`${name}: each caller takes a slot, so it has some`);
}

function checkPassive(name: string, needs: Needs, offers: Offers): void {
  if (Object.keys(offers).length === 0) throw new RangeError(`${name}: a passive component offers something`);
  if (Object.values(needs).some(({ need }) => need === "device")) {
    throw new RangeError(`${name}: a passive component has no time to serve a device's interrupt`);
  }
  for (const operation of waitingIn(offers)) {
    throw new RangeError(`${name}: a passive component cannot offer ${operation}, which waits`);
  }
}

/** The operations that declare `waits`, of what is offered and of the sessions that are opened by it. */
function waitingIn(offers: Offers): string[] {
  const interfaces = new Set(Object.values(offers));
  const waiting: string[] = [];
  for (const { name: of, operations } of interfaces) {
    for (const [operation, { waits, results }] of Object.entries(operations)) {
      if (waits) waiting.push(`${of}.${operation}`);
      for (const field of Object.values(results)) {
        if (field.carries === "session" && field.of !== null) interfaces.add(field.of);
      }
    }
  }
  return waiting;
}

function checkNumber(where: string, value: number, most: number): void {
  if (!Number.isInteger(value) || value < 0 || value > most) {
    throw new RangeError(`${where}: a whole number from 0 to ${most}, not ${value}`);
  }
}

/** Whether capabilities come to the component while it runs, or it makes some. */
function usesSlots(needs: Needs, offers: Offers): boolean {
  const called = Object.values(needs).flatMap((need) => (need.need === "calls" ? [need.of] : []));
  const operations = [...called, ...Object.values(offers)].flatMap((of) => Object.values(of.operations));
  const fields = operations.flatMap(({ args, results }) => [...Object.values(args), ...Object.values(results)]);
  return fields.some(({ carries }) => carries !== "words");
}
