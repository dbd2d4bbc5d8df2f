import { ThreadState } from "@tessera/kernel";
import {
  seL4_Call,
  seL4_CanWrite,
  seL4_CapRights_new,
  seL4_GetUserData,
  seL4_MessageInfo_new,
  seL4_NBRecv,
  seL4_NBSend,
  seL4_Recv,
  seL4_ReplyRecv,
  seL4_Send,
  seL4_SetUserData,
  seL4_Signal,
  seL4_Wait,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { stateOf } from "../support/kernel-view.js";
import { EMPTY, message, words } from "../support/message.js";
import { scene } from "../support/scene.js";

describe("Call", () => {
  it("brings label, badge and words to the server, and the server's words back", () => {
    const seen: unknown[] = [];
    const at = { ep: 0, badged: 0, reply: 0 };
    scene(
      function* (kit) {
        at.ep = yield* kit.endpoint();
        at.badged = yield* kit.mint(at.ep, 0xff);
        at.reply = yield* kit.reply();
        yield* kit.start("server", { priority: 110 });
        yield* kit.start("client");
      },
      {
        *server() {
          const { info, badge } = yield* seL4_Recv(at.ep, at.reply);
          seen.push(["server", badge, info.label, words(info)]);
          yield* seL4_NBSend(at.reply, message([7, 8], 6));
        },
        *client() {
          const info = yield* seL4_Call(at.badged, message([1, 2, 3], 5));
          seen.push(["client", info.label, words(info)]);
        },
      },
    );
    expect(seen).toEqual([
      ["server", 0xff, 5, [1, 2, 3]],
      ["client", 6, [7, 8]],
    ]);
  });

  it("carries 120 words through the IPC buffers, both ways", () => {
    const sent = Array.from({ length: 120 }, (_, i) => i * i);
    let received: number[] = [];
    let answered: number[] = [];
    const at = { ep: 0, reply: 0 };
    scene(
      function* (kit) {
        at.ep = yield* kit.endpoint();
        at.reply = yield* kit.reply();
        yield* kit.start("server");
        yield* kit.start("client");
      },
      {
        *server() {
          const { info } = yield* seL4_Recv(at.ep, at.reply);
          received = words(info);
          yield* seL4_Send(at.reply, message([...received].reverse()));
        },
        *client() {
          answered = words(yield* seL4_Call(at.ep, message(sent)));
        },
      },
    );
    expect(received).toEqual(sent);
    expect(answered).toEqual([...sent].reverse());
  });

  it("through a capability with neither Grant nor GrantReply ends the caller Inactive, the message delivered", () => {
    const seen: unknown[] = [];
    const at = { ep: 0, weak: 0, reply: 0 };
    const { kernel } = scene(
      function* (kit) {
        at.ep = yield* kit.endpoint();
        at.weak = yield* kit.copy(at.ep, seL4_CanWrite);
        at.reply = yield* kit.reply();
        yield* kit.start("server");
        yield* kit.start("client");
      },
      {
        *server() {
          const { info } = yield* seL4_Recv(at.ep, at.reply);
          seen.push(words(info));
          yield* seL4_Send(at.reply, EMPTY);
        },
        *client() {
          yield* seL4_Call(at.weak, message([4]));
          seen.push("answered");
        },
      },
    );
    expect(seen).toEqual([[4]]);
    expect(stateOf(kernel, "client")).toBe(ThreadState.Inactive);
  });

  it.each([
    ["finds its server waiting", 110],
    ["waits for its server", 90],
  ])("through GrantReply without Grant is answered, whatever its length, when it %s", (_, priority) => {
    const seen: unknown[] = [];
    const at = { ep: 0, weak: 0, reply: 0 };
    scene(
      function* (kit) {
        at.ep = yield* kit.endpoint();
        at.weak = yield* kit.copy(at.ep, seL4_CapRights_new(true, false, false, true));
        at.reply = yield* kit.reply();
        yield* kit.start("server", { priority });
        yield* kit.start("client", { priority: 100 });
      },
      {
        *server() {
          let { info } = yield* seL4_Recv(at.ep, at.reply);
          for (;;) ({ info } = yield* seL4_ReplyRecv(at.ep, message([info.length]), at.reply));
        },
        *client() {
          // The first fits into registers.
          seen.push(words(yield* seL4_Call(at.weak, message([1, 2, 3, 4]))));
          seen.push(words(yield* seL4_Call(at.weak, message([1, 2, 3, 4, 5]))));
        },
      },
    );
    expect(seen).toEqual([[4], [5]]);
  });

  it("through GrantReply without Grant is answered when its server waits, and somebody else is to run before it", () => {
    const seen: unknown[] = [];
    const at = { ep: 0, weak: 0, reply: 0, bell: 0 };
    scene(
      function* (kit) {
        at.ep = yield* kit.endpoint();
        at.weak = yield* kit.copy(at.ep, seL4_CapRights_new(true, false, false, true));
        at.reply = yield* kit.reply();
        at.bell = yield* kit.notification();
        yield* kit.start("server", { priority: 80 });
        yield* kit.start("bystander", { priority: 90 });
        yield* kit.start("client", { priority: 100 });
      },
      {
        *server() {
          let { info } = yield* seL4_Recv(at.ep, at.reply);
          for (;;) ({ info } = yield* seL4_ReplyRecv(at.ep, message([info.length]), at.reply));
        },
        *bystander() {
          yield* seL4_Wait(at.bell);
          seen.push("bystander");
        },
        *client() {
          seen.push(words(yield* seL4_Call(at.weak, message([1]))));
          yield* seL4_Signal(at.bell);
          seen.push(words(yield* seL4_Call(at.weak, message([1, 2]))));
        },
      },
    );
    expect(seen).toEqual([[1], "bystander", [2]]);
  });

  it("that claims more words than a buffer has brings 120, and nothing of what lies behind them", () => {
    const seen: unknown[] = [];
    const at = { ep: 0, reply: 0 };
    scene(
      function* (kit) {
        at.ep = yield* kit.endpoint();
        at.reply = yield* kit.reply();
        yield* kit.start("server", { priority: 110 });
        yield* kit.start("client");
      },
      {
        *server() {
          seL4_SetUserData(1);
          const { info } = yield* seL4_Recv(at.ep, at.reply);
          seen.push(info.length, seL4_GetUserData());
        },
        *client() {
          seL4_SetUserData(2);
          yield* seL4_Call(at.ep, seL4_MessageInfo_new(0, 0, 0, 127));
        },
      },
    );
    expect(seen).toEqual([120, 1]);
  });

  it("to a server that gave no reply object ends the caller Inactive", () => {
    const at = { ep: 0 };
    const { kernel } = scene(
      function* (kit) {
        at.ep = yield* kit.endpoint();
        yield* kit.start("server");
        yield* kit.start("client");
      },
      {
        *server() {
          yield* seL4_Wait(at.ep);
        },
        *client() {
          yield* seL4_Call(at.ep, EMPTY);
        },
      },
    );
    expect(stateOf(kernel, "client")).toBe(ThreadState.Inactive);
  });
});

describe("ReplyRecv", () => {
  it("answers one client after the other, in order of their priority", () => {
    const seen: unknown[] = [];
    const at = { ep: 0, reply: 0 };
    scene(
      function* (kit) {
        at.ep = yield* kit.endpoint();
        at.reply = yield* kit.reply();
        for (const priority of [101, 103, 102]) yield* kit.start("client", { priority, argument: priority });
        yield* kit.start("server", { priority: 50 });
      },
      {
        *server() {
          let { info } = yield* seL4_Recv(at.ep, at.reply);
          for (;;) {
            const [word = 0] = words(info);
            seen.push(["server", word]);
            ({ info } = yield* seL4_ReplyRecv(at.ep, message([word + 1000]), at.reply));
          }
        },
        *client(priority) {
          seen.push(["client", ...words(yield* seL4_Call(at.ep, message([priority])))]);
        },
      },
    );
    expect(seen).toEqual([
      ["server", 103],
      ["client", 1103],
      ["server", 102],
      ["client", 1102],
      ["server", 101],
      ["client", 1101],
    ]);
  });
});

describe("NBSend", () => {
  it("drops its message when nobody waits", () => {
    const seen: unknown[] = [];
    const at = { ep: 0, reply: 0 };
    scene(
      function* (kit) {
        at.ep = yield* kit.endpoint();
        at.reply = yield* kit.reply();
        yield* kit.start("sender", { priority: 110 });
        yield* kit.start("receiver");
      },
      {
        *sender() {
          yield* seL4_NBSend(at.ep, message([1]));
          seen.push("sent");
        },
        *receiver() {
          const { info, badge } = yield* seL4_NBRecv(at.ep, at.reply);
          seen.push([badge, info.length]);
        },
      },
    );
    expect(seen).toEqual(["sent", [0, 0]]);
  });

  it("delivers it when somebody does, and does not wait for more", () => {
    const seen: unknown[] = [];
    const at = { ep: 0, reply: 0 };
    scene(
      function* (kit) {
        at.ep = yield* kit.mint(yield* kit.endpoint(), 3);
        at.reply = yield* kit.reply();
        yield* kit.start("receiver", { priority: 90 });
        yield* kit.start("sender", { priority: 80 });
      },
      {
        *receiver() {
          const { info, badge } = yield* seL4_Recv(at.ep, at.reply);
          seen.push(["received", badge, words(info)]);
        },
        *sender() {
          yield* seL4_NBSend(at.ep, message([9]));
          seen.push("sent");
        },
      },
    );
    expect(seen).toEqual([["received", 3, [9]], "sent"]);
  });
});

describe("Send", () => {
  it("waits until the message is taken, and leaves nobody owing an answer", () => {
    const seen: unknown[] = [];
    const at = { ep: 0, reply: 0 };
    const { kernel } = scene(
      function* (kit) {
        at.ep = yield* kit.endpoint();
        at.reply = yield* kit.reply();
        yield* kit.start("sender", { priority: 110 });
        yield* kit.start("receiver");
      },
      {
        *sender() {
          seen.push("sends");
          yield* seL4_Send(at.ep, message([5]));
          seen.push("sent");
        },
        *receiver() {
          seen.push("receives");
          const { info } = yield* seL4_Recv(at.ep, at.reply);
          seen.push(words(info));
          yield* seL4_Send(at.reply, message([6]));
          seen.push("nobody waited for that");
        },
      },
    );
    expect(seen).toEqual(["sends", "receives", "sent", [5], "nobody waited for that"]);
    expect(kernel.checkInvariants()).toEqual([]);
  });
});
