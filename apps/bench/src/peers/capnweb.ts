/** capnweb, over a transport that is two queues, and over a MessageChannel. */
import { newMessagePortRpcSession, RpcSession, RpcTarget, type RpcTransport } from "capnweb";
import { answer, type FourWords } from "../measure/exchange.js";
import { asynchronous, type Link } from "./peer.js";

class Answerer extends RpcTarget {
  answer(words: FourWords): FourWords {
    return answer(words);
  }
}

/** One direction of a transport. */
class Queue {
  private readonly messages: string[] = [];
  private receiver: ((message: string) => void) | null = null;

  put(message: string): void {
    const { receiver } = this;
    this.receiver = null;
    if (receiver === null) this.messages.push(message);
    else receiver(message);
  }

  take(): Promise<string> {
    const message = this.messages.shift();
    if (message !== undefined) return Promise.resolve(message);
    return new Promise((resolve) => {
      this.receiver = resolve;
    });
  }
}

function transport(from: Queue, to: Queue): RpcTransport {
  return { send: (message) => to.put(message), receive: () => from.take() };
}

export function openCapnweb(): Link {
  const there = new Queue();
  const back = new Queue();
  new RpcSession(transport(there, back), new Answerer());
  const remote = new RpcSession<Answerer>(transport(back, there)).getRemoteMain();
  return { work: asynchronous((words) => remote.answer(words) as PromiseLike<FourWords>) };
}

export function openCapnwebChannel(): Link {
  const { port1, port2 } = new MessageChannel();
  newMessagePortRpcSession(port2 as never, new Answerer());
  const remote = newMessagePortRpcSession<Answerer>(port1 as never);
  const work = asynchronous((words) => remote.answer(words) as PromiseLike<FourWords>);
  return { work, close: () => port1.close() };
}
