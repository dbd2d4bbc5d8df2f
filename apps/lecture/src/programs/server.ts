/**
 * The lecture's server. It writes down every word that it is sent, and by whom, and answers with the address where.
 *
 * It allocates for itself, in its own CSpace and from the 4 KiB of untyped memory that the root task gave it; it needs
 * nobody's leave to make an endpoint, to badge it for a client, or to make the reply object that it answers with.
 */
import {
  CNODE_SIZE_BITS,
  CNODE_SLOT_BITS,
  CNODE_SLOTS,
  cspace_adopt,
  cspace_alloc_slot,
  cspace_mint,
  cspace_move,
  type cspace_t,
  cspace_untyped_retype,
} from "@tessera/cspace-lib";
import { store } from "@tessera/hal-sim/isa";
import {
  program,
  seL4_AllRights,
  seL4_EndpointBits,
  seL4_EndpointObject,
  seL4_GetMR,
  seL4_MessageInfo_new,
  seL4_NBSend,
  seL4_Recv,
  seL4_ReplyBits,
  seL4_ReplyObject,
  seL4_ReplyRecv,
  seL4_SetMR,
  throwOnError,
} from "@tessera/libsel4";
import { ut_alloc, ut_bootstrap } from "@tessera/ut-alloc";
import { ServerEnvironment, type WordsOf } from "./environment.js";
import { make } from "./make.js";

const WORD_BYTES = 8;
const NOTE_BYTES = 2 * WORD_BYTES;

export const server = program(function* ({ a0 }) {
  const env = yield* ServerEnvironment.read(a0);
  const { cspace, client } = spacesOf(env);
  const ep = yield* make(seL4_EndpointObject, seL4_EndpointBits, cspace);

  // A reply object: memory, a slot, and the object in it.
  const reply_ut = yield* ut_alloc(seL4_ReplyBits, cspace);
  const reply = yield* cspace_alloc_slot(cspace);
  let err = yield* cspace_untyped_retype(cspace, reply_ut.cap, reply, seL4_ReplyObject, seL4_ReplyBits);
  throwOnError(err, "retyping a reply object");

  // The endpoint once more, with a badge (0xff unless the user wants another), for the client.
  const badged_ep = yield* cspace_alloc_slot(cspace);
  err = yield* cspace_mint(cspace, badged_ep, cspace, ep, seL4_AllRights, env.badge);
  throwOnError(err, "minting the client's endpoint");
  err = yield* cspace_move(client, env.client_ep, cspace, badged_ep);
  throwOnError(err, "handing it to the client");

  // One request, answered by a send to the reply object. A note: who sent it, by badge, and what.
  let note = env.memory;
  let { badge } = yield* seL4_Recv(ep, reply);
  yield* store(note, badge);
  yield* store(note + WORD_BYTES, seL4_GetMR(0));
  seL4_SetMR(0, note);
  yield* seL4_NBSend(reply, seL4_MessageInfo_new(0, 0, 0, 1));

  // All others: the answer, and the wait for the next request, in one call.
  ({ badge } = yield* seL4_Recv(ep, reply));
  for (;;) {
    note += NOTE_BYTES;
    yield* store(note, badge);
    yield* store(note + WORD_BYTES, seL4_GetMR(0));
    seL4_SetMR(0, note);
    ({ badge } = yield* seL4_ReplyRecv(ep, seL4_MessageInfo_new(0, 0, 0, 1), reply));
  }
});

/** The server's own CSpace with its allocator, and its client's, as the root task described them. */
function spacesOf(env: WordsOf<typeof ServerEnvironment>): { cspace: cspace_t; client: cspace_t } {
  const bits = CNODE_SLOT_BITS(CNODE_SIZE_BITS);
  const slots = CNODE_SLOTS(CNODE_SIZE_BITS);
  const bootinfo = {
    empty: { start: env.first_free_slot, end: slots },
    initThreadCNodeSizeBits: bits,
    untyped: { start: env.untyped, end: env.untyped + 1 },
    untypedList: [{ paddr: env.untyped_paddr, sizeBits: env.untyped_bits, isDevice: false }],
  };
  const cspace = ut_bootstrap(bootinfo, env.cnode);
  const client = cspace_adopt(env.client_cnode, bits, { start: env.client_ep + 1, end: slots }, null);
  return { cspace, client };
}
