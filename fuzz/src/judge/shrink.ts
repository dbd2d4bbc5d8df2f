/**
 * A program with a finding, made as small as it goes with the same finding (delta debugging): ops are taken out in
 * pieces, halved down to single ones, then arguments are made 0 or cut off. What is left is what the bug needs.
 */
import type { Op } from "@tessera/conformance/recording";
import type { FuzzProgram } from "../program/program.js";
import { opCount } from "../program/program.js";
import { NO_SURROUNDINGS } from "../program/surroundings.js";
import { type Finding, isSame } from "../run/finding.js";
import { run } from "../run/run.js";
import { ListSource } from "../run/source.js";
import { examineProgram, type Plant } from "./examine.js";

export interface Shrunk {
  readonly program: FuzzProgram;
  readonly finding: Finding;
  /** Programs that were tried. */
  readonly tried: number;
}

export interface ShrinkOptions {
  readonly plant?: Plant;
  /** Programs to try at most (default 2,000). */
  readonly maxTries?: number;
  /** Told after each success: ops that are left, programs tried. */
  readonly progress?: (ops: number, tried: number) => void;
}

interface Placed {
  readonly thread: number;
  readonly op: Op;
}

export function shrink(program: FuzzProgram, finding: Finding, options: ShrinkOptions = {}): Shrunk {
  const shrinker = new Shrinker(program, finding, options);
  shrinker.calmWorld();
  for (;;) {
    const before = shrinker.size;
    shrinker.removeOps();
    shrinker.simplifyOps();
    if (shrinker.size === before || shrinker.isTired) break;
  }
  return shrinker;
}

class Shrinker implements Shrunk {
  program: FuzzProgram;
  finding: Finding;
  tried = 0;
  readonly #options: ShrinkOptions;
  readonly #maxTries: number;

  constructor(program: FuzzProgram, finding: Finding, options: ShrinkOptions) {
    this.program = program;
    this.finding = finding;
    this.#options = options;
    this.#maxTries = options.maxTries ?? 2000;
  }

  get size(): number {
    return opCount(this.program);
  }

  get isTired(): boolean {
    return this.tried >= this.#maxTries;
  }

  /** Costs, times and priorities as everybody has them. */
  calmWorld(): void {
    const { scenario } = this.program;
    const all = (value: number) => scenario.ops.map(() => value);
    this.#try({ ...this.program, costs: { kernelEntry: 200, kernelWorkUnit: 50 } });
    this.#try({
      ...this.program,
      scenario: { ...this.program.scenario, budgetUs: all(100_000), periodUs: all(100_000) },
    });
    this.#try({ ...this.program, scenario: { ...this.program.scenario, prio: all(100) } });
    for (const [name, value] of Object.entries(NO_SURROUNDINGS)) {
      this.#try({ ...this.program, surroundings: { ...this.program.surroundings, [name]: value } });
    }
  }

  removeOps(): void {
    for (let piece = Math.ceil(this.size / 2); piece >= 1; piece = piece === 1 ? 0 : Math.ceil(piece / 2)) {
      // From the end: what came last is needed least.
      for (let end = this.size; end > 0 && !this.isTired; end -= piece) {
        const ops = placed(this.program);
        const start = Math.max(end - piece, 0);
        this.#try(withOps(this.program, [...ops.slice(0, start), ...ops.slice(end)]));
      }
    }
  }

  simplifyOps(): void {
    for (let index = 0; index < this.size; index++) {
      const { thread, op } = placed(this.program)[index] as Placed;
      for (const simpler of simplerOps(op)) {
        if (this.isTired) return;
        const ops = placed(this.program);
        ops[index] = { thread, op: simpler(ops[index]?.op ?? op) };
        this.#try(withOps(this.program, ops));
      }
    }
  }

  /** One run is enough, unless it takes a comparison to see what is wrong. */
  #examine(candidate: FuzzProgram): { readonly finding: Finding | null } {
    const { kind } = this.finding;
    if (kind === "nondeterminism" || kind === "fast path") return examineProgram(candidate, this.#options);
    const { plant } = this.#options;
    return run(candidate, new ListSource(candidate.scenario.ops), plant === undefined ? {} : { plant });
  }

  /** Keep `candidate` if it has the same finding. */
  #try(candidate: FuzzProgram): void {
    if (this.isTired) return;
    this.tried++;
    const { finding } = this.#examine(candidate);
    if (finding === null || !isSame(finding, this.finding)) return;
    this.program = candidate;
    this.finding = finding;
    this.#options.progress?.(this.size, this.tried);
  }
}

function placed({ scenario }: FuzzProgram): Placed[] {
  return scenario.ops.flatMap((ops, thread) => ops.map((op) => ({ thread, op })));
}

function withOps(program: FuzzProgram, ops: readonly Placed[]): FuzzProgram {
  const lists = program.scenario.ops.map((_, thread) => ops.filter((o) => o.thread === thread).map(({ op }) => op));
  const starts = program.starts.map((isStarted, thread) => isStarted && (lists[thread]?.length ?? 0) > 0);
  return { ...program, starts, scenario: { ...program.scenario, ops: lists } };
}

type Simpler = (op: Op) => Op;

/** What may be left out of an op; only what changes it. */
function simplerOps(op: Op): Simpler[] {
  const list: Simpler[] = [];
  if (op.rx.length > 0) list.push((o) => ({ ...o, rx: [] }));
  if (op.kind !== "Call" || op.name === "Call") {
    if (op.caps.length > 0) list.push((o) => ({ ...o, caps: [], xc: 0n }));
    if (op.mr.length > 0) list.push((o) => ({ ...o, mr: [], len: 0n }));
    if (op.lab !== 0n) list.push((o) => ({ ...o, lab: 0n }));
  }
  op.mr.forEach((word, index) => {
    if (word !== 0n) list.push((o) => ({ ...o, mr: o.mr.map((old, n) => (n === index ? 0n : old)) }));
  });
  return list;
}
