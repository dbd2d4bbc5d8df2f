/** Capabilities in messages: one arrives in the receive slot, those to the endpoint itself arrive as badges. */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  CapTag,
  seL4_AllRights,
  seL4_Call,
  seL4_CapInitThreadCNode,
  seL4_CapRights_new,
  type seL4_CapRights_t,
  seL4_DebugCapIdentify,
  seL4_GetBadge,
  type seL4_MessageInfo_t,
  seL4_Recv,
  seL4_Send,
  seL4_SetCap,
  seL4_SetCapReceivePath,
  seL4_WordBits,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { EMPTY, message } from "../support/message.js";
import { scene } from "../support/scene.js";

interface Received {
  readonly info: seL4_MessageInfo_t;
  readonly badges: readonly number[];
  readonly tag: number;
}

/** One message with the capabilities that `choose` names, to a receiver with (or without) a receive slot. */
function transfer(
  rights: seL4_CapRights_t,
  hasSlot: boolean,
  choose: (at: { ep: number; badged: number; ntfn: number; other: number }) => readonly number[],
): Received {
  const at = { ep: 0, badged: 0, ntfn: 0, other: 0, reply: 0, slot: 0, send: 0 };
  let received: Received | null = null;
  scene(
    function* (kit) {
      at.ep = yield* kit.endpoint();
      at.send = yield* kit.copy(at.ep, rights);
      at.badged = yield* kit.mint(at.ep, 77);
      at.ntfn = yield* kit.notification();
      at.other = yield* kit.endpoint();
      at.reply = yield* kit.reply();
      at.slot = kit.slots();
      yield* kit.start("receiver", { priority: 110 });
      yield* kit.start("sender");
    },
    {
      *receiver(): Thread {
        if (hasSlot) seL4_SetCapReceivePath(seL4_CapInitThreadCNode, at.slot, seL4_WordBits);
        const { info } = yield* seL4_Recv(at.ep, at.reply);
        const badges = [0, 1, 2].map((i) => (((info.capsUnwrapped >> i) & 1) === 1 ? seL4_GetBadge(i) : 0));
        received = { info, badges, tag: yield* seL4_DebugCapIdentify(at.slot) };
      },
      *sender() {
        const caps = choose(at);
        caps.forEach((cptr, i) => {
          seL4_SetCap(i, cptr);
        });
        yield* seL4_Send(at.send, message([], 0, caps.length));
      },
    },
  );
  if (received === null) throw new Error("nothing was received");
  return received;
}

describe("A message with capabilities", () => {
  it("puts one into the receive slot", () => {
    const { info, tag } = transfer(seL4_AllRights, true, ({ ntfn }) => [ntfn]);
    expect([info.extraCaps, info.capsUnwrapped, tag]).toEqual([1, 0, CapTag.notification]);
  });

  it("brings those to the endpoint itself as their badges, without a slot", () => {
    const { info, badges, tag } = transfer(seL4_AllRights, false, ({ badged, ep }) => [badged, ep, badged]);
    expect([info.extraCaps, info.capsUnwrapped, tag]).toEqual([3, 7, CapTag.null]);
    expect(badges).toEqual([77, 0, 77]);
  });

  it("may mix both, and stops at the second that needs a slot", () => {
    const mixed = transfer(seL4_AllRights, true, ({ badged, ntfn }) => [badged, ntfn, badged]);
    expect([mixed.info.extraCaps, mixed.info.capsUnwrapped, mixed.tag]).toEqual([3, 5, CapTag.notification]);
    const two = transfer(seL4_AllRights, true, ({ other, ntfn }) => [other, ntfn]);
    expect([two.info.extraCaps, two.tag]).toEqual([1, CapTag.endpoint]);
  });

  it("leaves them behind without a receive slot", () => {
    const { info, tag } = transfer(seL4_AllRights, false, ({ ntfn }) => [ntfn]);
    expect([info.extraCaps, tag]).toEqual([0, CapTag.null]);
  });

  it("leaves them behind when the sender's capability has no Grant right", () => {
    const { info, tag } = transfer(seL4_CapRights_new(true, false, true, true), true, ({ badged, ntfn }) => [
      badged,
      ntfn,
    ]);
    expect([info.extraCaps, info.capsUnwrapped, tag]).toEqual([0, 0, CapTag.null]);
  });
});

describe("A reply with a capability", () => {
  it.each([
    ["delivers it when the reply capability has Grant, and unwraps nothing", seL4_AllRights, [1, 0, CapTag.endpoint]],
    [
      "leaves it behind when the reply capability was copied without Grant",
      seL4_CapRights_new(true, false, true, true),
      [0, 0, CapTag.null],
    ],
  ])("%s", (_, rights, received) => {
    const seen: unknown[] = [];
    const at = { ep: 0, reply: 0, slot: 0 };
    scene(
      function* (kit) {
        at.ep = yield* kit.endpoint();
        at.reply = yield* kit.copy(yield* kit.reply(), rights);
        at.slot = kit.slots();
        yield* kit.start("server", { priority: 110 });
        yield* kit.start("client");
      },
      {
        *server() {
          yield* seL4_Recv(at.ep, at.reply);
          seL4_SetCap(0, at.ep);
          yield* seL4_Send(at.reply, message([], 0, 1));
        },
        *client() {
          seL4_SetCapReceivePath(seL4_CapInitThreadCNode, at.slot, seL4_WordBits);
          const info = yield* seL4_Call(at.ep, EMPTY);
          seen.push(info.extraCaps, info.capsUnwrapped, yield* seL4_DebugCapIdentify(at.slot));
        },
      },
    );
    expect(seen).toEqual(received);
  });
});
