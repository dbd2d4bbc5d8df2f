/**
 * The line that is being edited: characters and a cursor between them. No terminal: it can be tested by itself.
 *
 * What was cut last (ctrl-K, ctrl-U, ctrl-W) can be put in again (ctrl-Y). A combining mark goes with the character in
 * front of it.
 */
import { characterWidth } from "./width.js";

/** Bytes of a line; longer ones are no commands. */
const LINE_BYTES = 4096;

/** A line and its cursor. */
export class LineBuffer {
  #characters: string[] = [];
  #cursor = 0;
  #cut = "";

  get text(): string {
    return this.#characters.join("");
  }

  /** The text in front of the cursor. */
  get before(): string {
    return this.#characters.slice(0, this.#cursor).join("");
  }

  get isAtEnd(): boolean {
    return this.#cursor === this.#characters.length;
  }

  get isEmpty(): boolean {
    return this.#characters.length === 0;
  }

  /** Another text; the cursor stands behind `cursorBehind`, at the end if left out. */
  set(text: string, cursorBehind: string = text): void {
    this.#characters = [...text];
    this.#cursor = [...cursorBehind].length;
  }

  /** @returns false when the line is too long for it */
  insert(text: string): boolean {
    if (new TextEncoder().encode(this.text + text).length > LINE_BYTES) return false;
    const characters = [...text];
    this.#characters.splice(this.#cursor, 0, ...characters);
    this.#cursor += characters.length;
    return true;
  }

  /** Each of these says whether anything has changed. */
  left(): boolean {
    return this.#moveTo(this.#before(this.#cursor));
  }

  right(): boolean {
    return this.#moveTo(this.#behind(this.#cursor));
  }

  home(): boolean {
    return this.#moveTo(0);
  }

  end(): boolean {
    return this.#moveTo(this.#characters.length);
  }

  wordLeft(): boolean {
    return this.#moveTo(this.#wordStart());
  }

  wordRight(): boolean {
    return this.#moveTo(this.#wordEnd());
  }

  backspace(): boolean {
    return this.#remove(this.#before(this.#cursor), this.#cursor) !== "";
  }

  delete(): boolean {
    return this.#remove(this.#cursor, this.#behind(this.#cursor)) !== "";
  }

  eraseLine(): boolean {
    return this.#cutOut(0, this.#cursor);
  }

  eraseEnd(): boolean {
    return this.#cutOut(this.#cursor, this.#characters.length);
  }

  /** Up to the blank in front of the word, as terminals do it. */
  deleteWordLeft(): boolean {
    let start = this.#cursor;
    while (start > 0 && this.#characters[start - 1] === " ") start -= 1;
    while (start > 0 && this.#characters[start - 1] !== " ") start -= 1;
    return this.#cutOut(start, this.#cursor);
  }

  deleteWordRight(): boolean {
    return this.#cutOut(this.#cursor, this.#wordEnd());
  }

  yank(): boolean {
    return this.#cut !== "" && this.insert(this.#cut);
  }

  /** Swap the two characters around the cursor; at the end, the two in front of it. */
  transpose(): boolean {
    const at = this.isAtEnd ? this.#cursor - 1 : this.#cursor;
    const [one, other] = [this.#characters[at - 1], this.#characters[at]];
    if (one === undefined || other === undefined) return false;
    this.#characters.splice(at - 1, 2, other, one);
    this.#cursor = at + 1;
    return true;
  }

  #moveTo(cursor: number): boolean {
    if (cursor === this.#cursor) return false;
    this.#cursor = cursor;
    return true;
  }

  #remove(start: number, end: number): string {
    const removed = this.#characters.splice(start, end - start).join("");
    this.#cursor = start;
    return removed;
  }

  #cutOut(start: number, end: number): boolean {
    if (start === end) return false;
    this.#cut = this.#remove(start, end);
    return true;
  }

  #before(at: number): number {
    let start = at - 1;
    while (start > 0 && characterWidth(this.#characters[start] as string) === 0) start -= 1;
    return Math.max(0, start);
  }

  #behind(at: number): number {
    let end = at + 1;
    while (end < this.#characters.length && characterWidth(this.#characters[end] as string) === 0) end += 1;
    return Math.min(end, this.#characters.length);
  }

  #wordStart(): number {
    let at = this.#cursor;
    while (at > 0 && !isOfWord(this.#characters[at - 1])) at -= 1;
    while (at > 0 && isOfWord(this.#characters[at - 1])) at -= 1;
    return at;
  }

  #wordEnd(): number {
    let at = this.#cursor;
    while (at < this.#characters.length && !isOfWord(this.#characters[at])) at += 1;
    while (at < this.#characters.length && isOfWord(this.#characters[at])) at += 1;
    return at;
  }
}

function isOfWord(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}_]/u.test(character);
}
