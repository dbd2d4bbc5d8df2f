/**
 * Refills: the time a scheduling context may use, as a ring of (when, how much).
 *
 * The head is in use; time that has been used comes back one period after it began to be used. For a sporadic
 * context refills do not overlap, are in order and add up to the budget; a round-robin context (period 0) has two:
 * what is left of its turn, and what it has used. After Stanovich et al., "Defects of the POSIX sporadic server"
 * (RTAS 2010), and the manual's chapter on scheduling contexts. All times are ticks.
 */
import { MIN_BUDGET_TICKS, MIN_REFILLS } from "@tessera/libsel4/abi";
import { MAX_RELEASE_TIME } from "../config.js";
import { assert } from "../model/assert.js";

/** The ring begins behind period and budget; each refill is a time and an amount. */
const PERIOD = 0;
const BUDGET = 1;
const TIMES = 2;
const AMOUNTS = 3;

/**
 * Period, budget, and room for two refills. No whole numbers, so that the engine keeps doubles in it from the start, whatever they are: a typed
 * array would take five times the memory, of which there is one for every thread.
 */
const UNBOXED: readonly number[] = [0.5, 0.5, 0.5, 0.5, 0.5, 0.5];

export class Refills {
  /** Most refills at a time; 0: the scheduling context is not configured. */
  max = 0;
  private head = 0;
  private count = 0;
  private readonly ticks = UNBOXED.slice();

  constructor() {
    this.ticks[PERIOD] = 0;
    this.ticks[BUDGET] = 0;
  }

  /** 0: round robin. */
  get period(): number {
    return this.ticks[PERIOD] as number;
  }
  /** What all refills add up to. */
  get budget(): number {
    return this.ticks[BUDGET] as number;
  }

  get isConfigured(): boolean {
    return this.max > 0;
  }
  get isRoundRobin(): boolean {
    return this.period === 0;
  }
  get length(): number {
    return this.count;
  }
  get headTime(): number {
    return this.ticks[TIMES + 2 * this.head] as number;
  }
  get headAmount(): number {
    return this.ticks[AMOUNTS + 2 * this.head] as number;
  }
  /** Refill `i` counted from the head, as [time, amount]. */
  at(i: number): readonly [number, number] {
    return [this.timeAt(i), this.amountAt(i)];
  }
  timeAt(i: number): number {
    return this.ticks[TIMES + 2 * this.indexOf(i)] as number;
  }
  amountAt(i: number): number {
    return this.ticks[AMOUNTS + 2 * this.indexOf(i)] as number;
  }

  isReady(now: number): boolean {
    return this.headTime <= now;
  }

  /** Whether it is configured, and after `used` ticks enough is left in the head to be scheduled with. */
  isSufficient(used: number): boolean {
    return this.isConfigured && this.headAmount - used >= MIN_BUDGET_TICKS;
  }

  /** Begin anew with the whole budget, ready now. Period 0 means round robin. */
  configure(max: number, budget: number, period: number, now: number): void {
    assert(max >= MIN_REFILLS, "a scheduling context has room for two refills");
    this.ticks[PERIOD] = period;
    this.ticks[BUDGET] = budget;
    this.resize(max);
    this.head = 0;
    this.count = 0;
    this.append(now, budget);
    if (this.isRoundRobin) this.append(now, 0);
  }

  /** Give an active context other parameters; of what it had, the head refill counts. */
  reconfigure(max: number, budget: number, period: number, now: number): void {
    const time = this.headTime <= now ? now : this.headTime;
    const amount = this.headAmount;
    this.ticks[PERIOD] = period;
    this.ticks[BUDGET] = budget;
    this.resize(max);
    this.head = 0;
    this.count = 0;
    if (amount >= budget) {
      this.append(time, budget);
    } else {
      this.append(time, amount);
      this.append(time + period, budget - amount);
    }
  }

  /** Not configured any more. */
  clear(): void {
    this.max = 0;
  }

