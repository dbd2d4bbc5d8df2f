/**
 * A server with state: it adds up numbers, for each session by itself.
 *
 * One endpoint, and everybody's capability to it has a badge of its own. Whose session a request belongs to is what the
 * kernel delivers with it, the badge; nobody says who they are, and nobody can say it wrongly. Whoever calls is found
 * again by the reply object, at once or much later.
 */
import {
  CNODE_SIZE_BITS,
  CNODE_SLOT_BITS,
  CNODE_SLOTS,
  cspace_adopt,
  cspace_alloc_slot,
  cspace_copy,
  cspace_delete,
  cspace_free_slot,
  cspace_mint,
  cspace_revoke,
  type cspace_t,
} from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  program,
  seL4_AllRights,
  seL4_CapRights_new,
  seL4_CNode_CancelBadgedSends,
  type seL4_CPtr,
  seL4_GetMR,
  seL4_MessageInfo_get_label,
  seL4_MessageInfo_new,
  seL4_Recv,
  seL4_ReplyRecv,
  seL4_Send,
  seL4_SetCap,
  seL4_SetMR,
  seL4_WordBits,
  throwOnError,
} from "@tessera/libsel4";
import { ADD, AWAIT, GONE, OPEN, REFUSED, TAKE_OVER } from "./protocol.js";

/** Badges of sessions begin here; below are the badges of doors, which are the numbers of clients. */
const FIRST_SESSION = 0x101;
/** The badge of who made the endpoint: none. */
const MAKER = 0;
/** In place of the badge of who waits. */
const NOBODY = -1;

/** What a client may do with a session: call, and be answered. */
const CALLS = seL4_CapRights_new(true, false, false, true);

interface Session {
  readonly client: number;
  /** The session with all rights, from which the client's is derived. It stays here. */
  readonly cap: seL4_CPtr<"Endpoint">;
  /** The session as it is sent. */
  readonly lent: seL4_CPtr<"Endpoint">;
  total: number;
}

const done = seL4_MessageInfo_new(0, 0, 0, 0);
const word = seL4_MessageInfo_new(0, 0, 0, 1);
const capability = seL4_MessageInfo_new(0, 0, 1, 0);
const refused = seL4_MessageInfo_new(REFUSED, 0, 0, 0);

export const server = program(function* ({ a0: ep, a2: now, a3: later, a4: cnode, a5: first_free }) {
  const slots = { start: first_free, end: CNODE_SLOTS(CNODE_SIZE_BITS) };
  const cspace = cspace_adopt(cnode, CNODE_SLOT_BITS(CNODE_SIZE_BITS), slots, null);
  const sessions = new Map<number, Session>();
  let reply = now;
  let parked = later;
  let waiting = NOBODY;

  let { info, badge } = yield* seL4_Recv(ep, reply);
  for (;;) {
    const session = sessions.get(badge);
    const request = seL4_MessageInfo_get_label(info);
    let answer = refused;

    if (request === OPEN && !has_session(sessions, badge)) {
      const opened = yield* open(cspace, ep, sessions, badge);
      seL4_SetCap(0, opened);
      answer = capability;
    } else if (request === ADD && session !== undefined) {
      session.total += seL4_GetMR(0);
      seL4_SetMR(0, session.total);
      if (waiting !== NOBODY) yield* seL4_Send(parked, word);
      waiting = NOBODY;
      answer = word;
    } else if (request === AWAIT && session !== undefined && waiting === NOBODY) {
      // This reply object stands for the caller until somebody adds; the next one takes its place. Who still has a
      // copy of that one, to answer an earlier caller, has it no longer.
      throwOnError(yield* cspace_revoke(cspace, parked), "revoking a reply object");
      [reply, parked, waiting] = [parked, reply, badge];
      ({ info, badge } = yield* seL4_Recv(ep, reply));
      continue;
    } else if (request === TAKE_OVER && session !== undefined && waiting !== NOBODY) {
      seL4_SetCap(0, parked);
      waiting = NOBODY;
      answer = capability;
    } else if (request === GONE && badge === MAKER) {
      yield* close_all(cspace, sessions, seL4_GetMR(0));
      if (!sessions.has(waiting)) waiting = NOBODY;
      answer = done;
    }
    ({ info, badge } = yield* seL4_ReplyRecv(ep, answer, reply));
  }
});

/** One is enough for a client, and for a session: whoever could have any number would use up the server's slots. */
function has_session(sessions: Map<number, Session>, badge: number): boolean {
  return sessions.has(badge) || [...sessions.values()].some(({ client }) => client === badge);
}

/** A session for a client: the endpoint once more, with the first badge that nobody has. */
function* open(
  cspace: cspace_t,
  ep: seL4_CPtr<"Endpoint">,
  sessions: Map<number, Session>,
  client: number,
): Thread<seL4_CPtr<"Endpoint">> {
  let badge = FIRST_SESSION;
  while (sessions.has(badge)) badge++;
  const cap = yield* cspace_alloc_slot(cspace);
  const lent = yield* cspace_alloc_slot(cspace);
  throwOnError(yield* cspace_mint(cspace, cap, cspace, ep, seL4_AllRights, badge), "minting a session");
  throwOnError(yield* cspace_copy(cspace, lent, cspace, cap, CALLS), "copying a session");
  sessions.set(badge, { client, cap, lent, total: 0 });
  return lent;
}

/**
 * A client is dead. Its sessions' capabilities go first, wherever they are by now, then the requests that were sent
 * with them and wait at the endpoint: only then can nobody speak with these badges, and they may be used again.
 */
function* close_all(cspace: cspace_t, sessions: Map<number, Session>, client: number): Thread {
  for (const [badge, session] of sessions) {
    if (session.client !== client) continue;
    throwOnError(yield* cspace_revoke(cspace, session.cap), "revoking a session");
    const err = yield* seL4_CNode_CancelBadgedSends(cspace.root_cnode, session.cap, seL4_WordBits);
    throwOnError(err, "cancelling requests");
    throwOnError(yield* cspace_delete(cspace, session.cap), "deleting a session");
    yield* cspace_free_slot(cspace, session.lent);
    yield* cspace_free_slot(cspace, session.cap);
    sessions.delete(badge);
  }
}
