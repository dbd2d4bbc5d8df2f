/** Comlink, in one thread and to a worker. */
import { MessageChannel } from "node:worker_threads";
import { expose, wrap } from "comlink";
import nodeEndpoint from "comlink/dist/esm/node-adapter.mjs";
import { answer } from "../measure/exchange.js";
import { asynchronous, type Link } from "./peer.js";
import { startWorker } from "./workers.js";

export function openComlink(): Link {
  const { port1, port2 } = new MessageChannel();
  expose(answer, nodeEndpoint(port2));
  const remote = wrap<typeof answer>(nodeEndpoint(port1));
  return { work: asynchronous(remote), close: () => port1.close() };
}

export async function openComlinkWorker(): Promise<Link> {
  const worker = await startWorker({ kind: "comlink" });
  const remote = wrap<typeof answer>(nodeEndpoint(worker));
  return { work: asynchronous(remote), close: async () => void (await worker.terminate()) };
}
