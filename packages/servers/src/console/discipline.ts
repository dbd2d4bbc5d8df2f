/**
 * The line discipline: what becomes of typed bytes. No device and no waiting, so that it can be tested by itself.
 *
 * In line mode bytes go into the line that is being edited, and are echoed; Enter, ctrl-D and ctrl-C end it:
 *
 *     Enter (CR, LF or CR LF)   the line can be read
 *     ctrl-D                    likewise, without an end of line; at its beginning: the end of input
 *     ctrl-C                    the line, and all that was typed before and not read, is forgotten: an interrupt
 *     backspace, DEL            the last character is erased
 *     ctrl-U, ctrl-W            the line is erased, or its last word
 *
 * Where what is typed is fed, out of a file or a program, ctrl-D is the end of that, once and for all: the line in front of
 * it can be read, whoever reads then is told of the end, and what comes behind it is nobody's.
 *
 * In raw mode bytes are kept as they come. What was typed and not read survives a change of mode: lines become their
 * bytes, bytes are edited as if they came now.
 */
import { LINE_BYTES } from "./interface.js";

const Key = {
  CtrlC: 0x03,
  CtrlD: 0x04,
  Bell: 0x07,
  Backspace: 0x08,
  Tab: 0x09,
  Enter: 0x0a,
  Return: 0x0d,
  CtrlU: 0x15,
  CtrlW: 0x17,
  Space: 0x20,
  Delete: 0x7f,
} as const;

/** Bytes that were typed and not read, from which on no more are taken. */
const KEPT_BYTES = 1024;
/** With those that were put back, at most. */
const MOST_BYTES = 2 * KEPT_BYTES;

/** What can be read in line mode; a line that ctrl-D has ended has no end of line. */
export type Typed = { readonly line: Uint8Array; readonly hasEnd: boolean } | "end" | "interrupt";

const ERASE = [Key.Backspace, Key.Space, Key.Backspace];

/** What becomes of typed bytes. */
export class Discipline {
  readonly #echo: (bytes: Uint8Array) => void;
  readonly #isFed: boolean;
  #raw = false;
  /** The line that is being edited. */
  #edited: number[] = [];
  #typed: Typed[] = [];
  #bytes: number[] = [];
  /** The last byte ended a line as CR; an LF behind it belongs to it. */
  #afterReturn = false;

  /** @param echo shows bytes to whoever types; null: nobody does, what is typed is fed */
  constructor(echo: ((bytes: Uint8Array) => void) | null) {
    this.#echo = echo ?? (() => {});
    this.#isFed = echo === null;
  }

  get isRaw(): boolean {
    return this.#raw;
  }

  /** Whether nothing can be read. */
  get isEmpty(): boolean {
    return this.#typed.length === 0 && this.#bytes.length === 0;
  }

  /** Whether more can be taken; what comes now is kept in any case. */
  get hasRoom(): boolean {
    const typed = this.#typed.reduce((sum, it) => sum + 1 + (typeof it === "string" ? 0 : it.line.length), 0);
    return typed + this.#bytes.length < KEPT_BYTES;
  }

