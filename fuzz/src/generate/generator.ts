/**
 * A source of ops that decides each when it is asked for, by what the model believes to exist and by who is awake: the
 * last thread that is not in the middle of an op does nothing that it may wait in, and wakes the others.
 */
import type { ObservedResult, Op } from "@tessera/conformance/recording";
import { receives } from "@tessera/conformance/replay";
import { SchedContextUnbind, SchedContextUnbindObject } from "@tessera/libsel4/abi";
import { isSuccess, outcomeOf } from "../matrix/outcome.js";
import { entryAddress } from "../run/run.js";
import type { OpSource } from "../run/source.js";
import { Chooser } from "./chooser.js";
import type { Dice } from "./dice.js";
import { Model, SLOTS } from "./model.js";
import { makeOp } from "./ops.js";
import { beginning, RECIPES, type Recipe, request, serve, WAKERS } from "./recipes.js";

/** A program whose threads have destroyed what they live of ends: of so many results, so few were successes. */
const WORN_OUT = { results: 40, successes: 8 };
const MAX_TRIES = 20;
/** The last thread awake waits once in so many times. */
const BLOCK_ANYWAY = 150;

/** So near to its end a program gets reckless. */
const LATE = 80;
const MAX_OWED = 8;

export class Generator implements OpSource {
  readonly #dice: Dice;
  readonly #model = new Model();
  readonly #chooser: Chooser;
  readonly #scene: { busy: (Op | null)[]; owed: number[]; unbound: number[]; isLate: boolean };
  /** Ops that come first, by thread. */
  readonly #given: readonly (readonly Op[])[];
  readonly #asked: number[];
  /** The thread that mostly serves calls, if one does. */
  readonly #server: number;
  #left: number;
  #results = 0;
  #successes = 0;

  /**
   * @param ops how many to hand out in all
   * @param given ops of a program that is to be gone on with; without, the program begins with something of each kind
   */
  constructor(dice: Dice, threads: number, ops: number, given?: readonly (readonly Op[])[]) {
    this.#dice = dice;
    this.#scene = { busy: Array.from({ length: threads }, () => null), owed: [], unbound: [], isLate: false };
    this.#chooser = new Chooser(dice, this.#model, this.#scene);
    this.#given = given ?? [beginning()];
    this.#asked = Array.from({ length: threads }, () => 0);
    this.#left = ops;
    this.#server = given === undefined && dice.oneIn(2) ? dice.below(threads) : -1;
  }

  next(thread: number): Op | null {
    this.#scene.busy[thread] = null;
    const given = this.#given[thread]?.[this.#asked[thread] ?? 0];
    this.#asked[thread] = (this.#asked[thread] ?? 0) + 1;
    if (given === undefined && (this.#left-- <= 0 || this.#isWornOut())) return null;
    this.#scene.isLate = this.#left < LATE;
    const op = given ?? this.#make(thread);
    this.#scene.busy[thread] = op;
    return op;
  }

  completed(_: number, op: Op, result: ObservedResult): void {
    this.#model.learn(op, result);
    this.#notice(op, result);
    this.#results++;
    if (isSuccess(op, outcomeOf(op, result))) this.#successes++;
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
    if (!isLast && thread === this.#server && !this.#dice.oneIn(4)) return serve(this.#chooser);
    const server = this.#scene.busy[this.#server] ?? null;
    if (server !== null && server.kind === "ReplyRecv" && thread !== this.#server && this.#dice.oneIn(3)) {
      return request(this.#chooser);
    }
    const recipes = isLast && this.#dice.oneIn(3) ? WAKERS : RECIPES;
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const { mayBlock, make } = this.#choose(recipes);
      if (mayBlock && isLast && !this.#dice.oneIn(BLOCK_ANYWAY)) continue;
      const op = make(this.#chooser, thread, entryAddress);
      if (op !== null) return op;
    }
    return identifySomething(this.#chooser);
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
