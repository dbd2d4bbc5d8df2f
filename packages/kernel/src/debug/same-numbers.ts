/**
 * A sequence of numbers, noted down anew each time and compared on the way with the one noted the time before. What
 * was worked out from the numbers alone holds still as long as all are the same: nothing is taken on trust.
 */
const FIRST_SIZE = 256;

export class SameNumbers {
  private numbers = new Float64Array(FIRST_SIZE);
  private count = 0;
  private before = -1;
  private isSame = false;

  /** Begin again; `mayBeSame` false: whatever comes counts as new. */
  begin(mayBeSame: boolean): void {
    this.before = this.count;
    this.count = 0;
    this.isSame = mayBeSame;
  }

  /** Note a number down. */
  note(number: number): void {
    const at = this.count;
    if (at === this.numbers.length) this.grow();
    if (at >= this.before || this.numbers[at] !== number) this.isSame = false;
    this.numbers[at] = number;
    this.count = at + 1;
  }

  /** All that was noted since the beginning is the same, in the same order. */
  get isSameSoFar(): boolean {
    return this.isSame;
  }

  /** And nothing is missing. */
  get isSameInAll(): boolean {
    return this.isSame && this.count === this.before;
  }

  private grow(): void {
    const larger = new Float64Array(2 * this.numbers.length);
    larger.set(this.numbers);
    this.numbers = larger;
  }
}
