/** The tasks of servers, at the other end of a channel: in this thread, and in a worker. */
import { MessageChannel, type MessagePort, type Worker } from "node:worker_threads";
import { type Ask, type Message, TASKS } from "../measure/tasks.js";
import { fold, foldAll, REQUESTS, type Tally, type Work } from "../measure/work.js";
import type { Link } from "./peer.js";
import { startWorker } from "./workers.js";

/** Which task. */
export type TaskName = keyof typeof TASKS;

export function openTaskChannel(name: TaskName): Link {
  const { port1, port2 } = new MessageChannel();
  const serve = TASKS[name].serve();
  port2.on("message", (question: Message) => port2.postMessage(serve(question)));
  return { work: taskWork(name, asks(port1)), close: () => port1.close() };
}

export async function openTaskWorker(name: TaskName): Promise<Link> {
  const worker = await startWorker({ kind: "task", name });
  return { work: taskWork(name, asks(worker)), close: async () => void (await worker.terminate()) };
}

/** A worker is started until it says that it is ready, and ended. */
export function openStarting(): Link {
  const tally: Tally = { done: 0, sum: 0 };
  return {
    work: {
      tally,
      expected: (done) => foldAll(done, () => 1),
      async run(times) {
        for (let i = 0; i < times; i++) {
          const worker = await startWorker({ kind: "task", name: "key" });
          tally.done++;
          tally.sum = fold(tally.sum, 1);
          await worker.terminate();
        }
      },
    },
  };
}

function taskWork(name: TaskName, ask: Ask): Work {
  const tally: Tally = { done: 0, sum: 0 };
  const { once, expected } = TASKS[name];
  return {
    tally,
    expected: (done) => foldAll(done, (i) => expected(i % REQUESTS)),
    async run(times) {
      for (let i = 0; i < times; i++) {
        const reply = await once(ask, tally.done % REQUESTS);
        tally.done++;
        tally.sum = fold(tally.sum, reply);
      }
    },
  };
}

/** One question outstanding, so that the next message is its answer. */
function asks(port: MessagePort | Worker): Ask {
  let resolve: (answer: Message) => void = () => {};
  port.on("message", (answer: Message) => resolve(answer));
  return (question) => {
    const answered = new Promise<Message>((done) => {
      resolve = done;
    });
    port.postMessage(question);
    return answered;
  };
}
