/**
 * Three threads that meet at one endpoint and one notification: who waits where, who is owed an answer, whose time it is.
 *
 * By the rules of the manual on plain lists, slow and obvious. Threads, reply objects and scheduling contexts are numbers.
 * A scheduling context remembers along which replies it was lent, as a stack; what is cut out of a stack takes all that is
 * below with it.
 */
export type State = "running" | "inactive" | "send" | "receive" | "reply" | "wait";

export interface ModelThread {
  state: State;
  readonly priority: number;
  /** The scheduling context it runs on. */
  sc: number | null;
  /** Receiving: the reply object it brought. Waiting for an answer: the one that brings it. */
  reply: number | null;
  /** Sending: it is a Call, and may be answered. */
  isCall: boolean;
  canReply: boolean;
  /** What the last step put into a0 and the first message register; null, nothing. */
  badge: number | null;
  word: number | null;
}

export type Step =
  | "Send"
  | "NBSend"
  | "Call"
  | "Call without GrantReply"
  | "Recv"
  | "NBRecv"
  | "ReplyRecv"
  | "NBSendRecv"
  | "NBSendRecv to the notification"
  | "Send to the reply"
  | "Signal"
  | "Wait"
  | "Poll";

export const STEPS: readonly Step[] = [
  ...(["Send", "NBSend", "Call", "Call without GrantReply", "Recv", "NBRecv", "ReplyRecv", "NBSendRecv"] as const),
  ...(["NBSendRecv to the notification", "Send to the reply", "Signal", "Wait", "Poll"] as const),
];

/** The word that thread `i` sends, and the bit that it signals. */
export const wordOfThread = (i: number): number => 100 + i;
export const badgeOfThread = (i: number): number => 1 << i;

export class IpcModel {
  threads: ModelThread[] = [];
  /** In order of urgency, and of coming where that is equal. */
  endpoint: number[] = [];
  waiting: number[] = [];
  /** The notification's word; null when it is not active. */
  signals: number | null = null;
  boundThread: number | null = null;
  boundSc: number | null = null;
  /** Who is linked to each reply object. */
  replies: (number | null)[] = [];
  /** Of each scheduling context: who runs on it, and the replies along which it was lent, the newest last. */
  scs: { holder: number | null; stack: number[] }[] = [];

  copyOfItself(): this {
    return Object.assign(new (this.constructor as new () => this)(), structuredClone({ ...this }));
  }

  canRun(i: number): boolean {
    const { state, sc } = this.threads[i]!;
    return state === "running" && sc !== null;
  }

  /** Thread `i`, which can run, does `step` with reply object `reply`. */
  take(i: number, step: Step, reply: number): void {
    for (const thread of this.threads) Object.assign(thread, { badge: null, word: null });
    switch (step) {
      case "Send":
        this.send(i, { isBlocking: true, isCall: false, canReply: true, canDonate: false });
        break;
      case "NBSend":
        this.send(i, { isBlocking: false, isCall: false, canReply: true, canDonate: false });
        break;
      case "Call":
        this.send(i, { isBlocking: true, isCall: true, canReply: true, canDonate: true });
        break;
      case "Call without GrantReply":
        this.send(i, { isBlocking: true, isCall: true, canReply: false, canDonate: true });
        break;
      case "Recv":
        this.receive(i, reply, true);
        break;
      case "NBRecv":
        this.receive(i, reply, false);
        break;
      case "ReplyRecv":
        this.answer(i, reply);
        this.receive(i, reply, true);
        break;
      case "NBSendRecv":
        this.send(i, { isBlocking: false, isCall: false, canReply: true, canDonate: true });
        this.receive(i, reply, true);
        break;
      case "NBSendRecv to the notification":
        this.signal(badgeOfThread(i));
        this.receive(i, reply, true);
        break;
      case "Send to the reply":
        this.answer(i, reply);
        break;
      case "Signal":
        this.signal(badgeOfThread(i));
        break;
      case "Wait":
        this.wait(i, true);
        break;
      case "Poll":
        this.wait(i, false);
        break;
    }
  }

  protected send(
    i: number,
    how: { isBlocking: boolean; isCall: boolean; canReply: boolean; canDonate: boolean },
  ): void {
    const sender = this.threads[i]!;
    const [d] = this.endpoint;
    if (d !== undefined && this.threads[d]!.state === "receive") {
      const receiver = this.threads[d]!;
      this.endpoint.shift();
      const { reply } = receiver;
      receiver.reply = null;
      if (reply !== null) this.replies[reply] = null;
      this.#deliver(i, d, badgeOfThread(i));
      receiver.state = "running";
      if (!how.isCall) {
        if (how.canDonate && receiver.sc === null && sender.sc !== null) this.donate(sender.sc, d);
      } else if (reply !== null && how.canReply) {
        this.#push(i, d, reply);
      } else {
        sender.state = "inactive";
      }
    } else if (how.isBlocking) {
      Object.assign(sender, { state: "send", isCall: how.isCall, canReply: how.canReply });
      this.queue(this.endpoint, i);
    }
  }

