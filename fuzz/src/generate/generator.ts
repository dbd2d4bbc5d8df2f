/**
 * A source of ops that decides each when it is asked for, by what the model believes to exist and by who is awake: the
 * last thread that is not in the middle of an op does nothing that it may wait in, and wakes the others.
 */
import type { ObservedResult, Op } from "@tessera/conformance/recording";
import { receives } from "@tessera/conformance/replay";
import { SchedContextUnbind, SchedContextUnbindObject } from "@tessera/libsel4/abi";
import { isSuccess, outcomeOf } from "../matrix/outcome.js";
import type { Surroundings } from "../program/surroundings.js";
import { entryAddress } from "../run/run.js";
import type { OpSource } from "../run/source.js";
import { Chooser, type Scene } from "./chooser.js";
import type { Dice } from "./dice.js";
import { Model, SLOTS } from "./model.js";
import { makeOp } from "./ops.js";
import {
  beginning,
  clear,
  DOMAIN_RECIPES,
  interruptBeginning,
  makePassive,
  RECIPES,
  type Recipe,
  request,
  type Service,
  serve,
  WAKERS,
} from "./recipes.js";

/** A program whose threads have destroyed what they live of ends: of so many results, so few were successes. */
const WORN_OUT = { results: 40, successes: 8 };
const MAX_TRIES = 20;
/** The last thread awake waits once in so many times. */
const BLOCK_ANYWAY = 150;

/** So near to its end a program gets reckless. */
const LATE = 150;
const MAX_OWED = 8;
/** A rouse that was followed by fewer successes was the last. */
const WORTH_A_ROUSE = 20;
/** While it waits, a passive server's time is taken from it, once in so many calls of the others. */
const PASSIVE_EVERY = 10;

/** What a generator is made for. */
export interface GeneratorOptions {
  /** How many ops to hand out in all, beside the given ones. */
  readonly ops: number;
  readonly surroundings: Surroundings;
  /** Ops of a program that is to be gone on with; without, the program begins with something of each kind. */
  readonly given?: readonly (readonly Op[])[];
  /** The thread that mostly serves calls; without, none does. */
  readonly server?: number;
  /** The server runs on its clients' time. */
  readonly isPassive?: boolean;
}

export class Generator implements OpSource {
  readonly #dice: Dice;
  readonly #model: Model;
  readonly #chooser: Chooser;
  readonly #scene: Scene & { busy: (Op | null)[]; isLate: boolean };
  readonly #recipes: readonly Recipe[];
  /** Ops that come first, by thread; then those that come next, whoever asks. */
  readonly #given: readonly (readonly Op[])[];
  #next: Op[] = [];
  readonly #asked: number[];
  readonly #server: number;
  readonly #isPassive: boolean;
  readonly #service: Service = { endpoint: 0, reply: 0 };
  #left: number;
  #results = 0;
  #successes = 0;
  /** Since the threads were roused. */
  #achieved = 0;
  #isHopeless = false;

  constructor(dice: Dice, threads: number, { ops, surroundings, given, server = -1, isPassive }: GeneratorOptions) {
    this.#dice = dice;
    const busy = Array.from({ length: threads }, () => null);
    this.#scene = { busy, owed: [], unbound: [], isLate: false, surroundings };
    this.#model = new Model(surroundings.domains > 1);
    this.#chooser = new Chooser(dice, this.#model, this.#scene);
    this.#recipes = surroundings.domains > 1 ? DOMAIN_WORLDS : RECIPES;
    this.#given = given ?? [];
    if (given === undefined) this.#next = this.#beginning();
    this.#asked = Array.from({ length: threads }, () => 0);
    this.#left = ops;
    this.#server = server;
    this.#isPassive = isPassive ?? false;
  }

  get isDry(): boolean {
    return this.#left <= 0 || this.#isHopeless;
  }

