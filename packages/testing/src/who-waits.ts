/**
 * Who waits for what, in words: why a machine is idle though a program has not come to its end.
 *
 * From a snapshot, so it says what the kernel has, not what a program believes. Threads that were stopped wait for nobody.
 */
import type { KernelSnapshot, ObjectSnapshot, ThreadSnapshot } from "@tessera/kernel";
import { CapTag, capKind } from "@tessera/libsel4/abi";

/** Threads that are told one by one. */
const TOLD_THREADS = 8;

/** `; rootserver waits for a message at endpoint 70`, or nothing where nobody waits. */
export function whoWaits({ objects }: KernelSnapshot): string {
  const byId = new Map(objects.map((object) => [object.id, object]));
  const name = (id: number) => nameOf(byId.get(id), id);
  const told = objects.flatMap((object) => {
    const what = object.kind === "thread" ? waitOf(object, name) : "";
    return what === "" ? [] : [`${object.name === "" ? `thread ${object.id}` : object.name} ${what}`];
  });
  const more = told.length - TOLD_THREADS;
  return [...told.slice(0, TOLD_THREADS), ...(more > 0 ? [`${more} more threads wait`] : [])]
    .map((sentence) => `; ${sentence}`)
    .join("");
}

function waitOf({ state, blockedOn, reply, fault }: ThreadSnapshot, name: (id: number) => string): string {
  switch (state) {
    case "BlockedOnReceive":
      return `waits for a message at ${name(blockedOn)}`;
    case "BlockedOnNotification":
      return `waits for a signal of ${name(blockedOn)}`;
    case "BlockedOnSend":
      return `waits for a receiver at ${name(blockedOn)}${fault === "" ? "" : `, with its ${fault}`}`;
    case "BlockedOnReply":
      return `waits for the answer to its ${fault === "" ? "call" : fault}, by ${name(reply)}`;
    default:
      return "";
  }
}

function nameOf(object: ObjectSnapshot | undefined, id: number): string {
  if (object === undefined) return `object ${id}`;
  const kind = capKind(CapTag[object.kind]);
  return object.name === "" ? `${kind} ${id}` : `${kind} \`${object.name}\``;
}
