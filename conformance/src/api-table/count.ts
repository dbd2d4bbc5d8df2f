/**
 * What the recordings have of each call, counted without a replay.
 *
 * An op counts when its thread began it. An invocation is a Call that its recording names after a method, not "Call":
 * endpoints take every label, so the label alone does not tell. In the suite `raw` arbitrary labels go to capabilities
 * of every type; what is named there after the label (CNodeMint) and not after the stub (CNode_Mint) is counted apart,
 * and only refusals of it are, since an answer 0 often comes from an endpoint or a notification. Sends have no answer
 * and no name; they count as invocations when they go to a slot in which every scenario begins with a kernel object.
 */
import { nArchInvocationLabels, seL4_NumErrors } from "@tessera/libsel4/abi";
import type { Op, OpKind, Recording, Result } from "../recording/scenario.js";
import { receives } from "../replay/step.js";
import { METHODS } from "./methods.js";

/** Error code -> how often. */
export type Refusals = ReadonlyMap<number, number>;

export interface MethodCount {
  called: number;
  /** Answered with 0. */
  done: number;
  readonly refused: Map<number, number>;
  /** By a send, or the first phase of a combined call. */
  sent: number;
  /** With arbitrary arguments on capabilities of every type. */
  arbitrary: number;
  readonly arbitraryRefused: Map<number, number>;
}

export interface SyscallCount {
  begun: number;
  returned: number;
  /** What it returned with, of calls that receive. */
  messages: number;
  signals: number;
  nothing: number;
}

const ARBITRARY_SUITE = "raw";
/** Every scenario begins with kernel objects in these slots, and no endpoint or notification (FORMAT.md). */
export const LAST_OBJECT_SLOT = 15n;

export class ApiCount {
  scenarios = 0;
  ops = 0;
  readonly #methods = new Map<number, MethodCount>();
  readonly #syscalls = new Map<OpKind, SyscallCount>();

  method(label: number): MethodCount {
    return entry(this.#methods, label, () => ({
      ...{ called: 0, done: 0, sent: 0, arbitrary: 0 },
      ...{ refused: new Map(), arbitraryRefused: new Map() },
    }));
  }

  syscall(kind: OpKind): SyscallCount {
    return entry(this.#syscalls, kind, () => ({ begun: 0, returned: 0, messages: 0, signals: 0, nothing: 0 }));
  }

  add({ scenario, output }: Recording): void {
    this.scenarios++;
    const isArbitrary = scenario.suite === ARBITRARY_SUITE;
    const results = new Map(output.log.map(({ thread, op, result }) => [`${thread} ${op}`, result]));
    scenario.ops.forEach((ops, thread) => {
      this.ops += ops.length;
      for (const [index, op] of ops.slice(0, output.started[thread] ?? 0).entries()) {
        const result = results.get(`${thread} ${index}`);
        this.#addSyscall(op, result);
        this.#addInvocation(op, result, isArbitrary);
      }
    });
  }

  #addSyscall({ kind }: Op, result: Result | undefined): void {
    const count = this.syscall(kind);
    count.begun++;
    if (result === undefined) return;
    count.returned++;
    if (!receives(kind)) return;
    if (result["st"] === undefined) count.messages++;
    else if (result["b"] === undefined) count.nothing++;
    else count.signals++;
  }

  #addInvocation(op: Op, result: Result | undefined, isArbitrarySuite: boolean): void {
    const label = Number(op.lab);
    if (label < 1 || label >= nArchInvocationLabels) return;
    const count = this.method(label);
    if (op.kind !== "Call") {
      const to = destination(op);
      if (to >= 1n && to <= LAST_OBJECT_SLOT) count.sent++;
    } else if (op.name === op.kind) {
      return;
    } else if (isArbitrarySuite && `seL4_${op.name}` !== METHODS[label - 1]?.stubs[0]) {
      count.arbitrary++;
      countRefusal(count.arbitraryRefused, result);
    } else {
      count.called++;
      if (result !== undefined && result["lab"] === undefined) count.done++;
      countRefusal(count.refused, result);
    }
  }
}

/** The address that a send goes to; 0 when the op does not send. */
function destination(op: Op): bigint {
  switch (op.kind) {
    case "Send":
    case "NBSend":
      return op.c;
    case "NBSendRecv":
      return op.dest;
    case "ReplyRecv":
    case "NBSendWait":
      return op.reply;
    default:
      return 0n;
  }
}

function countRefusal(refused: Map<number, number>, result: Result | undefined): void {
  const code = result?.["lab"];
  // Another label is the answer of a thread.
  if (typeof code !== "number" || code < 1 || code >= seL4_NumErrors) return;
  refused.set(code, (refused.get(code) ?? 0) + 1);
}

function entry<K, V>(map: Map<K, V>, key: K, fresh: () => V): V {
  const value = map.get(key) ?? fresh();
  map.set(key, value);
  return value;
}