  protected receive(i: number, reply: number, isBlocking: boolean): void {
    const receiver = this.threads[i]!;
    const other = this.replies[reply] ?? null;
    if (other !== null) this.#cancel(other);
    if (this.boundThread === i) {
      if (this.signals !== null) {
        this.#takeSignals(i);
        return;
      }
      if (isBlocking) this.#returnTime(i);
    }
    const [s] = this.endpoint;
    if (s !== undefined && this.threads[s]!.state === "send") {
      const sender = this.threads[s]!;
      this.endpoint.shift();
      this.#deliver(s, i, badgeOfThread(s));
      sender.state = "running";
      if (sender.isCall && sender.canReply) this.#push(s, i, reply);
      else if (sender.isCall) sender.state = "inactive";
    } else if (isBlocking) {
      Object.assign(receiver, { state: "receive", reply });
      this.replies[reply] = i;
      this.queue(this.endpoint, i);
    } else {
      receiver.badge = 0;
    }
  }

  protected answer(i: number, reply: number): void {
    const c = this.replies[reply] ?? null;
    if (c === null || this.threads[c]!.state !== "reply") return;
    const caller = this.threads[c]!;
    const lent = this.scs.findIndex(({ stack }) => stack.at(-1) === reply);
    if (lent >= 0) {
      this.scs[lent]!.stack.pop();
      if (caller.sc === null) this.donate(lent, c);
    } else {
      this.#cut(reply);
    }
    this.replies[reply] = null;
    Object.assign(caller, { state: "running", reply: null });
    this.#deliver(i, c, 0);
  }

  protected signal(badge: number): void {
    if (this.signals !== null) {
      this.signals |= badge;
      return;
    }
    let woken = this.waiting.shift() ?? null;
    const { boundThread } = this;
    if (woken === null && boundThread !== null && this.threads[boundThread]!.state === "receive") {
      this.#cancel(boundThread);
      woken = boundThread;
    }
    if (woken === null) {
      this.signals = badge;
    } else {
      Object.assign(this.threads[woken]!, { state: "running", badge });
      this.#lend(woken);
    }
  }

  protected wait(i: number, isBlocking: boolean): void {
    const thread = this.threads[i]!;
    if (this.boundThread !== null && this.boundThread !== i) {
      // A fault, which nobody handles.
      thread.state = "inactive";
    } else if (this.signals !== null) {
      this.#takeSignals(i);
    } else if (isBlocking) {
      thread.state = "wait";
      this.queue(this.waiting, i);
      this.#returnTime(i);
    } else {
      thread.badge = 0;
    }
  }

  protected queue(queue: number[], i: number): void {
    const { priority } = this.threads[i]!;
    const before = queue.findIndex((other) => this.threads[other]!.priority < priority);
    queue.splice(before < 0 ? queue.length : before, 0, i);
  }

  /** Scheduling context `sc` goes from whoever has it to thread `to`. */
  protected donate(sc: number, to: number): void {
    const { holder } = this.scs[sc]!;
    if (holder !== null) this.threads[holder]!.sc = null;
    this.scs[sc]!.holder = to;
    this.threads[to]!.sc = sc;
  }

  #push(c: number, d: number, reply: number): void {
    const caller = this.threads[c]!;
    this.replies[reply] = c;
    Object.assign(caller, { state: "reply", reply });
    if (caller.sc === null || this.threads[d]!.sc !== null) return;
    this.scs[caller.sc]!.stack.push(reply);
    this.donate(caller.sc, d);
  }

  /** Thread `i` stops what it waits for. */
  #cancel(i: number): void {
    const thread = this.threads[i]!;
    this.endpoint = this.endpoint.filter((other) => other !== i);
    this.waiting = this.waiting.filter((other) => other !== i);
    if (thread.reply !== null) {
      this.#cut(thread.reply);
      this.replies[thread.reply] = null;
    }
    Object.assign(thread, { state: "inactive", reply: null });
  }

  #cut(reply: number): void {
    for (const sc of this.scs) {
      const at = sc.stack.indexOf(reply);
      if (at >= 0) sc.stack = sc.stack.slice(at + 1);
    }
  }

  #takeSignals(i: number): void {
    this.threads[i]!.badge = this.signals;
    this.signals = null;
    this.#lend(i);
  }

  /** The notification lends its time to a thread that has none. */
  #lend(i: number): void {
    const { boundSc } = this;
    if (boundSc !== null && this.scs[boundSc]!.holder === null && this.threads[i]!.sc === null) this.donate(boundSc, i);
  }

  /** A thread that runs on the notification's time gives it back. */
  #returnTime(i: number): void {
    const { sc } = this.threads[i]!;
    if (sc === null || sc !== this.boundSc) return;
    this.scs[sc]!.holder = null;
    this.threads[i]!.sc = null;
  }

  #deliver(from: number, to: number, badge: number): void {
    Object.assign(this.threads[to]!, { badge, word: wordOfThread(from) });
  }
}
