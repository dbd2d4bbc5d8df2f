/** Facts in words: what stands beside the drawing. */
import {
  seL4_Fault_CapFault,
  seL4_Fault_UnknownSyscall,
  seL4_Fault_UserException,
  seL4_Fault_VMFault,
} from "@tessera/libsel4/abi";
import type { Act, Message, Reason } from "./facts.js";
import { exceptionName, size } from "./names.js";
import type { Paint } from "./paint.js";

/** Numbers below this are told in decimal. */
const SMALL = 0x1000;

/** Where the programs of the scenes are: what stands before it is left out. */
const PROGRAMS = /^.*\/programs\//;

/** What an endpoint capability has that nobody has minted. */
const NO_BADGE = "0x0";

/** Names of the first words of a fault message. */
const FAULT_WORDS: Readonly<Record<number, readonly string[]>> = {
  [seL4_Fault_CapFault]: ["IP", "Addr", "InRecvPhase", "LookupFailureType"],
  [seL4_Fault_UnknownSyscall]: ["FaultIP", "SP", "RA", "A0"],
  [seL4_Fault_UserException]: ["FaultIP", "SP", "Number", "Code"],
  [seL4_Fault_VMFault]: ["IP", "Addr", "PrefetchFault", "FSR"],
};

const ENDS = {
  idle: "everybody waits, and nothing more will happen",
  "powered off": "the system has switched the machine off",
  halted: "the machine was halted",
  "cut off": "the run was cut off here",
} as const;

export function endSentence(how: keyof typeof ENDS): string {
  return ENDS[how];
}

export function sentence(fact: Act, paint: Paint): string {
  const its = (name: string) => name.replace(`${fact.who}'s`, "its");
  switch (fact.kind) {
    case "builds":
      return `builds ${fact.thread} in ${fact.calls} calls: ${inventory(fact.objects)}`;
    case "cuts":
      return fact.calls === 1
        ? `Untyped_Retype: ${size(fact.bytes)} of untyped memory`
        : `Untyped_Retype, ${fact.calls} times: cuts untyped memory down to ${size(fact.bytes)}`;
    case "makes":
      return `${fact.call}: ${its(fact.object)}, ${size(fact.bytes)}`;
    case "capability":
      return `${fact.call}: ${its(fact.object)}${badged(fact.badge, paint)}${into(fact.into, paint)}`;
    case "invokes":
      return `${fact.call} on ${its(fact.object)}${fact.error === null ? "" : paint("wrong", `: ${fact.error}`)}`;
    case "refused":
      return paint("wrong", `${fact.call}: ${fact.outcome}`);
    case "resumes":
      return `${fact.call}: ${fact.thread} may run`;
    case "suspends":
      return `${fact.call}: ${fact.thread} is stopped`;
    case "destroys":
      return `${fact.call}: destroys ${its(fact.object)}`;
    case "clears":
      return `${fact.call}: destroys ${inventory(fact.types)}`;
    case "takes":
      return `${fact.call}: takes ${its(fact.object)}${badged(fact.badge, paint)}${from(fact.from, paint)}`;
    case "gives": {
      const own = (name: string) => its(name).replace(`${fact.into}'s`, "its own");
      const given = fact.capabilities.map(({ object, badge }) => `${own(object)}${badged(badge, paint)}`);
      return `${paint("bold", `gives ${fact.into}`)}: ${given.join("; ")}`;
    }
    case "waits":
      return `${fact.call}: waits for ${fact.for} at ${its(fact.on)}${withReply(fact.reply, its)}`;
    case "signals":
      return `Signal: ${its(fact.notification)}${badged(fact.badge, paint)}${wakes(fact.wakes)}`;
    case "notified":
      return `receives the signal of ${its(fact.notification)}: ${paint("badge", fact.badge)}`;
    case "receives":
      return `a capability arrives: ${fact.object ?? "the endpoint's own, as its badge"}${badged(fact.badge, paint)}`;
    case "interrupted":
      return `the timer interrupts it; ${fact.next ?? "nobody"} goes on`;
    case "wakes":
      return "the timer: it has time again, and goes on";
    case "lends":
      return `its time goes to ${fact.to}`;
    case "faults":
      return paint("wrong", fault(fact));
    case "fails":
      return paint("wrong", failure(fact));
    case "message":
      return message(fact, its, paint);
  }
}

