/** What the rights of an endpoint capability let pass, all sixteen of them; and receives that do not wait. */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_CapFault_Addr,
  seL4_CapFault_InRecvPhase,
  seL4_CapFault_LookupFailureType,
  seL4_CapInitThreadCNode,
  seL4_CapRights_new,
  type seL4_CapRights_t,
  seL4_Fault_CapFault,
  seL4_MissingCapability,
  seL4_NBRecv,
  seL4_Poll,
  seL4_Recv,
  seL4_Send,
  seL4_SetCap,
  seL4_SetCapReceivePath,
  seL4_Signal,
  seL4_TCB_BindNotification,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { must } from "../support/kit.js";
import { message, words } from "../support/message.js";
import { behaviour, type TestThread } from "./test-thread.js";

interface Rights {
  readonly grantReply: boolean;
  readonly grant: boolean;
  readonly read: boolean;
  readonly write: boolean;
}

const ALL_RIGHTS: readonly Rights[] = Array.from({ length: 16 }, (_, bits) => ({
  write: (bits & 1) !== 0,
  read: (bits & 2) !== 0,
  grant: (bits & 4) !== 0,
  grantReply: (bits & 8) !== 0,
}));
const rightsOf = ({ grantReply, grant, read, write }: Rights): seL4_CapRights_t =>
  seL4_CapRights_new(grantReply, grant, read, write);

const WRONG = 1;
const RIGHT = 2;

describe("An endpoint capability", () => {
  it("IPCRIGHTS0001: sends when it has the Write right; without it a Send is dropped and does not block", () => {
    const at = { ep: 0 };
    const seen: number[][] = [];
    behaviour(
      function* (t) {
        at.ep = yield* t.kit.endpoint();
        for (const rights of ALL_RIGHTS) {
          const minted = yield* t.kit.mint(at.ep, 0, rightsOf(rights));
          const helper = yield* t.start("receiver");
          yield* seL4_Send(minted, message([WRONG]));
          yield* seL4_Send(at.ep, message([RIGHT]));
          if (!rights.write) yield* seL4_Send(at.ep, message([RIGHT]));
          yield* t.wait(helper);
        }
      },
      {
        *receiver(_, { reply }) {
          const received: number[] = [];
          for (let i = 0; i < 2; i++) received.push(...words((yield* seL4_Recv(at.ep, reply)).info));
          seen.push(received);
        },
      },
    );
    expect(seen).toEqual(ALL_RIGHTS.map(({ write }) => [write ? WRONG : RIGHT, RIGHT]));
  });

  it("IPCRIGHTS0002: receives when it has the Read right; without it the receive is a cap fault", () => {
    const at = { minted: 0 };
    const received: number[][] = [];
    const faults: number[][] = [];
    behaviour(
      function* (t) {
        const { kit } = t;
        const [ep, handler] = [yield* kit.endpoint(), yield* kit.endpoint()];
        for (const rights of ALL_RIGHTS) {
          at.minted = yield* kit.mint(ep, 0, rightsOf(rights));
          const helper = yield* t.start("receiver", { faultHandler: handler });
          if (rights.read) {
            for (const word of [RIGHT, RIGHT + 1]) yield* seL4_Send(ep, message([word]));
            yield* t.wait(helper);
            continue;
          }
          const { info } = yield* seL4_Recv(handler, t.reply);
          const fault = words(info);
          faults.push([
            info.label,
            fault[seL4_CapFault_Addr]! - at.minted,
            fault[seL4_CapFault_InRecvPhase]!,
            ...fault.slice(seL4_CapFault_LookupFailureType),
          ]);
        }
      },
      {
        *receiver(_, { reply }) {
          const words2: number[] = [];
          for (let i = 0; i < 2; i++) words2.push(...words((yield* seL4_Recv(at.minted, reply)).info));
          received.push(words2);
        },
      },
    );
    expect(received).toEqual(Array.from({ length: 8 }, () => [RIGHT, RIGHT + 1]));
    expect(faults).toEqual(Array.from({ length: 8 }, () => [seL4_Fault_CapFault, 0, 1, seL4_MissingCapability, 0]));
  });

  it("IPCRIGHTS0003: sends capabilities along when it has the Grant right, and with no other", () => {
    const at = { ep: 0, slot: 0 };
    const BADGE = 0x99;
    const { value } = behaviour(
      function* (t) {
        const { kit } = t;
        at.ep = yield* kit.endpoint();
        const seen: number[][] = [];
        for (const rights of ALL_RIGHTS.filter(({ write }) => write)) {
          const minted = yield* kit.mint(at.ep, 0, rightsOf(rights));
          const ntfn = yield* kit.notification();
          const gift = yield* kit.mint(ntfn, BADGE);
          at.slot = kit.slots();
          const helper = yield* t.start("receiver");
          seL4_SetCap(0, gift);
          yield* seL4_Send(minted, message([RIGHT], 0, 1));
          const extraCaps = yield* t.wait(helper);
          seen.push([extraCaps, (yield* seL4_Poll(ntfn)).badge]);
        }
        return seen;
      },
      {
        *receiver(_, { reply }) {
          seL4_SetCapReceivePath(seL4_CapInitThreadCNode, at.slot, 64);
          const { info } = yield* seL4_Recv(at.ep, reply);
          expect(words(info)).toEqual([RIGHT]);
          // Works if it has come; a Signal on an empty slot does nothing.
          yield* seL4_Signal(at.slot);
          return info.extraCaps;
        },
      },
    );
    expect(value).toEqual(ALL_RIGHTS.filter(({ write }) => write).map(({ grant }) => (grant ? [1, BADGE] : [0, 0])));
  });
});

describe("A receive that does not wait", () => {
  it("NBWAIT0001: takes what is there, over the binding too, once", () => {
    const SIGNAL = 2;
    const MESSAGE = 1;
    const WORD = 0x77;
    const at = { messages: 0 };
    const { value } = behaviour(
      function* (t: TestThread): Thread<unknown[]> {
        const { kit } = t;
        const [ntfn, ep] = [yield* kit.notification(), yield* kit.endpoint()];
        const signals = yield* kit.mint(ntfn, SIGNAL);
        at.messages = yield* kit.mint(ep, MESSAGE);
        must(yield* seL4_TCB_BindNotification(t.tcb, ntfn));
        const receive = function* () {
          const { badge, info } = yield* seL4_NBRecv(ep, t.reply);
          return [badge, ...words(info)];
        };
        const seen: unknown[] = [yield* receive(), (yield* seL4_Poll(ntfn)).badge];
        yield* seL4_Signal(signals);
        seen.push((yield* seL4_Poll(ntfn)).badge, (yield* seL4_Poll(ntfn)).badge);
        yield* seL4_Signal(signals);
        seen.push(yield* receive(), yield* receive());
        yield* t.setPriority(253);
        yield* t.start("sender", { priority: 254 });
        seen.push(yield* receive(), yield* receive());
        return seen;
      },
      {
        *sender() {
          yield* seL4_Send(at.messages, message([WORD]));
        },
      },
    );
    expect(value).toEqual([[0], 0, SIGNAL, 0, [SIGNAL], [0], [MESSAGE, WORD], [0]]);
  });
});
