/**
 * Names that people know objects by. They are kept with the trace, outside its hash, and no program can read one: what a
 * program calls an object tells nothing to another program.
 */
import type { KernelState } from "../model/state.js";
import type { Tcb } from "./tcb.js";

/** Characters of an object's name that are kept. */
const MAX_NAME_LENGTH = 64;

/** From here on a thread is called so, whatever program it runs. */
export function nameThread(k: KernelState, tcb: Tcb, name: string): void {
  const { context } = tcb;
  context.name = name;
  context.isNamed = true;
  k.trace.setName(tcb.id, name);
}

/** The name that the running program has given to object `i` of the `count` that it is creating, or null. */
export function givenName(k: KernelState, i: number, count: number): string | null {
  const given = k.current === null ? null : k.current.context.annotation;
  if (given === null) return null;
  const name = printable(given.slice(0, MAX_NAME_LENGTH));
  return count === 1 ? name : `${name}[${i}]`;
}

/** Names go to terminals: what is not printable does not. */
export function printable(text: string): string {
  let name = "";
  for (const character of text) {
    const code = character.codePointAt(0) as number;
    name += code < 0x20 || (code >= 0x7f && code < 0xa0) ? "?" : character;
  }
  return name;
}
