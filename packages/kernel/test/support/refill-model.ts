/**
 * Refills by the letter of the rules, on a plain list: New, Update, Charge, Schedule, Unblock. Slow and obvious, to
 * compare the kernel's ring with.
 */
interface Refill {
  t: number;
  a: number;
}

const MIN_BUDGET = 200;

export class RefillModel {
  period = 0;
  max = 0;
  refills: Refill[] = [];

  list(): [number, number][] {
    return this.refills.map(({ t, a }) => [t, a]);
  }

  copyOfItself(): RefillModel {
    const copy = new (this.constructor as new () => RefillModel)();
    copy.period = this.period;
    copy.max = this.max;
    copy.refills = this.refills.map((refill) => ({ ...refill }));
    return copy;
  }

  configure(max: number, budget: number, period: number, now: number): void {
    this.period = budget === period ? 0 : period;
    this.max = max;
    this.refills = [{ t: now, a: budget }];
    if (this.period === 0) this.refills.push({ t: now, a: 0 });
  }

  update(max: number, budget: number, period: number, now: number): void {
    const head = this.refills[0]!;
    this.refills = [head];
    this.max = max;
    this.period = period;
    if (head.t <= now) head.t = now;
    if (head.a >= budget) head.a = budget;
    else this.refills.push({ t: head.t + period, a: budget - head.a });
  }

  /** At a switch: of a round-robin turn the used part is put aside. */
  commit(used: number): void {
    if (this.period > 0) {
      this.charge(used);
    } else {
      this.refills[0]!.a -= used;
      this.refills[1]!.a += used;
    }
  }

  /** The turn is over: a round-robin one begins anew. */
  endTurn(used: number): void {
    if (this.period > 0) {
      this.charge(used);
    } else {
      this.refills[0]!.a += this.refills[1]!.a;
      this.refills[1]!.a = 0;
    }
  }

  charge(used: number): void {
    let u = used;
    while (this.refills[0]!.a <= u) {
      const head = this.refills[0]!;
      u -= head.a;
      if (this.refills.length === 1) {
        head.t += this.period;
      } else {
        this.refills.shift();
        this.schedule({ t: head.t + this.period, a: head.a });
      }
    }
    if (u > 0) {
      const head = this.refills[0]!;
      const old = head.t;
      head.a -= u;
      head.t += u;
      this.schedule({ t: old + this.period, a: u });
    }
    while (this.refills[0]!.a < MIN_BUDGET) {
      const { a } = this.refills.shift()!;
      this.refills[0]!.a += a;
      this.refills[0]!.t -= a;
    }
  }

  unblock(now: number): void {
    const [head] = this.refills;
    if (this.period === 0 || head!.t > now) return;
    head!.t = now;
    while (this.refills.length > 1 && this.refills[1]!.t <= head!.t + head!.a) {
      head!.a += this.refills[1]!.a;
      this.refills.splice(1, 1);
    }
  }

  private schedule(next: Refill): void {
    const tail = this.refills.at(-1)!;
    if (tail.t + tail.a >= next.t) {
      tail.a += next.a;
    } else if (this.refills.length < this.max) {
      this.refills.push(next);
    } else {
      tail.t = next.t - tail.a;
      tail.a += next.a;
    }
  }
}
