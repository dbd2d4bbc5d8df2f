import { cspace_alloc_slot, cspace_mint, cspace_untyped_retype } from "@tessera/cspace-lib";
import {
  seL4_AllRights,
  seL4_CapNull,
  type seL4_CPtr,
  seL4_EndpointBits,
  seL4_EndpointObject,
  seL4_NoError,
  seL4_ReplyBits,
  seL4_ReplyObject,
} from "@tessera/libsel4";
import { world } from "@tessera/testing";
import { expect, expectTypeOf, it } from "vitest";
import { alloc_retype, ut_alloc } from "../src/index.js";

it("the lecture's program type-checks and runs as printed", () => {
  world({
    *root(_, cspace) {
      const { cptr: ep } = yield* alloc_retype(seL4_EndpointObject, seL4_EndpointBits, cspace);

      const reply_ut = yield* ut_alloc(seL4_ReplyBits, cspace);
      const reply = yield* cspace_alloc_slot(cspace);
      let err = yield* cspace_untyped_retype(cspace, reply_ut.cap, reply, seL4_ReplyObject, seL4_ReplyBits);
      expect(err).toBe(seL4_NoError);
      const badged_ep = yield* cspace_alloc_slot(cspace);
      err = yield* cspace_mint(cspace, badged_ep, cspace, ep, seL4_AllRights, 0xff);
      expect(err).toBe(seL4_NoError);
      expect([reply, badged_ep]).not.toContain(seL4_CapNull);
      expectTypeOf(ep).toEqualTypeOf<seL4_CPtr<"Endpoint">>();
    },
  });
});
