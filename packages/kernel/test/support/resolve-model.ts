/** Address resolution by strings of bits: what a guard says is a prefix, what selects a slot is the next few characters. */
export interface ModelCNode {
  readonly guard: string;
  readonly radix: number;
  /** What the slots hold: a CNode, something else, or nothing. */
  readonly slots: ReadonlyMap<number, ModelCNode | "object">;
}

export type ModelResult =
  | { readonly found: readonly number[]; readonly left: number }
  | { readonly failure: "guard" | "depth"; readonly left: number; readonly found: number };

/** Walk from `root` along `bits`. `found` is the path of slot indexes. */
export function resolveBits(root: ModelCNode, bits: string): ModelResult {
  let cnode = root;
  let rest = bits;
  const path: number[] = [];
  for (;;) {
    const { guard, radix } = cnode;
    if (!rest.startsWith(guard)) return { failure: "guard", left: rest.length, found: guard.length };
    const level = guard.length + radix;
    if (level > rest.length) return { failure: "depth", left: rest.length, found: level };
    const index = Number.parseInt(rest.slice(guard.length, level), 2);
    path.push(index);
    rest = rest.slice(level);
    const content = cnode.slots.get(index);
    if (rest === "" || content === undefined || content === "object") return { found: path, left: rest.length };
    cnode = content;
  }
}

/** The low `count` bits of a word, most significant first. */
export function bitsOf(word: bigint, count: number): string {
  return count === 0 ? "" : BigInt.asUintN(count, word).toString(2).padStart(count, "0");
}