  /** Account for `used` ticks at a switch: round robin moves them to the second refill, else they are charged. */
  commit(used: number): void {
    if (!this.isRoundRobin) {
      this.charge(used);
      return;
    }
    const second = this.indexOf(1);
    this.setAmount(this.head, this.headAmount - used);
    this.setAmount(second, this.amountAt(1) + used);
  }

  /** A round-robin turn is over: the whole budget is there again. */
  restoreRoundRobin(): void {
    const second = this.indexOf(1);
    this.setAmount(this.head, this.headAmount + this.amountAt(1));
    this.setAmount(second, 0);
  }

  /** Schedule `used` ticks one period after they were used. */
  charge(used: number): void {
    let left = used;
    while (this.headAmount <= left && this.headTime < MAX_RELEASE_TIME) {
      const amount = this.headAmount;
      const time = this.headTime;
      if (this.count === 1) {
        // The only refill comes back whole: as many turns of it as were overrun, at once.
        const turns = Math.min(Math.floor(left / amount), Math.ceil((MAX_RELEASE_TIME - time) / this.period));
        left -= turns * amount;
        this.setTime(this.head, time + turns * this.period);
      } else {
        left -= amount;
        this.removeHead();
        this.schedule(time + this.period, amount);
      }
    }
    if (left > 0 && this.headTime < MAX_RELEASE_TIME) {
      const time = this.headTime;
      this.setAmount(this.head, this.headAmount - left);
      this.setTime(this.head, time + left);
      this.schedule(time + this.period, left);
    }
    while (this.headAmount < MIN_BUDGET_TICKS) this.mergeHeadIntoNext();
  }

  /**
   * The thread becomes able to use its time: a ready head begins now, and refills that it then reaches are merged
   * into it. Returns whether the head was moved, so that the timer has to be set anew.
   */
  unblock(now: number): boolean {
    if (this.isRoundRobin || !this.isReady(now)) return false;
    this.setTime(this.head, now);
    while (this.count > 1) {
      const [time, amount] = this.at(1);
      if (time > this.headTime + this.headAmount) break;
      const start = this.headTime;
      const sum = this.headAmount + amount;
      this.removeHead();
      this.setTime(this.head, start);
      this.setAmount(this.head, sum);
    }
    return true;
  }

  private schedule(time: number, amount: number): void {
    const tail = this.indexOf(this.count - 1);
    const tailTime = this.ticks[TIMES + 2 * tail] as number;
    const tailAmount = this.ticks[AMOUNTS + 2 * tail] as number;
    if (tailTime + tailAmount >= time) {
      this.setAmount(tail, tailAmount + amount);
    } else if (this.count < this.max) {
      this.append(time, amount);
    } else {
      // No room: what is there already is put off so that the two touch.
      this.setTime(tail, time - tailAmount);
      this.setAmount(tail, tailAmount + amount);
    }
  }

  private mergeHeadIntoNext(): void {
    assert(this.count > 1, "a head refill too small to use has another one behind it");
    const amount = this.headAmount;
    this.removeHead();
    this.setTime(this.head, this.headTime - amount);
    this.setAmount(this.head, this.headAmount + amount);
  }

  private append(time: number, amount: number): void {
    assert(this.count < this.max, "there is room for a refill");
    const index = this.indexOf(this.count);
    this.setTime(index, time);
    this.setAmount(index, amount);
    this.count += 1;
  }

  private removeHead(): void {
    this.head = this.indexOf(1);
    this.count -= 1;
  }

  private indexOf(i: number): number {
    const index = this.head + i;
    return index < this.max ? index : index - this.max;
  }

  private setTime(index: number, time: number): void {
    this.ticks[TIMES + 2 * index] = time;
  }

  private setAmount(index: number, amount: number): void {
    this.ticks[AMOUNTS + 2 * index] = amount;
  }

  private resize(max: number): void {
    this.max = max | 0;
    while (this.ticks.length < TIMES + 2 * max) this.ticks.push(UNBOXED[0] as number);
  }
}
