/**
 * What threads asked one another, told from the trace: which operation of which server, and how it was answered.
 *
 * A message's record has the badge by which it arrived and its label, which is the number of an operation or of an error.
 * Which interface a badge is of follows from the plan for what composition has given, and for a session from the
 * operation that has opened it. One that was opened before the trace's first record is known by its server alone.
 */
import { FIRST_KERNEL_EVENT, type Trace, type TraceRecord } from "@tessera/hal-sim";
import { KernelEvent, MessageKind } from "@tessera/kernel";
import { CapTag } from "@tessera/libsel4/abi";
import { type AnyInterface, type AnyOperation, LEND, type Plan } from "@tessera/servers";
import { openedBy } from "./interfaces.js";

/** A call and its answer. */
export interface Exchange {
  /** The id of the calling thread, and the name of the server. */
  readonly client: number;
  readonly server: string;
  /** `directory.open`; the label where the interface is not known. */
  readonly operation: string;
  /** Its first argument if that is a text, as far as the trace has it; null: it is none. */
  readonly about: string | null;
  /** The word of the error; null: it was answered. */
  readonly error: string | null;
  /** The number of the answer's record. */
  readonly at: number;
}

/** How a label of the first four bits above the kernel's says that a server refused: those that every server may give. */
const SYSTEM_ERRORS = ["Closed", "Busy", "Malformed", "Gone"];
const FIRST_SYSTEM_ERROR = 16;
const FIRST_OWN_ERROR = 256;

const MESSAGE_KIND_MASK = 3;
const LABEL_SHIFT = 12;

/** A call that has not been answered yet. */
interface Asked {
  readonly server: string;
  readonly of: AnyInterface | null;
  readonly label: number;
  /** The words of the message that the trace keeps: those in registers. */
  readonly words: number[];
}

/** The exchanges that the trace remembers, oldest first. @param nameOf names of threads by their ids */
export function exchangesIn(
  trace: Trace,
  plan: Plan,
  interfaces: ReadonlyMap<string, AnyInterface>,
  nameOf: (thread: number) => string,
): Exchange[] {
  const sessions = planned(plan, interfaces);
  const asked = new Map<number, Asked>();
  /** Badges of capabilities that have just come, by their receiver: a message's record stands behind them. */
  const come = new Map<number, string>();
  const exchanges: Exchange[] = [];
  for (let n = trace.first; n < trace.count; n++) {
    const record = trace.record(n) as TraceRecord;
    if (record.kind < FIRST_KERNEL_EVENT) continue;
    if (record.kind === KernelEvent.CapReceived && record.a === CapTag.endpoint) {
      come.set(record.subject, `${record.c} ${record.d}`);
    }
    if (record.kind === KernelEvent.MessageWords) {
      const { subject, a: index, b, c, d, e } = record;
      const words = asked.get(subject)?.words;
      // The answer to it, which is somebody else's, has words as well.
      if (words !== undefined && words.length === 2 * index) words.push(b, c, d, e);
    }
    if (record.kind !== KernelEvent.Message) continue;
    const { subject, a: to, b: badgeLo, c: badgeHi, d: info, e: origin } = record;
    const label = info >>> LABEL_SHIFT;
    const kind = origin & MESSAGE_KIND_MASK;
    if (kind === MessageKind.Ipc) {
      const server = nameOf(to);
      asked.set(subject, { server, of: sessions.get(`${server} ${badgeLo} ${badgeHi}`) ?? null, label, words: [] });
    } else if (kind === MessageKind.Reply) {
      const question = asked.get(to);
      const badge = come.get(to);
      asked.delete(to);
      come.delete(to);
      if (question === undefined) continue;
      const { server, of } = question;
      exchanges.push({ client: to, server, ...answered(question, label), at: n });
      const opened = of === null || label !== 0 ? null : openedBy(of, question.label);
      if (opened !== null && badge !== undefined) sessions.set(`${server} ${badge}`, opened);
    }
  }
  return exchanges;
}

/** The interfaces of what composition has given, by server and badge. */
function planned({ components }: Plan, interfaces: ReadonlyMap<string, AnyInterface>): Map<string, AnyInterface> {
  const sessions = new Map<string, AnyInterface>();
  for (const slot of components.flatMap(({ slots }) => slots)) {
    if (slot.what !== "calls") continue;
    const of = interfaces.get(slot.interface);
    if (of !== undefined) sessions.set(`${slot.server} ${slot.badge} 0`, of);
  }
  return sessions;
}

function answered({ of, label: asked, words }: Asked, label: number): Pick<Exchange, "operation" | "about" | "error"> {
  const [name, declared] = Object.entries(of?.operations ?? {})[asked - 1] ?? [null, null];
  const told = asked === 0 ? "close" : asked === LEND ? "lend" : name;
  const operation = of === null ? `operation ${asked}` : `${of.name}.${told}`;
  const about = declared === null ? null : firstText(declared, words);
  return { operation, about, error: label === 0 ? null : errorOf(declared, label) };
}

/** The first argument, if it is a text: its number of bytes, then the bytes, of which the registers hold the first few. */
function firstText({ args }: AnyOperation, [length = 0, , ...bytes]: readonly number[]): string | null {
  const [first] = Object.values(args);
  if (first === undefined || !first.text.startsWith("text(")) return null;
  const kept = new Uint8Array(Int32Array.from(bytes).buffer).subarray(0, length);
  // Where it is cut off in the middle of a character, that one is waited for, and not shown.
  const text = new TextDecoder().decode(kept, { stream: true });
  return length > kept.length ? `${text}…` : text;
}

function errorOf(operation: AnyOperation | null, label: number): string {
  if (label >= FIRST_OWN_ERROR) return operation?.errors[label - FIRST_OWN_ERROR] ?? `error ${label}`;
  return SYSTEM_ERRORS[label - FIRST_SYSTEM_ERROR] ?? "Gone";
}
