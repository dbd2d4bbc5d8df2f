/** Printing on the kernel's debug console. */
import type { KernelState } from "../model/state.js";

/** Print `text` as UTF-8, without TextEncoder: the kernel needs nothing of its host. */
export function print(k: KernelState, text: string): void {
  for (const byte of utf8(text)) k.machine.putDebugChar(byte);
}

function* utf8(text: string): Generator<number, void, undefined> {
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    if (code < 0x80) {
      yield code;
    } else if (code < 0x800) {
      yield 0xc0 | (code >>> 6);
      yield 0x80 | (code & 0x3f);
    } else {
      if (code >= 0x10000) {
        yield 0xf0 | (code >>> 18);
        yield 0x80 | ((code >>> 12) & 0x3f);
      } else {
        yield 0xe0 | (code >>> 12);
      }
      yield 0x80 | ((code >>> 6) & 0x3f);
      yield 0x80 | (code & 0x3f);
    }
  }
}
