/**
 * Raw messages: those of no interface. The kernel speaks so when a thread faults, and a program that tells its parent that
 * it ends. A server hears them by sessions that it opens for that (`offer.hear`), and finds by the badge who it is.
 *
 * Whoever has the capability of such a session can send any label and any words. Nothing in it ends the session: that is
 * done by the server, or with the client for which it was opened. What is sent by a session that has ended is left
 * unanswered, since an answer to a fault is that the thread shall try again.
 *
 * seL4 manual, "Faults".
 */
import { define, op } from "./define.js";
import { compile } from "./protocol.js";

/** What a session that hears raw messages is in the interfaces of those that hand it out: `sessionOf(Raw)`. */
export const Raw = define("raw", { hear: op({}, {}) });

const [hear] = compile(Raw) as [ReturnType<typeof compile>[number]];

/** A raw message as an operation, whose handler cannot park. */
export const HEARD = hear;
/** The same, and it can. */
export const HEARD_WAITING = { ...hear, operation: { ...hear.operation, waits: true } };
