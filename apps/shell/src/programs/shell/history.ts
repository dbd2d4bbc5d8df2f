/**
 * Lines that were entered, and a walk among them: up to older ones, down to newer ones, at last to the line that was
 * begun. A line that is the same as the one before is not kept twice, and one that begins with a blank not at all.
 */

/** Lines that are kept. */
const KEPT_LINES = 500;

/** The history of one terminal. */
export class History {
  #lines: string[] = [];
  /** Lines that were kept once and are no more. */
  #dropped = 0;
  /** Where the walk is; `lines.length`: at the line that was begun. */
  #at = 0;
  #begun = "";

  /** The oldest first, with their numbers from 1. */
  get lines(): { readonly number: number; readonly text: string }[] {
    return this.#lines.map((text, i) => ({ number: this.#dropped + i + 1, text }));
  }

  /** A line was entered; the walk begins anew. */
  add(line: string): void {
    if (line.trim() !== "" && !line.startsWith(" ") && line !== this.#lines.at(-1)) this.#lines.push(line);
    if (this.#lines.length > KEPT_LINES) {
      this.#lines.shift();
      this.#dropped += 1;
    }
    this.#at = this.#lines.length;
  }

  /** The next older line, from `current` on; null: there is none. */
  older(current: string): string | null {
    if (this.#at === 0) return null;
    if (this.#at === this.#lines.length) this.#begun = current;
    this.#at -= 1;
    return this.#lines[this.#at] as string;
  }

  /** The next newer line, at last the one that was begun; null: that is it. */
  newer(): string | null {
    if (this.#at === this.#lines.length) return null;
    this.#at += 1;
    return this.#at === this.#lines.length ? this.#begun : (this.#lines[this.#at] as string);
  }

  /** The newest line with `part` in it among those older than the one that has `skip` newer ones with it; null: none. */
  find(part: string, skip: number): string | null {
    const found = this.#lines.filter((line) => line.includes(part));
    return found[found.length - 1 - skip] ?? null;
  }
}