  next(thread: number): Op | null {
    this.#scene.busy[thread] = null;
    const given = this.#given[thread]?.[this.#asked[thread] ?? 0];
    this.#asked[thread] = (this.#asked[thread] ?? 0) + 1;
    if (given === undefined && (this.#left-- <= 0 || this.#isWornOut())) return null;
    this.#scene.isLate = this.#left < LATE;
    const op = given ?? this.#next.shift() ?? this.#make(thread);
    this.#scene.busy[thread] = op;
    return op;
  }

  roused(): void {
    this.#isHopeless = this.#achieved < WORTH_A_ROUSE;
    this.#achieved = 0;
    this.#results = 0;
    this.#successes = 0;
    this.#scene.owed.length = 0;
    this.#scene.unbound.length = 0;
    this.#scene.busy.fill(null);
    this.#next = [clear(), ...this.#beginning()];
  }

  #beginning(): Op[] {
    return this.#scene.surroundings.inputEvery > 0 ? [...beginning(), ...interruptBeginning()] : beginning();
  }

  completed(_: number, op: Op, result: ObservedResult): void {
    this.#model.learn(op, result);
    this.#notice(op, result);
    this.#results++;
    if (isSuccess(op, outcomeOf(op, result))) {
      this.#successes++;
      this.#achieved++;
    }
    if (this.#results < 2 * WORN_OUT.results) return;
    this.#results /= 2;
    this.#successes /= 2;
  }

  /** Who may wait for an answer now, and who has no time. */
  #notice(op: Op, result: ObservedResult): void {
    const { owed, unbound } = this.#scene;
    if (receives(op.kind) && result.st === undefined && op.reply > 0n && op.reply < SLOTS) owed.push(Number(op.reply));
    if (owed.length > MAX_OWED) owed.shift();
    const isUnbind = op.lab === BigInt(SchedContextUnbind) || op.lab === BigInt(SchedContextUnbindObject);
    if (op.kind === "Call" && isUnbind && op.c < SLOTS && result.lab === undefined) unbound.push(Number(op.c));
  }

  #isWornOut(): boolean {
    return this.#results >= WORN_OUT.results && this.#successes * WORN_OUT.results < WORN_OUT.successes * this.#results;
  }

  #make(thread: number): Op {
    const isLast = this.#scene.busy.every((op, other) => op !== null || other === thread);
    const { doubtful } = this.#model;
    if (doubtful.length > 0 && this.#dice.oneIn(3)) return makeOp("DebugCapIdentify", { c: doubtful.pop() ?? 0 });
    if (!isLast && thread === this.#server && !this.#dice.oneIn(6) && this.#findService()) {
      return serve(this.#chooser, this.#service);
    }
    const waiting = this.#scene.busy[this.#server] ?? null;
    if (thread !== this.#server && waiting !== null && waiting.kind === "ReplyRecv") {
      if (this.#isPassive && this.#dice.oneIn(PASSIVE_EVERY)) return makePassive(this.#server);
      if (this.#dice.oneIn(2)) return request(this.#chooser, waiting);
    }
    const recipes = isLast && this.#dice.oneIn(3) ? WAKERS : this.#recipes;
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const { mayBlock, make } = this.#choose(recipes);
      if (mayBlock && isLast && !this.#dice.oneIn(BLOCK_ANYWAY)) continue;
      const op = make(this.#chooser, thread, entryAddress);
      if (op !== null) return op;
    }
    return identifySomething(this.#chooser);
  }

  /** The server goes on with what it had, or else with what there is. */
  #findService(): boolean {
    const service = this.#service;
    if (this.#model.kindOf(service.endpoint) !== "ep") service.endpoint = this.#chooser.source("ep") ?? 0;
    if (this.#model.kindOf(service.reply) !== "rp") service.reply = this.#chooser.slot("rp") ?? 0;
    return service.endpoint !== 0 && service.reply !== 0;
  }

  #choose(recipes: readonly Recipe[]): Recipe {
    let at = this.#dice.below(totalWeight(recipes));
    for (const recipe of recipes) {
      at -= recipe.weight;
      if (at < 0) return recipe;
    }
    throw new Error("weights add up to their total");
  }
}

const DOMAIN_WORLDS: readonly Recipe[] = [...RECIPES, ...DOMAIN_RECIPES];

const TOTALS = new Map<readonly Recipe[], number>();

function totalWeight(recipes: readonly Recipe[]): number {
  let total = TOTALS.get(recipes);
  if (total === undefined) {
    total = recipes.reduce((sum, { weight }) => sum + weight, 0);
    TOTALS.set(recipes, total);
  }
  return total;
}

function identifySomething(chooser: Chooser): Op {
  return makeOp("DebugCapIdentify", { c: chooser.dice.below(40) });
}