/** What is not in the fact's own sentence: where, how the address resolved, which check, and what had been before. */
export function explanationLines({ call, place, path, why, history }: Reason): string[] {
  const where = place === "" ? call : `${place.replace(PROGRAMS, "")}: ${call}`;
  return [where, ...path, why, history].filter((line) => line !== "");
}

function message(fact: Act & Message, its: (name: string) => string, paint: Paint): string {
  const parts = [fact.how === "send" || fact.how === "fault" ? badgeOf(fact.badge, paint) : ""];
  if (fact.request !== null) parts.push(fact.request);
  else if (fact.how !== "fault" && fact.label !== 0) parts.push(`label ${fact.label}`);
  const names = fact.how === "fault" ? FAULT_WORDS[fact.label] : undefined;
  fact.words.forEach((word, i) => {
    parts.push(`${names?.[i] ?? `MR${i}`} ${paint("word", small(word))}`);
  });
  if (fact.length > fact.words.length) parts.push(`${fact.length - fact.words.length} more words`);
  if (fact.reply !== null && fact.how !== "fault") parts.push(reply(fact, its));
  return parts.filter((part) => part !== "").join(", ");
}

function reply({ how, who, to, reply: object }: Act & Message, its: (name: string) => string): string {
  if (how === "reply" || how === "reply to a fault") return `through ${its(object ?? "")}; ${to} goes on`;
  return `${object} stands for ${who}`;
}

function fault({ fault: name, access, address, code, pc, who, from }: Act & { kind: "faults" }): string {
  const source = from === null ? "" : ` (sent by ${from})`;
  if (access !== null) return `${name} ${access} ${address}${source}: ${who} has no such page`;
  switch (name) {
    case "CapFault":
      return `${name}: no capability at ${address} to ${code === 1 ? "receive from" : "invoke"}`;
    case "UnknownSyscall":
      return `${name}: there is no system call ${code}`;
    case "Timeout":
      return `${name}: its budget is used up`;
    default:
      return `${name}: ${exceptionName(code)} at ${pc}`;
  }
}

/** The machine's own sentences name the program; what a program throws does not. */
function failure({ how, sentence }: Act & { kind: "fails" }): string {
  if (sentence === null) return `program ${how}`;
  return sentence.startsWith("program ") ? sentence : `program ${how}: ${sentence}`;
}

/** "CNode, 2 frames, TCB": types in order of their first appearance. */
function inventory(types: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const type of types) counts.set(type, (counts.get(type) ?? 0) + 1);
  return [...counts].map(([type, count]) => (count === 1 ? type : `${count} ${type}s`)).join(", ");
}

function badged(badge: string | null, paint: Paint): string {
  return badge === null ? "" : `, badge ${paint("badge", badge)}`;
}

function badgeOf(badge: string, paint: Paint): string {
  return badge === NO_BADGE ? "no badge" : `badge ${paint("badge", badge)}`;
}

function from(threads: readonly string[], paint: Paint): string {
  return threads.length === 0 ? "" : `, ${paint("bold", `out of ${threads.join("'s and ")}'s CSpace`)}`;
}

function into(thread: string | null, paint: Paint): string {
  return thread === null ? "" : `, ${paint("bold", `into ${thread}'s CSpace`)}`;
}

function withReply(object: string | null, its: (name: string) => string): string {
  return object === null ? "" : ` with ${its(object)}`;
}

function wakes(thread: string | null): string {
  return thread === null ? "" : `, wakes ${thread}`;
}

/** A word of a message: decimal while it is small. */
function small(word: string): string {
  const value = Number(word);
  return value < SMALL ? String(value) : word;
}
