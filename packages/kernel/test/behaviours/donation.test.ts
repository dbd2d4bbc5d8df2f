/** Scheduling contexts that travel with calls, come back with replies, and vanish on the way. */
import { store, type Thread } from "@tessera/hal-sim/isa";
import {
  seL4_Call,
  seL4_CapInitThreadVSpace,
  seL4_CNode_Delete,
  seL4_Fault_VMFault,
  seL4_GetMR,
  seL4_NBSend,
  seL4_NBSendRecv,
  seL4_NBSendWait,
  seL4_NoError,
  seL4_ReadWrite,
  seL4_ReplyRecv,
  seL4_RISCV_Default_VMAttributes,
  seL4_RISCV_Page_Map,
  seL4_RISCV_Page_Unmap,
  seL4_SchedContext_UnbindObject,
  seL4_Send,
  seL4_SetMR,
  seL4_TCB_Resume,
  seL4_Wait,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { must } from "../support/kit.js";
import { EMPTY, message, words } from "../support/message.js";
import { speakers, talk } from "./conversation.js";
import { behaviour, CHECKED_AT_END, type Helper, type TestThread } from "./test-thread.js";

function* deleteCap({ kit }: TestThread, slot: number): Thread {
  must(yield* seL4_CNode_Delete(kit.cnode, slot, kit.depth), "Delete");
}

const map = (frame: number, address: number) =>
  seL4_RISCV_Page_Map(frame, seL4_CapInitThreadVSpace, address, seL4_ReadWrite, seL4_RISCV_Default_VMAttributes);

describe("A chain of passive servers", () => {
  const PROXIES = 5;
  const CALLS = 10;
  const CLIENT_PRIORITY = 10;
  const REQUEST = 0xca11;
  const ANSWER = 0xa;

  /** Calls of the client through five proxies to the server; `step` is the difference of priority from hop to hop. */
  function chain(step: number, length: number) {
    const eps: number[] = [];
    const counters = Array.from({ length: PROXIES + 2 }, () => 0);
    const markers = new Set<number>();
    const sent = (marker: number) => message(Array.from({ length }, () => marker));
    const { value } = behaviour(
      function* (t) {
        for (let hop = 0; hop <= PROXIES; hop++) eps.push(yield* t.kit.endpoint());
        const server = CLIENT_PRIORITY + step * PROXIES;
        yield* t.passive("hop", { priority: server, argument: PROXIES });
        for (let i = PROXIES; i >= 1; i--) {
          yield* t.passive("hop", { priority: server + step * i, argument: i - 1 });
        }
        return yield* t.wait(yield* t.start("client", { priority: CLIENT_PRIORITY }));
      },
      {
        *hop(i, { ready, reply }) {
          counters[i]!++;
          yield* seL4_NBSendRecv(ready, EMPTY, eps[i]!, reply);
          for (;;) {
            markers.add(seL4_GetMR(length - 1));
            if (i < PROXIES) {
              const info = yield* seL4_Call(eps[i + 1]!, sent(REQUEST + i + 1));
              markers.add(words(info)[length - 1]!);
            }
            counters[i]!++;
            yield* seL4_ReplyRecv(eps[i]!, sent(ANSWER + i), reply);
          }
        },
        *client() {
          for (let call = 0; call < CALLS; call++) {
            markers.add(words(yield* seL4_Call(eps[0]!, sent(REQUEST)))[length - 1]!);
            counters[PROXIES + 1]!++;
          }
          return 1;
        },
      },
    );
    return { value, counters, markers: [...markers].sort((a, b) => a - b) };
  }

  it.each([
    ["IPC0011: of one priority, in messages of eight words", 0, 8],
    ["IPC0012: of priorities above the client's, in messages of eight words", 1, 8],
    ["IPC0013: of priorities below the client's, in messages of eight words", -1, 8],
    ["IPC0014: of priorities above the client's, in messages of one word", 1, 1],
    ["IPC0015: of one priority, in messages of one word", 0, 1],
  ])("%s, passes requests on and answers back on the client's time", (_claim, step, length) => {
    const hops = Array.from({ length: PROXIES + 1 }, (_, i) => i);
    expect(chain(step, length)).toEqual({
      value: 1,
      counters: [...hops.map(() => 1 + CALLS), CALLS],
      markers: [...hops.map((i) => ANSWER + i), ...hops.map((i) => REQUEST + i)],
    });
  });
});

describe("A passive server", () => {
  it("IPC0016: that answers with Send gives its time away with it, and stops there", () => {
    const at = { ep: 0 };
    const seen: string[] = [];
    behaviour(
      function* (t) {
        at.ep = yield* t.kit.endpoint();
        yield* t.passive("server", { priority: 11 });
        yield* t.wait(yield* t.start("client", { priority: 10 }));
      },
      {
        *server(_, { ready, reply }) {
          yield* seL4_NBSendRecv(ready, EMPTY, at.ep, reply);
          seen.push("server");
          yield* seL4_Send(reply, EMPTY);
          seen.push("server goes on");
        },
        *client() {
          seen.push("client");
          yield* seL4_Call(at.ep, EMPTY);
          seen.push("answered");
        },
      },
    );
    expect(seen).toEqual(["client", "server", "answered"]);
  });

  it("IPC0027: answers calls of every length, also those that were queued while it had no time", () => {
    const at = talk();
    const { value } = behaviour(
      function* (t) {
        at.ep = yield* t.kit.endpoint();
        const results: number[] = [];
        /** The server is passive and waits; T gives it its time back when the client has no use for it any more. */
        const both = function* (client: Helper, server: Helper): Thread {
          results.push(yield* t.wait(client));
          yield* t.bind(server.sc, server.tcb);
          results.push(yield* t.wait(server));
        };
        const everybodyWaits = function* (): Thread {
          yield* t.start("bouncer", { priority: 0 });
          yield* seL4_Wait(t.ready);
        };
        const early = yield* t.start("serve", { priority: 1 });
        yield* everybodyWaits();
        yield* t.unbind(early.sc);
        yield* both(yield* t.start("call", { priority: 2 }), early);

        const client = yield* t.start("call", { priority: 2 });
        yield* everybodyWaits();
        // It loses its time before it has done anything, and gets it back with the client in the queue.
        const late = yield* t.start("serve", { priority: 253 });
        yield* t.unbind(late.sc);
        results.push(Number(yield* t.hasEnded(client)));
        yield* t.bind(late.sc, late.tcb);
        results.push(yield* t.wait(client), yield* t.wait(late));
        return results;
      },
      {
        ...speakers(at),
        *bouncer(_, { ready }) {
          yield* seL4_Send(ready, EMPTY);
        },
      },
      CHECKED_AT_END,
    );
    expect(value).toEqual([1, 1, 0, 1, 1]);
  });

  it("IPC0022: hands each client's time on to a server made for it, which answers the client itself", () => {
    const CLIENTS = 10;
    const at = { ep: 0, doors: [] as number[], replies: [] as number[], answered: 0 };
    let stage: TestThread | null = null;
    const { value } = behaviour(
      function* (t) {
        stage = t;
        at.ep = yield* t.kit.endpoint();
        for (let i = 0; i <= CLIENTS; i++) {
          at.doors.push(yield* t.kit.endpoint());
          at.replies.push(yield* t.kit.reply());
        }
        yield* t.setPriority(10);
        yield* t.passive("spawner", { priority: 12 });
        const clients: Helper[] = [];
        for (let i = 0; i < CLIENTS; i++) clients.push(yield* t.make("client", { priority: 11, argument: i }));
        for (const { tcb } of clients) must(yield* seL4_TCB_Resume(tcb));
        yield* t.setPriority(8);
        const answers: number[] = [];
        for (const client of clients) answers.push(yield* t.wait(client));
        return answers;
      },
      {
        *spawner(_, { ready }) {
          yield* seL4_NBSendRecv(ready, EMPTY, at.ep, at.replies[0]!);
          for (let i = 0; ; i++) {
            const word = seL4_GetMR(0);
            yield* stage!.passive("server", { priority: 11, argument: i });
            yield* seL4_NBSendRecv(at.doors[i]!, message([word]), at.ep, at.replies[i + 1]!);
          }
        },
        *server(i, { ready }) {
          const { info } = yield* seL4_NBSendWait(ready, EMPTY, at.doors[i]!);
          yield* seL4_Send(at.replies[i]!, message(words(info).map((word) => word + 100)));
        },
        *client(i) {
          const info = yield* seL4_Call(at.ep, message([i]));
          return words(info)[0];
        },
      },
    );
    expect(value).toEqual(Array.from({ length: CLIENTS }, (_, i) => 100 + i));
  });
});

describe("A thread that has no scheduling context", () => {
  it("IPC0017: receives what was sent to it as soon as it has one again, and nothing that was not queued", () => {
    const at = { ep: 0, started: 0, states: [0, 0] };
    const { value } = behaviour(
      function* (t) {
        [at.ep, at.started] = [yield* t.kit.endpoint(), yield* t.kit.endpoint()];
        const server = yield* t.start("server", { priority: 10 });
        yield* seL4_Wait(at.started);
        yield* t.unbind(server.sc);
        seL4_SetMR(0, 0x55);
        yield* seL4_NBSend(at.ep, message([0x55]));
        const kept = seL4_GetMR(0);
        for (const argument of [0, 1]) yield* t.start("client", { priority: 9, argument });
        yield* t.setPriority(8);
        const before = [...at.states];
        yield* t.bind(server.sc, server.tcb);
        const after = [...at.states];
        yield* seL4_NBSend(at.ep, message([3]));
        yield* seL4_Send(at.ep, message([4]));
        return [kept, before, after, yield* t.wait(server)];
      },
      {
        *server() {
          yield* seL4_Send(at.started, EMPTY);
          let received = 0;
          for (let i = 0; i < 4; i++) received = 10 * received + words((yield* seL4_Wait(at.ep)).info)[0]!;
          return received;
        },
        *client(i) {
          at.states[i] = 1;
          yield* seL4_Send(at.ep, message([i + 1]));
          at.states[i] = 2;
        },
      },
    );
    // The clients are of one priority; the second was at the head of their queue or at its end.
    expect(value.slice(0, 3)).toEqual([0x55, [1, 1], [2, 2]]);
    expect([1234, 2134]).toContain(value[3]);
  });

  it("IPC0018: has its message taken, and goes on when it gets one", () => {
    const at = { ep: 0, count: 0 };
    const { value } = behaviour(
      function* (t) {
        at.ep = yield* t.kit.endpoint();
        yield* t.setPriority(9);
        const sender = yield* t.start("sender", { priority: 10 });
        yield* t.unbind(sender.sc);
        const seen: number[][] = [[at.count]];
        const take = function* (): Thread {
          seen.push([...words((yield* seL4_Wait(at.ep)).info), at.count]);
        };
        yield* take();
        yield* t.bind(sender.sc, sender.tcb);
        seen.push([at.count]);
        yield* take();
        yield* take();
        return seen;
      },
      {
        *sender() {
          for (;;) {
            at.count++;
            yield* seL4_Send(at.ep, message([at.count]));
          }
        },
      },
    );
    expect(value).toEqual([[1], [1, 1], [2], [2, 3], [3, 4]]);
  });

  it("IPC0019: has its message taken though its context was deleted, and does not go on", () => {
    const at = { ep: 0, state: 0 };
    const { value } = behaviour(
      function* (t) {
        at.ep = yield* t.kit.endpoint();
        yield* t.setPriority(9);
        const sender = yield* t.start("sender", { priority: 10 });
        yield* deleteCap(t, sender.sc);
        const { info } = yield* seL4_Wait(at.ep);
        return [words(info), at.state];
      },
      {
        *sender() {
          at.state = 1;
          yield* seL4_Send(at.ep, message([7]));
          at.state = 2;
        },
      },
    );
    expect(value).toEqual([[7], 1]);
  });

  it("IPC0020: gets a message without having the time to look at it, until it is bound to a new one", () => {
    const at = { ep: 0, state: 0, word: 0 };
    const { value } = behaviour(
      function* (t) {
        at.ep = yield* t.kit.endpoint();
        yield* t.setPriority(9);
        const waiter = yield* t.start("waiter", { priority: 10 });
        yield* deleteCap(t, waiter.sc);
        yield* seL4_Send(at.ep, message([7]));
        const before = at.state;
        yield* t.bind(yield* t.kit.schedContext({ budget: 1_000_000_000 }), waiter.tcb);
        return [before, at.state, at.word];
      },
      {
        *waiter() {
          at.state = 1;
          at.word = words((yield* seL4_Wait(at.ep)).info)[0]!;
          at.state = 2;
        },
      },
    );
    expect(value).toEqual([1, 2, 7]);
  });

  it("IPC0021: handles faults on the time of the thread that faulted", () => {
    const at = { faults: 0, frame: 0, address: 0 };
    const seen: unknown[] = [];
    behaviour(
      function* (t) {
        const { kit } = t;
        at.faults = yield* kit.endpoint();
        const { frame, address } = yield* kit.mappedFrame();
        [at.frame, at.address] = [frame, address];
        must(yield* seL4_RISCV_Page_Unmap(frame));
        yield* t.passive("handler");
        yield* t.wait(yield* t.start("faulter", { faultHandler: at.faults }));
      },
      {
        *handler(_, { ready, reply }) {
          const { info } = yield* seL4_NBSendRecv(ready, EMPTY, at.faults, reply);
          seen.push(info.label, words(info)[1]! - at.address);
          must(yield* map(at.frame, at.address), "Page_Map");
          yield* seL4_ReplyRecv(at.faults, EMPTY, reply);
        },
        *faulter() {
          yield* store(at.address, 1);
          seen.push("went on");
        },
      },
    );
    expect(seen).toEqual([seL4_Fault_VMFault, 0, "went on"]);
  });
});

describe("A caller whose server keeps its scheduling context", () => {
  /** The client calls, and the server waits elsewhere with its time: then `meanwhile` happens. T is at 10, both at 11. */
  function kept(priority: number, meanwhile: (t: TestThread, client: Helper, server: Helper) => Thread<unknown[]>) {
    const at = { ep: 0, elsewhere: 0, state: 0 };
    const { value } = behaviour(
      function* (t) {
        [at.ep, at.elsewhere] = [yield* t.kit.endpoint(), yield* t.kit.endpoint()];
        const server = yield* t.passive("server", { priority });
        const client = yield* t.start("client", { priority });
        yield* t.setPriority(10);
        for (const { tcb } of [client, server]) yield* t.setPriority(11, tcb);
        const before = at.state;
        const seen = yield* meanwhile(t, client, server);
        return [before, ...seen, at.state];
      },
      {
        *server(_, { ready, reply }) {
          yield* seL4_NBSendRecv(ready, EMPTY, at.ep, reply);
          yield* seL4_Wait(at.elsewhere);
        },
        *client() {
          at.state = 1;
          yield* seL4_Call(at.ep, EMPTY);
          at.state = 2;
        },
      },
    );
    return value;
  }

  it("IPC0023: is answered after the context was deleted, and waits for a new one to go on", () => {
    const states = kept(253, function* (t, client, server) {
      yield* deleteCap(t, client.sc);
      yield* seL4_Send(server.reply, EMPTY);
      return [];
    });
    expect(states).toEqual([1, 1]);
    const later = kept(253, function* (t, client, server) {
      yield* deleteCap(t, client.sc);
      yield* seL4_Send(server.reply, EMPTY);
      yield* t.bind(yield* t.kit.schedContext(), client.tcb);
      return [];
    });
    expect(later).toEqual([1, 2]);
  });

  it("IPC0024: has it back when the reply object is deleted, and is inactive", () => {
    const states = kept(11, function* (t, client, server) {
      yield* deleteCap(t, server.reply);
      const returned = yield* seL4_SchedContext_UnbindObject(client.sc, client.tcb);
      yield* t.bind(client.sc, client.tcb);
      yield* deleteCap(t, client.sc);
      return [returned];
    });
    expect(states).toEqual([1, seL4_NoError, 1]);
  });
});
