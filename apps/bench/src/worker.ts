/** The worker that answers, in the way that it is told. */
import { parentPort, workerData } from "node:worker_threads";
import { expose } from "comlink";
import nodeEndpoint from "comlink/dist/esm/node-adapter.mjs";
import { answer, type FourWords } from "./measure/exchange.js";
import { type Message, TASKS } from "./measure/tasks.js";
import { serveShared } from "./peers/shared.js";
import type { WorkerTask } from "./peers/workers.js";

const task = workerData as WorkerTask;
const port = parentPort!;
if (task.kind === "channel") port.on("message", (words: FourWords) => port.postMessage(answer(words)));
if (task.kind === "task") {
  const serve = TASKS[task.name].serve();
  port.on("message", (question: Message) => port.postMessage(serve(question)));
}
if (task.kind === "comlink") expose(answer, nodeEndpoint(port));
port.postMessage("ready");
if (task.kind === "atomics") serveShared(task.memory);
