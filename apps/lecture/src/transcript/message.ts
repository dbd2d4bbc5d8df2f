/** A message in the trace: its record, and the records of its words behind it. */
import { KernelEvent, MessageKind } from "@tessera/kernel";
import { CapTag, faultName } from "@tessera/libsel4/abi";
import type { Cast } from "./cast.js";
import type { Event } from "./entries.js";
import type { Message } from "./facts.js";
import type { Memory } from "./memory.js";
import { hexWord } from "./names.js";

/** Words of a message that travel in registers; the trace has these. */
const MESSAGE_REGISTERS = 4;

/** The kind of a message in its record's last field; the reply object stands above. */
const MESSAGE_KIND_MASK = 3;

const HOW: Readonly<Record<number, Message["how"]>> = {
  [MessageKind.Ipc]: "send",
  [MessageKind.Fault]: "fault",
  [MessageKind.Reply]: "reply",
  [MessageKind.FaultReply]: "reply to a fault",
};

/** What the labels of a scene's messages mean. */
export type Requests = Readonly<Record<number, string>>;

/** `at` is the index of the Message record in `events`. */
export function readMessage(
  events: readonly Event[],
  at: number,
  cast: Cast,
  memory: Memory,
  requests: Requests,
): Message {
  const { subject: sender, a: receiver, b: badgeLo, c: badgeHi, d: info, e: origin } = events[at] as Event;
  const how = HOW[origin & MESSAGE_KIND_MASK] ?? "send";
  const reply = origin >>> 2;
  const length = info & 0x7f;
  const label = info >>> 12;
  const words = wordsBehind(events, at, length);
  const call = memory.calls.get(sender) ?? "";
  if (how === "send" || how === "reply") for (const word of words) memory.sources.set(word, cast.thread(sender));
  return {
    kind: "message",
    to: cast.thread(receiver),
    call: how === "fault" ? faultName(label) : call,
    how,
    badge: hexWord(badgeLo, badgeHi),
    label,
    request: how === "fault" ? null : (requests[label] ?? null),
    length,
    words,
    reply: reply === 0 ? null : cast.object(reply, CapTag.reply),
  };
}

function wordsBehind(events: readonly Event[], at: number, length: number): string[] {
  const words: string[] = [];
  for (let i = at + 1; events[i]?.kind === KernelEvent.MessageWords; i++) {
    const { b, c, d, e } = events[i] as Event;
    words.push(hexWord(b, c), hexWord(d, e));
  }
  return words.slice(0, Math.min(length, MESSAGE_REGISTERS));
}
