/**
 * Everything that can be wrong in one field of a recorded output: a stream of altered copies of a recording, each with
 * the name of the field that was altered. A comparison that matches one of them overlooks that field.
 */

// biome-ignore lint/suspicious/noExplicitAny: a recording is altered as the JSON that it is.
type Json = any;

export interface Mutant {
  readonly field: string;
  readonly line: string;
}

/** Each field of the output that a recording can have. */
export const OUTPUT_FIELDS = [
  "log order",
  "log length",
  "log thread",
  "log op",
  ...["lab", "len", "m", "xc", "cu", "cb", "b", "st", "v", "a0", "ty"],
  "started",
  "done",
  "final",
] as const;

export function* mutants(line: string): Generator<Mutant> {
  const original: Json = JSON.parse(line);
  const altered = (field: string, alter: (json: Json) => void): Mutant => {
    const copy = structuredClone(original);
    alter(copy);
    return { field, line: JSON.stringify(copy) };
  };
  yield* logMutants(original, altered);
  for (const count of ["started", "done"]) {
    for (let t = 0; t < original[count].length; t++) {
      yield altered(count, (json) => json[count][t]++);
      yield altered(count, (json) => json[count].splice(t, 1));
      if (original[count][t] > 0) yield altered(count, (json) => json[count][t]--);
    }
  }
  for (const slot of Object.keys(original.final)) {
    yield altered("final", (json) => delete json.final[slot]);
    yield altered("final", (json) => {
      json.final[slot] = json.final[slot] === "ep" ? "nt" : "ep";
    });
  }
  yield altered("final", (json) => {
    json.final[254] = "ep";
  });
}

type Altered = (field: string, alter: (json: Json) => void) => Mutant;

function* logMutants(original: Json, altered: Altered): Generator<Mutant> {
  for (let n = 0; n < original.log.length; n++) {
    yield altered("log length", (json) => json.log.splice(n, 1));
    yield altered("log length", (json) => json.log.splice(n, 0, json.log[n]));
    yield altered("log thread", ({ log }) => {
      log[n][0] = (log[n][0] + 1) % 4;
    });
    yield altered("log op", ({ log }) => log[n][1]++);
    if (n > 0) {
      yield altered("log order", ({ log }) => {
        [log[n - 1], log[n]] = [log[n], log[n - 1]];
      });
    }
    yield* resultMutants(original.log[n][2], (field, alter) => altered(field, ({ log }) => alter(log[n][2])));
  }
}

/** Fields that are there: changed and removed. Fields that are not: added. */
function* resultMutants(result: Json, altered: Altered): Generator<Mutant> {
  for (const field of ["lab", "len", "xc", "cu", "b", "st", "v", "a0"]) {
    yield altered(field, (copy) => {
      copy[field] = changedWord(result[field] ?? 0);
    });
    if (field in result) yield altered(field, (copy) => delete copy[field]);
  }
  yield altered("ty", (copy) => {
    copy.ty = result.ty === "ep" ? "nt" : "ep";
  });
  if ("ty" in result) yield altered("ty", (copy) => delete copy.ty);
  yield* wordListMutants("m", result, altered);
  yield* wordListMutants("cb", result, altered);
}

function* wordListMutants(field: "m" | "cb", result: Json, altered: Altered): Generator<Mutant> {
  const words: readonly unknown[] = result[field] ?? [];
  for (let n = 0; n < words.length; n++) {
    yield altered(field, (copy) => {
      copy[field][n] = changedWord(words[n] ?? 0x123456789);
    });
    if (words[n] !== null) {
      yield altered(field, (copy) => {
        copy[field][n] = null;
      });
    }
    yield altered(field, (copy) => copy[field].splice(n, 1));
  }
  yield altered(field, (copy) => {
    copy[field] = [...words, 1];
  });
  if (field in result) yield altered(field, (copy) => delete copy[field]);
}

function changedWord(word: unknown): unknown {
  return typeof word === "number" ? word + 1 : "0x7fedcba987654321";
}
