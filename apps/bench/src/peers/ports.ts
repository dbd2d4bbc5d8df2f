/** Calls through a message port: one outstanding, so that the next message is the answer. */
import type { MessagePort, Worker } from "node:worker_threads";
import type { FourWords } from "../measure/exchange.js";

export function portCalls(port: MessagePort | Worker): (words: FourWords) => Promise<FourWords> {
  let resolve: (words: FourWords) => void = () => {};
  port.on("message", (words: FourWords) => resolve(words));
  return (words) => {
    const answered = new Promise<FourWords>((done) => {
      resolve = done;
    });
    port.postMessage(words);
    return answered;
  };
}
