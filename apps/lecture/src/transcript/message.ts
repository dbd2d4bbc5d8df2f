/** A message in the trace: its record, the records of its words behind it, and the reply object that it is about. */
import { KernelEvent, MessageKind } from "@tessera/kernel";
import { CapTag } from "@tessera/libsel4/abi";
import type { Cast } from "./cast.js";
import type { Event } from "./entries.js";
import type { Message } from "./facts.js";
import type { Memory } from "./memory.js";
import { faultName, hexWord } from "./names.js";

/** Words of a message that travel in registers; the trace has these. */
const MESSAGE_REGISTERS = 4;

const HOW: Readonly<Record<number, Message["how"]>> = {
  [MessageKind.Ipc]: "send",
  [MessageKind.Fault]: "fault",
  [MessageKind.Reply]: "reply",
  [MessageKind.FaultReply]: "reply to a fault",
};

/** `at` is the index of the Message record in `events`. */
export function readMessage(events: readonly Event[], at: number, cast: Cast, memory: Memory): Message {
  const { subject: sender, a: receiver, b: badgeLo, c: badgeHi, d: info, e: kind } = events[at] as Event;
  const how = HOW[kind] ?? "send";
  const hasWords = how !== "reply to a fault";
  const length = hasWords ? info & 0x7f : 0;
  const label = hasWords ? info >>> 12 : 0;
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
    length,
    words,
    reply: replyObject(how, call, sender, receiver, cast, memory),
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

/** A caller is answered by the reply object with which its receiver waited; a reply goes through that one. */
function replyObject(
  how: Message["how"],
  call: string,
  sender: number,
  receiver: number,
  cast: Cast,
  memory: Memory,
): string | null {
  const isCall = how === "fault" || (how === "send" && call === "Call");
  const id = isCall ? memory.waitsWith.get(receiver) : memory.answeredBy.get(receiver);
  if (isCall && id !== undefined) memory.answeredBy.set(sender, id);
  else if (!isCall && how !== "send") memory.answeredBy.delete(receiver);
  memory.waitsWith.delete(receiver);
  if (how === "send" && !isCall) return null;
  return id === undefined || id === 0 ? null : cast.object(id, CapTag.reply);
}
