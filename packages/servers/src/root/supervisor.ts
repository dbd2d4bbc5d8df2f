/**
 * The supervisor: what the root task is when everything stands. It waits for components to end, and starts those again
 * that the plan says so.
 *
 *     alive ──fault──▸ dead ──delay over, servers told──▸ alive, one incarnation later
 *       │                └──the plan says restart never──▸ closed
 *       └──main has returned──▸ closed
 *
 * When a component dies, those who wait for its answers are answered at once (`Gone`), and the servers that it was a
 * client of are told, each by its messenger, so that they end its sessions. Not before all of them have is it started
 * again: its badges are the same, and a session of its former life would be taken for its own. A server that is dead
 * itself need not be told, since it has forgotten everything.
 *
 * A server that the plan has watched is asked by its messenger, in turns, whether it answers: it is told that nobody has
 * died. If it does not answer until the next turn it hangs, and is taken for dead (watch.ts).
 *
 * The root task runs at the highest priority and blocks nowhere but here. What it says about deaths goes to the debug
 * console: it needs no server for that.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_DebugPutString,
  seL4_Fault_Timeout,
  seL4_MessageInfo_new,
  type seL4_MessageInfo_t,
  seL4_NBSend,
  seL4_Recv,
  seL4_TimeoutReply_new,
} from "@tessera/libsel4";
import { systemLabel } from "../common/answer.js";
import { diedOf } from "../common/died-of.js";
import { NOBODY } from "../common/session.js";
import { SIGNAL_BADGE } from "../common/signals.js";
import { ENDED } from "../common/start.js";
import { durationText } from "../plan/text.js";
import { BackOff, ticksOf } from "./back-off.js";
import { type Built, CLOCK_BADGE, MESSENGER_BADGE, WATCH_BADGE } from "./build.js";
import { buryPart, closePart } from "./bury.js";
import { type Companion, startCompanion, stopCompanion } from "./companions.js";
import { environmentPage } from "./environment-of.js";
import { startPart } from "./fill.js";
import type { Part } from "./part.js";
import { Watch } from "./watch.js";

/** A component's lives. */
interface Life {
  readonly part: Part;
  /** Null: it is started once. */
  readonly backOff: BackOff | null;
  /** Null when it is not watched. */
  readonly watch: Watch | null;
  /** Null when it has no clients and is not watched. */
  readonly messenger: Companion | null;
  /** What the messenger has to tell, the first of them under way: who died, and by which badge he was known here. */
  readonly news: { readonly client: Life | null; readonly badge: number }[];
  state: "alive" | "dead" | "closed";
  incarnation: number;
  /** Dead: the tick from which on it may be started. */
  dueAt: number;
}

/** Starts the components of a plan, and looks after them. */
export class Supervisor {
  readonly #built: Built;
  readonly #lives: readonly Life[];
  #now = 0;
  #clockRuns = false;

