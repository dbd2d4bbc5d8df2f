/** A CSpace as deep as an address is long: 64 CNodes of one bit. */
import {
  seL4_AllRights,
  seL4_Call,
  seL4_CapInitThreadVSpace,
  seL4_CNode_Copy,
  type seL4_CPtr,
  seL4_InvalidCapability,
  seL4_Recv,
  seL4_Send,
  seL4_TCB_SetSpace,
  seL4_Wait,
} from "@tessera/libsel4";
import { expect, it } from "vitest";
import { must } from "../support/kit.js";
import { EMPTY, message, words } from "../support/message.js";
import { behaviour } from "./test-thread.js";

const LEVELS = 64;
/** Bits 0101…01, of which each level decodes one. */
const ADDRESS = 0x5555_5555_5555_5555n;
const WORD = 0x1234;

/** An address beyond 2^53, which the stubs take as they take every word. */
const cptr = (address: bigint) => address as unknown as seL4_CPtr;

it("CSPACE0001: of all paths through 64 levels one leads to the endpoint, and the others to no capability", () => {
  const at = { ep: 0 };
  const labels: number[] = [];
  const { value } = behaviour(
    function* (t) {
      const { kit } = t;
      at.ep = yield* kit.endpoint();
      const first = yield* kit.cnodeOf(1);
      let cnode = first;
      for (let k = 0; k < LEVELS; k++) {
        const next = k === LEVELS - 1 ? at.ep : yield* kit.cnodeOf(1);
        must(yield* seL4_CNode_Copy(cnode, k % 2, 1, kit.cnode, next, kit.depth, seL4_AllRights), `level ${k}`);
        cnode = next;
      }
      const caller = yield* t.start("caller");
      yield* seL4_Recv(at.ep, t.reply);
      must(yield* seL4_TCB_SetSpace(caller.tcb, t.faults, first, 0, seL4_CapInitThreadVSpace, 0), "SetSpace");
      yield* seL4_Send(t.reply, EMPTY);
      return words((yield* seL4_Recv(at.ep, t.reply)).info);
    },
    {
      *caller() {
        yield* seL4_Call(at.ep, EMPTY);
        for (let address = 0n; address < LEVELS; address++) {
          labels.push((yield* seL4_Call(cptr(address), EMPTY)).label);
        }
        for (let bit = 0n; bit < LEVELS; bit++) {
          labels.push((yield* seL4_Call(cptr(ADDRESS ^ (1n << bit)), EMPTY)).label);
        }
        yield* seL4_Send(cptr(ADDRESS), message([WORD]));
        // Nothing else is in its reach: here it stays.
        yield* seL4_Wait(cptr(ADDRESS));
      },
    },
  );
  expect(value).toEqual([WORD]);
  expect(labels).toEqual(Array.from({ length: 2 * LEVELS }, () => seL4_InvalidCapability));
});
