/**
 * The domain schedule: a table of (domain, duration) in which threads of one domain run at a time (manual, section
 * "Domains"). An entry of (0, 0) marks the end. With one domain it is never left.
 */
const MAX_DURATION = 2 ** 56 - 1;

export class DomainSchedule {
  readonly count: number;
  private readonly domainAt: Int32Array;
  private readonly durationAt: Float64Array;
  start = 0;
  index = 0;
  current = 0;
  /** Ticks that are left to the current domain. */
  timeLeft = MAX_DURATION;
  /** How often the time of an entry was over. */
  turns = 0;

  constructor(count: number, length: number) {
    this.count = count;
    this.domainAt = new Int32Array(length);
    this.durationAt = new Float64Array(length);
    this.durationAt[0] = MAX_DURATION;
  }

  get length(): number {
    return this.durationAt.length;
  }

  isEndMarker(index: number): boolean {
    return this.durationAt[index] === 0 && this.domainAt[index] === 0;
  }

  /** The current domain's time is over. */
  get isExpired(): boolean {
    return this.count > 1 && this.timeLeft === 0;
  }

  /** Go on to the next entry, or from the end to the start entry. */
  advance(): void {
    this.turns += 1;
    const next = this.index + 1;
    this.enter(next >= this.length || this.isEndMarker(next) ? this.start : next);
  }

  /** Overwrite an entry; what is left of the running one does not change. */
  configure(index: number, domain: number, duration: number): void {
    this.domainAt[index] = domain;
    this.durationAt[index] = duration;
  }

  /** Begin the schedule anew at `index`, at once. */
  restartAt(index: number): void {
    this.start = index;
    this.enter(index);
  }

  private enter(index: number): void {
    this.index = index;
    this.current = this.domainAt[index] as number;
    this.timeLeft = this.durationAt[index] as number;
  }
}
