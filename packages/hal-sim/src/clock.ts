/**
 * The one virtual clock: cycles of a modelled 1 GHz core, as a double.
 *
 * The timebase that the kernel and the devices see (10 MHz ticks) derives from it. Time moves only when somebody
 * spends it (`advance`), or when the machine is idle and jumps to what is next. `horizon` is the first cycle at which
 * anything wants attention (an alarm, the kernel's timer, the end of the slice); the instruction loop compares with
 * it alone. Alarms that are due run in order of (cycle, order of creation), never of registration, so that replaying
 * a run rings them alike.
 */

/** Cycles of the core in one tick of the timebase. */
export const CYCLES_PER_TICK = 100;

/** Ticks of the timebase in one millisecond. */
export const TICKS_PER_MS = 10_000;

/** Up to this cycle a tick fits 31 bits, and the engine divides integers. */
const SMALL_TICKS = 2 ** 31 * CYCLES_PER_TICK;

/** Beyond this cycle a double no longer counts by one: the end of modelled time (104 days). */
export const LAST_CYCLE = Number.MAX_SAFE_INTEGER;

/** Something that happens at a cycle. Made by `Clock.createAlarm`, armed by `Clock.set`. */
export class Alarm {
  /** The cycle at which it rings; Infinity while it is not armed. */
  at = Infinity;
  readonly rank: number;
  /** What happens then. */
  readonly ring: () => void;

  constructor(rank: number, ring: () => void) {
    this.rank = rank;
    this.ring = ring;
  }
}

/** The machine's only clock, in cycles of 1 ns: it moves when somebody spends cycles, or jumps while nobody runs. */
export class Clock {
  /** Now, in cycles. */
  cycles = 0;
  /** The first cycle at which an alarm, the timer or the end of the slice is due. */
  horizon = Infinity;
  /** The cycle of the first armed alarm, and that of the kernel's timer; Infinity = none. */
  alarmAt = Infinity;
  timerAt = Infinity;
  private endOfSlice = Infinity;
  private readonly armed: Alarm[] = [];
  private alarms = 0;

  /** Now, in whole ticks of the timebase. */
  get ticks(): number {
    const { cycles } = this;
    return cycles < SMALL_TICKS ? (cycles / CYCLES_PER_TICK) | 0 : Math.floor(cycles / CYCLES_PER_TICK);
  }

  /** Spend `cycles` cycles. */
  advance(cycles: number): void {
    this.cycles += cycles;
  }

  /** Idle until `cycle`, if that is still to come. */
  skipTo(cycle: number): void {
    if (cycle > this.cycles) this.cycles = cycle;
  }

  /** An alarm that calls `ring` at the cycle that `set` gives it; not armed yet. */
  createAlarm(ring: () => void): Alarm {
    return new Alarm(this.alarms++, ring);
  }

  /** Arm an alarm for a cycle, or put it elsewhere; Infinity disarms it. */
  set(alarm: Alarm, at: number): void {
    const armed = this.armed;
    if (alarm.at !== Infinity) armed.splice(armed.indexOf(alarm), 1);
    alarm.at = at;
    if (at !== Infinity) {
      let place = armed.length;
      while (place > 0 && ringsBefore(alarm, armed[place - 1]!)) place--;
      armed.splice(place, 0, alarm);
    }
    this.alarmAt = armed[0]?.at ?? Infinity;
    this.look();
  }

  /** The kernel's timer: due from `tick` on; Infinity = never. */
  setTimer(tick: number): void {
    this.timerAt = tick * CYCLES_PER_TICK;
    this.look();
  }

  /** Where the running slice ends; Infinity = it has ended, or there is none. */
  set sliceEnd(cycle: number) {
    this.endOfSlice = cycle;
    this.look();
  }

  /** The cycle at which the running slice ends. */
  get sliceEnd(): number {
    return this.endOfSlice;
  }

  /** Ring every alarm that is due. */
  ringDue(): void {
    while (this.alarmAt <= this.cycles) {
      const alarm = this.armed[0]!;
      this.set(alarm, Infinity);
      alarm.ring();
    }
  }

  private look(): void {
    this.horizon = Math.min(this.alarmAt, this.timerAt, this.endOfSlice);
  }
}

function ringsBefore(a: Alarm, b: Alarm): boolean {
  return a.at < b.at || (a.at === b.at && a.rank < b.rank);
}