  constructor(built: Built) {
    this.#built = built;
    this.#lives = built.parts.map((part) => ({
      part,
      backOff: part.planned.restart === null ? null : new BackOff(part.planned.restart),
      watch: watchOf(part, built),
      messenger: built.messengers.get(part) ?? null,
      news: [],
      state: "alive",
      incarnation: 0,
      dueAt: 0,
    }));
  }

  /** Start all, and look after them for ever. Can block: that is what it is for. */
  *run(): Thread<never> {
    const { endpoint, reply } = this.#built;
    for (const life of this.#lives) yield* this.#start(life);
    if (this.#built.watch !== null) yield* startCompanion(this.#built.watch.clock);
    for (;;) {
      const { info, badge } = yield* seL4_Recv(endpoint, reply);
      if (badge >= SIGNAL_BADGE) yield* this.#ticked(badge - SIGNAL_BADGE);
      else if (badge >= MESSENGER_BADGE) yield* this.#told(this.#lives[badge - MESSENGER_BADGE] as Life);
      else yield* this.#heardFrom(badge, info);
      yield* this.#startThoseDue();
      yield* this.#setClock();
    }
  }

  /** One of its clocks has signalled, or both. */
  *#ticked(bits: number): Thread<void> {
    if (hasBit(bits, CLOCK_BADGE)) this.#now += 1;
    if (!hasBit(bits, WATCH_BADGE)) return;
    for (const life of this.#lives) {
      if (life.watch === null || life.state !== "alive") continue;
      const finding = life.watch.look(life.news.length > 0);
      if (finding === "ask") yield* this.#tell(life, null, NOBODY);
      if (finding === "hangs") yield* this.#died(life, `it has not answered for ${watchText(life)}`);
    }
  }

  /** A component faults, or says that it ends. */
  *#heardFrom(badge: number, info: seL4_MessageInfo_t): Thread<void> {
    const life = this.#lives.find(({ part }) => part.parentBadge === badge);
    if (life === undefined) return;
    const { name } = life.part.planned;
    if (info.label === ENDED) {
      yield* this.#bury(life);
      yield* this.#close(life);
      yield* seL4_DebugPutString(`${name} has ended\n`);
      return;
    }
    const cause = diedOf(info);
    if (cause !== null) yield* this.#died(life, cause);
    else yield* this.#answerOther(info);
  }

  /** It died of `cause`. */
  *#died(life: Life, cause: string): Thread<void> {
    const { name } = life.part.planned;
    yield* this.#bury(life);
    if (life.backOff === null) {
      yield* this.#close(life);
      yield* seL4_DebugPutString(`${name} died: ${cause}\n`);
      return;
    }
    const us = life.backOff.died();
    life.dueAt = this.#now + ticksOf(us);
    yield* seL4_DebugPutString(`${name} died: ${cause}, restarting in ${us / 1000} ms\n`);
  }

  /**
   * The time of a passive component's caller is over: it goes on when the caller has some again. Anything else is a
   * mistake of the component's.
   */
  *#answerOther(info: seL4_MessageInfo_t): Thread<void> {
    const isTimeout = info.label === seL4_Fault_Timeout;
    const malformed = seL4_MessageInfo_new(systemLabel("Malformed"), 0, 0, 0);
    yield* seL4_NBSend(this.#built.reply, isTimeout ? seL4_TimeoutReply_new(true, {}, 0) : malformed);
  }

  *#bury(life: Life): Thread<void> {
    life.state = "dead";
    yield* buryPart(life.part, this.#built.cspace);
    // Answered or not, its messenger has nobody to tell any more.
    life.news.length = 0;
    if (life.messenger !== null) yield* stopCompanion(life.messenger);
    for (const { server, badge } of life.part.edges) {
      const told = this.#lives.find(({ part }) => part === server);
      if (told?.state === "alive") yield* this.#tell(told, life, badge);
    }
  }

  *#close(life: Life): Thread<void> {
    life.state = "closed";
    yield* closePart(life.part, this.#built.cspace);
  }

  *#tell(server: Life, client: Life | null, badge: number): Thread<void> {
    server.news.push({ client, badge });
    if (server.news.length === 1 && server.messenger !== null) yield* startCompanion(server.messenger, badge);
  }

  /** The messenger of `server` has told the first of its news. */
  *#told(server: Life): Thread<void> {
    server.watch?.answered();
    server.news.shift();
    const [next] = server.news;
    if (next !== undefined && server.messenger !== null) yield* startCompanion(server.messenger, next.badge);
  }

  *#startThoseDue(): Thread<void> {
    for (const life of this.#lives) {
      if (life.state !== "dead" || life.dueAt > this.#now) continue;
      if (this.#lives.some(({ news }) => news.some(({ client }) => client === life))) continue;
      life.incarnation += 1;
      yield* this.#start(life);
      life.backOff?.started(this.#now);
    }
  }

  *#start(life: Life): Thread<void> {
    const { part, incarnation } = life;
    const { plan, cspace } = this.#built;
    life.state = "alive";
    life.watch?.answered();
    yield* startPart(part, cspace, environmentPage(plan, part.planned, incarnation, part.physical));
  }

  /** The clock runs while somebody waits for it. */
  *#setClock(): Thread<void> {
    for (const { backOff } of this.#lives) backOff?.tick(this.#now);
    const isNeeded = this.#lives.some(({ state, dueAt, backOff }) => {
      return (state === "dead" && dueAt > this.#now) || backOff?.isWaiting === true;
    });
    if (isNeeded === this.#clockRuns) return;
    this.#clockRuns = isNeeded;
    yield* isNeeded ? startCompanion(this.#built.clock) : stopCompanion(this.#built.clock);
  }
}

function watchOf({ planned }: Part, { watch }: Built): Watch | null {
  const watchUs = planned.restart?.watchUs;
  return watch === null || watchUs === undefined ? null : new Watch(watchUs, watch.lookUs);
}

function watchText({ part }: Life): string {
  return durationText(part.planned.restart?.watchUs ?? 0);
}

/** Whether a clock is among those that have signalled. */
function hasBit(bits: number, badge: number): boolean {
  return Math.floor(bits / (badge - SIGNAL_BADGE)) % 2 === 1;
}
