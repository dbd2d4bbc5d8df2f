/**
 * Building a plan: everything that it names is made, in its order, and nothing runs yet.
 *
 *     own parts of each component ─▸ edges, windows, devices, memory ─▸ the supervisor's own ─▸ vaults
 *
 * Afterwards the root task has no memory, no interrupt and no time to give any more: only what it takes to start the
 * components, and to bury them.
 */
import type { cspace_t } from "@tessera/cspace-lib";
import { loadPair, programOfMarker, type Thread } from "@tessera/hal-sim/isa";
import {
  type seL4_BootInfo,
  seL4_CapInitThreadTCB,
  seL4_CapRights_new,
  type seL4_CPtr,
  seL4_EndpointBits,
  seL4_EndpointObject,
  seL4_NotificationBits,
  seL4_NotificationObject,
  seL4_ReplyBits,
  seL4_ReplyObject,
  type seL4_RISCV_Page,
  seL4_TCB_BindNotification,
} from "@tessera/libsel4";
import { program_address, program_page } from "@tessera/ut-alloc";
import { SUPERVISOR_BADGE } from "../common/session.js";
import { signalBadge } from "../common/signals.js";
import { type Plan, programNames } from "../plan/plan.js";
import { type Companion, makeClock, makeMessenger } from "./companions.js";
import { environmentPage } from "./environment-of.js";
import { connectInterrupts } from "./interrupts.js";
import { addCallers } from "./make-callers.js";
import { CALL_RIGHTS, type MadePart, type Making, makePart } from "./make-part.js";
import { Views } from "./pages.js";
import type { Part } from "./part.js";
import { rowBytes } from "./rows.js";
import { Stock } from "./stock.js";
import { lockUp } from "./vault.js";
import { wire } from "./wire.js";

/** What was built: all that the supervisor has. */
export interface Built {
  readonly plan: Plan;
  /** The CSpace that the root task runs on. It has no allocator's memory any more. */
  readonly cspace: cspace_t;
  /** In the order of the plan. */
  readonly parts: readonly Part[];
  readonly endpoint: seL4_CPtr<"Endpoint">;
  readonly reply: seL4_CPtr<"Reply">;
  /** Signals as SIGNAL_BADGE. */
  readonly clock: Companion;
  /** Null when nobody is watched; else it signals every `lookUs` microseconds. */
  readonly watch: { readonly clock: Companion; readonly lookUs: number } | null;
  /** One for each component that has clients or is watched, by its part. Its badge is MESSENGER_BADGE and its place in the plan. */
  readonly messengers: ReadonlyMap<Part, Companion>;
}

/** The badge by which the messenger of component number `index` reports. */
export const MESSENGER_BADGE = 2 ** 51;
/** By which its clocks signal the root task. */
export const CLOCK_BADGE = signalBadge(0);
export const WATCH_BADGE = signalBadge(1);

/**
 * Build a plan out of all that the kernel gave.
 * @throws NotBuilt, with the component and the step
 */
export function* buildPlan(bootinfo: seL4_BootInfo, plan: Plan): Thread<Built> {
  const stock = new Stock(bootinfo, rowBytes(plan));
  stock.at("the root task", "its objects");
  const endpoint = stock.keep(yield* stock.object(seL4_EndpointObject, seL4_EndpointBits, "root.endpoint"));
  const reply = stock.keep(yield* stock.object(seL4_ReplyObject, seL4_ReplyBits, "root.reply"));
  const programs = programNames(plan);
  const count = yield* countPrograms(bootinfo);
  const pageOf: Making["programPage"] = (component, program) =>
    programPage(stock, component, program, programs.indexOf(program) + 1, count);
  const making: Making = { stock, views: new Views(stock), endpoint, programPage: pageOf };

  const made = new Map<string, MadePart>();
  for (const component of plan.components) {
    const part = yield* makePart(making, component);
    yield* addCallers(making, part);
    made.set(component.name, part);
  }
  for (const one of made.values()) {
    yield* wire(making, one, made);
    yield* connectInterrupts(one.part, stock.cspace);
    checkEnvironment(stock, plan, one);
  }

  const parts = [...made.values()].map(({ part }) => part);
  stock.at("the root task", "its companions");
  const notification = yield* makeTicks(stock);
  const clock = yield* makeClock(stock, "root.clock", yield* ticks(stock, notification, CLOCK_BADGE));
  const watch = yield* makeWatch(stock, notification, plan);
  const messengers = yield* makeMessengers(making, parts);
  yield* lockUp(stock);
  return { plan, cspace: stock.cspace, parts, endpoint, reply, clock, watch, messengers };
}

/** @throws NotBuilt when it is too long, which is known only when all clients are */
function checkEnvironment(stock: Stock, plan: Plan, { part: { planned, physical } }: MadePart): void {
  stock.at(planned.name, "its environment");
  try {
    environmentPage(plan, planned, 0, physical);
  } catch (error) {
    stock.fail((error as Error).message);
  }
}

/** How many programs the image has behind the root task's: pages with a program's mark. Data follows them. */
export function* countPrograms({ userImageFrames: { start, end } }: seL4_BootInfo): Thread<number> {
  for (let number = 1; ; number++) {
    if (start + number >= end) return number - 1;
    const { low } = yield* loadPair(program_address(number));
    if (programOfMarker(low) !== number) return number - 1;
  }
}

/** Program number `number` of the image, which has `count` behind the root task. */
function programPage(stock: Stock, component: string, program: string, number: number, count: number): seL4_RISCV_Page {
  stock.at(component, `its program "${program}"`);
  if (number > count) stock.fail(`it would be number ${number}, and the image has ${count} beside the root task`);
  return program_page(stock.bootinfo, number);
}

/** The notification by which the root task hears its clocks. */
function* makeTicks(stock: Stock): Thread<seL4_CPtr<"Notification">> {
  const notification = yield* stock.object(seL4_NotificationObject, seL4_NotificationBits, "root.ticks");
  stock.check(yield* seL4_TCB_BindNotification(seL4_CapInitThreadTCB, notification));
  return notification;
}

function* ticks(
  stock: Stock,
  notification: seL4_CPtr<"Notification">,
  badge: number,
): Thread<seL4_CPtr<"Notification">> {
  return stock.keep(yield* stock.mint(notification, seL4_CapRights_new(0, 0, 0, 1), badge));
}

function* makeWatch(stock: Stock, notification: seL4_CPtr<"Notification">, plan: Plan): Thread<Built["watch"]> {
  const turns = plan.components.flatMap(({ restart }) => restart?.watchUs ?? []);
  if (turns.length === 0) return null;
  const lookUs = Math.min(...turns);
  const signal = yield* ticks(stock, notification, WATCH_BADGE);
  return { clock: yield* makeClock(stock, "root.watch", signal, lookUs), lookUs };
}

function* makeMessengers({ stock, endpoint }: Making, parts: readonly Part[]): Thread<Map<Part, Companion>> {
  const messengers = new Map<Part, Companion>();
  for (const [i, part] of parts.entries()) {
    const isWatched = part.planned.restart?.watchUs !== undefined;
    if (!isWatched && !parts.some(({ edges }) => edges.some(({ server }) => server === part))) continue;
    const server = stock.keep(yield* stock.mint(part.endpoint, CALL_RIGHTS, SUPERVISOR_BADGE));
    const done = stock.keep(yield* stock.mint(endpoint, CALL_RIGHTS, MESSENGER_BADGE + i));
    messengers.set(part, yield* makeMessenger(stock, part.planned.name, server, done));
  }
  return messengers;
}
