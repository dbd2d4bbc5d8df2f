/**
 * Arguments: slots that hold what a call wants, by the model, and now and then something else; free slots; priorities,
 * times, addresses and badges out of few values, so that different calls meet.
 */
import type { Op, OpKind } from "@tessera/conformance/recording";
import { DOMAIN_SLOT, type Surroundings } from "../program/surroundings.js";
import { DEVICE_IRQS } from "../run/board.js";
import type { Dice } from "./dice.js";
import { FIRST_FREE, type Kind, type Model, PARK, SLOTS, type SlotModel } from "./model.js";

/** One argument in so many is not what the call wants. */
const WRONG = 24;
/** The root page table of all threads. */
const VSPACE = 2;
const BASE = 0x1000000000;
const PAGE = 0x1000;
const MEGA = 0x200000;
const STRANGE: readonly [number, ...number[]] = [0, 1, 63, 64, 255, 256, 2 ** 12, 2 ** 31, 2 ** 32, 2 ** 38, 2 ** 52];

/** What the threads are in the middle of, as far as their calls and results tell. */
export interface Scene {
  /** The op that each thread has begun and not completed. */
  readonly busy: readonly (Op | null)[];
  /** Reply objects that somebody may wait behind. */
  readonly owed: number[];
  /** Scheduling contexts that were unbound. */
  readonly unbound: number[];
  readonly surroundings: Surroundings;
  /** The program is near its end: what the threads live of may be taken away. */
  readonly isLate: boolean;
}

export class Chooser {
  readonly dice: Dice;
  readonly model: Model;
  readonly scene: Scene;

  constructor(dice: Dice, model: Model, scene: Scene) {
    this.dice = dice;
    this.model = model;
    this.scene = scene;
  }

  isWrong(): boolean {
    return this.dice.oneIn(WRONG);
  }

  strange(): number {
    return this.dice.pick(STRANGE);
  }

  /** A slot that holds one of these kinds; null when none does. Now and then any slot, or no slot at all. */
  slot(...kinds: readonly Kind[]): number | null {
    if (this.isWrong()) return this.dice.oneIn(4) ? this.strange() : this.dice.below(48);
    return this.#among((slot) => kinds.includes(this.model.kindOf(slot)) && slot !== VSPACE) ?? null;
  }

  /** A slot of one of these kinds that one may receive by. */
  source(...kinds: readonly Kind[]): number | null {
    if (this.isWrong() && this.dice.oneIn(3)) return this.dice.below(48);
    const isSource = ({ kind, isReadable }: SlotModel) => isReadable && kinds.includes(kind);
    return this.#among((slot) => isSource(this.model.slots[slot] as SlotModel)) ?? null;
  }

  /** A slot of one of these kinds behind the initial ones; without these the threads cannot go on. */
  madeOf(...kinds: readonly Kind[]): number | null {
    if (this.scene.isLate && this.dice.oneIn(4)) return this.slot(...kinds);
    return this.#among((slot) => slot >= FIRST_FREE && kinds.includes(this.model.kindOf(slot))) ?? null;
  }

  /** Where somebody is in the middle of such an op, if anywhere. */
  meeting(...ops: readonly OpKind[]): number | null {
    if (this.dice.oneIn(4)) return null;
    const places = this.scene.busy
      .filter((op) => op !== null && ops.includes(op.kind))
      .map((op) => Number(op?.c ?? 0n));
    return this.dice.any(places.filter((slot) => slot !== PARK && this.model.kindOf(slot) !== "null")) ?? null;
  }

  /** A reply object that somebody waits behind, else any. */
  replyInUse(): number | null {
    return this.scene.owed.pop() ?? this.slot("rp");
  }

  #among(isWanted: (slot: number) => boolean): number | undefined {
    // Who has the right to set domains stays where it is: the root task must have its turns.
    const slots: number[] = [];
    const { highest } = this.model;
    for (let slot = 1; slot <= highest; slot++) if (isWanted(slot)) slots.push(slot);
    return this.dice.any(slots);
  }

  /** A slot behind the initial ones that holds something; null when all are empty. */
  made(): number | null {
    if (this.isWrong()) return this.dice.below(SLOTS);
    return this.#among((slot) => slot >= FIRST_FREE && this.model.kindOf(slot) !== "null") ?? null;
  }

  /** The first of `count` free slots in a row. Few slots are used, so that they are used again. */
  free(count = 1): number {
    if (this.isWrong()) return this.dice.oneIn(3) ? this.strange() : this.dice.below(SLOTS);
    let run = 0;
    for (let slot = FIRST_FREE; slot < DOMAIN_SLOT; slot++) {
      run = this.model.kindOf(slot) === "null" ? run + 1 : 0;
      if (run === count) return slot - count + 1;
    }
    return FIRST_FREE + this.dice.below(32);
  }

  /** How many bits of an address of a slot are looked at. */
  depth(): number {
    return this.isWrong() ? this.dice.pick([0, 1, 8, 32, 63, 65, 128] as const) : 64;
  }

  /** The CNode that all threads have. */
  cnode(): number {
    return this.isWrong() ? (this.slot("cn", "ep", "ut") ?? 1) : 1;
  }

  rights(): number {
    return this.dice.oneIn(3) ? this.dice.below(16) : 15;
  }

  badge(): number {
    return this.dice.oneIn(12) ? this.strange() : this.dice.below(6);
  }

  priority(): number {
    return this.isWrong() ? this.strange() : 90 + this.dice.below(30);
  }

  /** Where a page may be mapped: few pages of two page tables. */
  page(): number {
    if (this.isWrong()) return this.dice.pick([0, 1, 0x10000, BASE + 1, 2 ** 38, 2 ** 47] as const);
    return BASE + this.dice.below(2) * MEGA + this.dice.below(4) * PAGE;
  }

  /** An interrupt: mostly one that comes. */
  irq(): number {
    const { inputEvery } = this.scene.surroundings;
    return inputEvery > 0 && !this.dice.oneIn(4) ? this.dice.pick(DEVICE_IRQS) : 1 + this.dice.below(95);
  }

  /** Budget and period in microseconds: some are used up in the middle of calls. */
  times(): readonly [number, number] {
    if (this.isWrong()) return [this.strange(), this.strange()];
    return this.dice.pick([
      [100_000, 100_000],
      [100_000, 100_000],
      [1_000, 1_000],
      [50, 1_000],
      [20, 200],
      [300, 3_000],
      [2_000, 10_000],
    ] as const);
  }

  /** Words of a message: mostly few. */
  message(): number[] {
    const length = this.dice.oneIn(8) ? this.dice.below(14) : this.dice.below(5);
    return Array.from({ length }, () => this.dice.below(256));
  }

  /** Labels of messages between threads: none that a fault's answer or an error has. */
  label(): number {
    return 32 + this.dice.below(64);
  }
}
