/** Peers in a worker: another thread of the host. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { asynchronous, type Link, synchronous } from "./peer.js";
import { portCalls } from "./ports.js";
import { callShared, SHARED_BYTES } from "./shared.js";
import type { TaskName } from "./tasks.js";

/** What a worker does: the value that it is started with. */
export type WorkerTask =
  | { readonly kind: "channel" | "comlink" }
  | { readonly kind: "task"; readonly name: TaskName }
  | { readonly kind: "atomics"; readonly memory: Int32Array };

/** A worker that has said that it is ready. */
export async function startWorker(task: WorkerTask): Promise<Worker> {
  const worker = new Worker(new URL("./worker.js", import.meta.url), { workerData: task });
  await once(worker, "message");
  return worker;
}

export async function openChannelWorker(): Promise<Link> {
  const worker = await startWorker({ kind: "channel" });
  return { work: asynchronous(portCalls(worker)), close: async () => void (await worker.terminate()) };
}

export async function openAtomicsWorker(): Promise<Link> {
  const memory = new Int32Array(new SharedArrayBuffer(SHARED_BYTES));
  const worker = await startWorker({ kind: "atomics", memory });
  const work = synchronous((words) => callShared(memory, words));
  return { work, close: async () => void (await worker.terminate()) };
}
