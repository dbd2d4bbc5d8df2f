/**
 * A CPU without a machine behind it: records what a stub has written when it traps, and answers as told.
 */
import { type Port, Register, type Syscall, setExecuting } from "@tessera/hal-sim/isa";

/** What a stub had written when it executed `ecall`; 64-bit words, signed only where said. */
export interface Trap {
  /** a7, signed. */
  readonly number: bigint;
  readonly a0: bigint;
  readonly a1: bigint;
  /** a2 to a5. */
  readonly fast: readonly bigint[];
  readonly a6: bigint;
  readonly t0: bigint;
  /** The 128 staged words of the IPC buffer. */
  readonly staged: readonly bigint[];
}

/** Registers and staged words that the "kernel" leaves behind. */
export interface Answer {
  readonly a0?: bigint;
  readonly a1?: bigint;
  readonly fast?: readonly bigint[];
  readonly staged?: Readonly<Record<number, bigint>>;
  /** How many times the thread has to wait before it sees the result. */
  readonly waits?: number;
}

export class FakeCpu implements Port {
  readonly traps: Trap[] = [];
  readonly copies: { address: number; bytes: Uint8Array }[] = [];
  readonly memory = new Map<number, Uint8Array>();
  ipcBufferAddress = 0;
  readonly annotations: (string | null)[] = [];
  answer: Answer = {};
  #registers = new BigInt64Array(33);
  #halves = new Int32Array(this.#registers.buffer);
  #staged = new BigInt64Array(128);
  #stagedHalves = new Int32Array(this.#staged.buffer);
  #waits = 0;

  /** Run `body` as the program of this CPU. */
  run<R>(body: () => R): R {
    const before = setExecuting(this);
    try {
      return body();
    } finally {
      setExecuting(before);
    }
  }

  /** What `yield*` would give, and how often the thread was suspended. */
  take<R>(syscall: () => Syscall<R>): { value: R; suspended: number } {
    return this.run(() => {
      const iterator = syscall()[Symbol.iterator]();
      for (let suspended = 0; ; suspended++) {
        const result = iterator.next();
        if (result.done) return { value: result.value, suspended };
      }
    });
  }

  /** The last trap. */
  get last(): Trap {
    const trap = this.traps.at(-1);
    if (trap === undefined) throw new Error("nothing trapped");
    return trap;
  }

  setPair(r: Register, lo: number, hi: number): void {
    this.#halves[2 * r] = lo;
    this.#halves[2 * r + 1] = hi;
  }
  setLow(r: Register, value: number): void {
    this.setPair(r, value, 0);
  }
  setWord(r: Register, value: number): void {
    this.#registers[r] = BigInt(value);
  }
  low(r: Register): number {
    return this.#halves[2 * r]!;
  }
  high(r: Register): number {
    return this.#halves[2 * r + 1]!;
  }
  word(r: Register): number {
    return Number(BigInt.asUintN(64, this.#registers[r]!));
  }
  stage(index: number, lo: number, hi: number): void {
    this.#stagedHalves[2 * index] = lo;
    this.#stagedHalves[2 * index + 1] = hi;
  }
  stagedLow(index: number): number {
    return this.#stagedHalves[2 * index]!;
  }
  stagedHigh(index: number): number {
    return this.#stagedHalves[2 * index + 1]!;
  }
  annotate(name: string | null): void {
    this.annotations.push(name);
  }
  messageCall(number: number, lo: number, hi: number, infoLo: number, infoHi: number, count: number): void {
    this.setPair(Register.a0, lo, hi);
    this.setPair(Register.a1, infoLo, infoHi);
    for (let i = 0; i < count; i++) this.#registers[Register.a2 + i] = this.#staged[1 + i]!;
    this.systemCall(number);
  }
  systemCall(number: number): void {
    this.setPair(Register.a7, number, -1);
    this.ecall();
  }
  ecall(): void {
    const word = (r: Register) => BigInt.asUintN(64, this.#registers[r]!);
    this.traps.push({
      number: this.#registers[Register.a7]!,
      a0: word(Register.a0),
      a1: word(Register.a1),
      fast: [Register.a2, Register.a3, Register.a4, Register.a5].map(word),
      a6: word(Register.a6),
      t0: word(Register.t0),
      staged: Array.from(this.#staged, (value) => BigInt.asUintN(64, value)),
    });
    const { a0, a1, fast, staged, waits } = this.answer;
    if (a0 !== undefined) this.#registers[Register.a0] = a0;
    if (a1 !== undefined) this.#registers[Register.a1] = a1;
    fast?.forEach((value, i) => {
      this.#registers[Register.a2 + i] = value;
    });
    for (const [index, value] of Object.entries(staged ?? {})) this.#staged[Number(index)] = value;
    this.#waits = waits ?? 0;
  }
  suspended(): boolean {
    return this.#waits-- > 0;
  }
  suspendedMessage(): boolean {
    return this.suspended();
  }
  suspendedKeeping(): boolean {
    if (this.suspended()) return true;
    const length = Math.min(this.low(Register.a1) & 0x7f, 4);
    for (let i = 0; i < length; i++) this.#staged[1 + i] = this.#registers[Register.a2 + i]!;
    return false;
  }
  copyIn(address: number, into: Uint8Array): void {
    into.set(this.memory.get(address)?.subarray(0, into.length) ?? []);
  }
  copyOut(address: number, from: Uint8Array): void {
    this.copies.push({ address, bytes: from.slice() });
  }
  load(): void {}
  store(): void {}
  compute(): void {}
  illegal(): void {}
  breakpoint(): void {}
}

/** A message info word, from the layout as the manual gives it. */
export function infoWord(label: number | bigint, extraCaps: number, length: number, capsUnwrapped = 0): bigint {
  return (BigInt(label) << 12n) | (BigInt(capsUnwrapped) << 9n) | (BigInt(extraCaps) << 7n) | BigInt(length);
}
