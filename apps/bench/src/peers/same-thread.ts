/** Peers within one thread that need nothing but the language and Node. */
import { EventEmitter } from "node:events";
import { MessageChannel } from "node:worker_threads";
import { answer, type FourWords } from "../measure/exchange.js";
import { asynchronous, type Link, synchronous } from "./peer.js";
import { portCalls } from "./ports.js";

export function openCall(): Link {
  return { work: synchronous(answer) };
}

export function openAwait(): Link {
  return { work: asynchronous(async (words) => answer(words)) };
}

export function openEmitter(): Link {
  const events = new EventEmitter();
  events.on("request", (words: FourWords, reply: (words: FourWords) => void) => reply(answer(words)));
  return { work: asynchronous((words) => new Promise((resolve) => events.emit("request", words, resolve))) };
}

export function openClone(): Link {
  return { work: synchronous((words) => structuredClone(answer(structuredClone(words)))) };
}

export function openChannel(): Link {
  const { port1, port2 } = new MessageChannel();
  port2.on("message", (words: FourWords) => port2.postMessage(answer(words)));
  return { work: asynchronous(portCalls(port1)), close: () => port1.close() };
}