  /** A byte was typed. @returns "interrupt" when somebody wants the running program to stop */
  type(byte: number): "interrupt" | null {
    if (this.#raw) {
      this.#bytes.push(byte);
      return null;
    }
    if (this.#hasEnded) return null;
    const afterReturn = this.#afterReturn;
    this.#afterReturn = byte === Key.Return;
    switch (byte) {
      case Key.Enter:
        if (afterReturn) return null;
        this.#endLine();
        return null;
      case Key.Return:
        this.#endLine();
        return null;
      case Key.CtrlC:
        this.#interrupt();
        return "interrupt";
      case Key.CtrlD:
        this.#endInput();
        return null;
      case Key.Backspace:
      case Key.Delete:
        this.#eraseCharacter();
        return null;
      case Key.CtrlU:
        while (this.#edited.length > 0) this.#eraseCharacter();
        return null;
      case Key.CtrlW:
        this.#eraseWord();
        return null;
      default:
        this.#add(byte);
        return null;
    }
  }

  /** The next line, end or interrupt; undefined: nothing was typed. */
  takeTyped(): Typed | undefined {
    return this.#hasEnded && this.#typed.length === 1 ? "end" : this.#typed.shift();
  }

  /** As `takeTyped`, a line as bytes with its end: up to `most` of them, and what is left of it comes next. */
  takeText(most: number): Uint8Array | "end" | "interrupt" | undefined {
    const next = this.#typed[0];
    if (next === undefined) return undefined;
    if (typeof next === "string") {
      this.takeTyped();
      return next;
    }
    const { line, hasEnd } = next;
    const text = hasEnd ? Uint8Array.of(...line, Key.Enter) : line;
    if (text.length > most) this.#typed[0] = { line: line.subarray(most), hasEnd };
    else this.#typed.shift();
    return text.subarray(0, most);
  }

  /** Up to `most` bytes that were typed in raw mode; none: nothing was typed. */
  takeBytes(most: number): Uint8Array {
    return Uint8Array.from(this.#bytes.splice(0, most));
  }

  /** In raw mode: put back what was taken. @returns false, and nothing has changed, when that is too much */
  untakeBytes(bytes: Uint8Array): boolean {
    if (this.#bytes.length + bytes.length > MOST_BYTES) return false;
    this.#bytes.unshift(...bytes);
    return true;
  }

  /** Change the mode. */
  setRaw(raw: boolean): void {
    if (raw === this.#raw) return;
    this.#raw = raw;
    if (raw) {
      this.#bytes = [...this.#typed.flatMap(bytesOf), ...this.#edited];
      this.#typed = [];
      this.#edited = [];
    } else {
      const bytes = this.#bytes;
      this.#bytes = [];
      this.#afterReturn = false;
      for (const byte of bytes) this.type(byte);
    }
  }

  #endLine(): void {
    this.#typed.push({ line: this.#takeEdited(), hasEnd: true });
    this.#show(Key.Enter);
  }

  #endInput(): void {
    const isBegun = this.#edited.length > 0;
    if (isBegun) this.#typed.push({ line: this.#takeEdited(), hasEnd: false });
    if (!isBegun || this.#isFed) this.#typed.push("end");
  }

  /** What is fed is at its end, which stays until it is read in raw mode. */
  get #hasEnded(): boolean {
    return this.#isFed && this.#typed.at(-1) === "end";
  }

  #takeEdited(): Uint8Array {
    const line = Uint8Array.from(this.#edited);
    this.#edited = [];
    return line;
  }

  #interrupt(): void {
    this.#edited = [];
    this.#typed = ["interrupt"];
    this.#show(...new TextEncoder().encode("^C\n"));
  }

  #add(byte: number): void {
    if (this.#edited.length === LINE_BYTES) {
      this.#show(Key.Bell);
      return;
    }
    this.#edited.push(byte);
    if (isControl(byte)) this.#show(...shownAs(byte));
    else this.#show(byte);
  }

  /** A character of several bytes goes as one. */
  #eraseCharacter(): void {
    let byte = this.#edited.pop();
    if (byte === undefined) return;
    while (isContinuation(byte) && this.#edited.length > 0) byte = this.#edited.pop() as number;
    this.#show(...ERASE);
    if (isControl(byte) && byte !== Key.Tab) this.#show(...ERASE);
  }

  #eraseWord(): void {
    const ends = (byte: number | undefined) => byte === Key.Space || byte === Key.Tab;
    while (ends(this.#edited.at(-1))) this.#eraseCharacter();
    while (this.#edited.length > 0 && !ends(this.#edited.at(-1))) this.#eraseCharacter();
  }

  #show(...bytes: number[]): void {
    this.#echo(Uint8Array.from(bytes));
  }
}

/** What would have been typed for this in raw mode. */
function bytesOf(typed: Typed): number[] {
  if (typed === "end") return [Key.CtrlD];
  if (typed === "interrupt") return [Key.CtrlC];
  return [...typed.line, typed.hasEnd ? Key.Enter : Key.CtrlD];
}

function isControl(byte: number): boolean {
  return byte < Key.Space || byte === Key.Delete;
}

function isContinuation(byte: number): boolean {
  return (byte & 0xc0) === 0x80;
}

/** A control character as it is echoed: ctrl-A as ^A, a tab as a blank, which can be erased. */
function shownAs(byte: number): number[] {
  return byte === Key.Tab ? [Key.Space] : [0x5e, byte ^ 0x40];
}
