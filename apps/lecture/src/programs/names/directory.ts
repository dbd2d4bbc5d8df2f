/**
 * A directory: names, which are numbers, and what they stand for. Both servers execute the same lines; they differ in
 * whose names they look at.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  program,
  type seL4_CPtr,
  seL4_GetMR,
  seL4_MessageInfo_get_label,
  seL4_MessageInfo_new,
  seL4_Recv,
  seL4_ReplyRecv,
  seL4_SetMR,
} from "@tessera/libsel4";
import { NOTHING, PUT, TAKEN } from "./protocol.js";

type Names = Map<number, number>;

/** Before: one table. A name means the same to everybody, and everybody may say it. */
export const global_directory = program(function* ({ a0: ep, a2: reply }) {
  const names: Names = new Map();
  yield* serve(ep, reply, () => names);
});

/** The answer: a table for each badge. A name means something to who holds that capability, and to nobody else. */
export const local_directory = program(function* ({ a0: ep, a2: reply }) {
  const tables = new Map<number, Names>();
  yield* serve(ep, reply, (badge) => {
    const names = tables.get(badge) ?? new Map();
    tables.set(badge, names);
    return names;
  });
});

function* serve(ep: seL4_CPtr<"Endpoint">, reply: seL4_CPtr<"Reply">, names_of: (badge: number) => Names): Thread {
  let { info, badge } = yield* seL4_Recv(ep, reply);
  for (;;) {
    const names = names_of(badge);
    const name = seL4_GetMR(0);
    const value = names.get(name);
    if (seL4_MessageInfo_get_label(info) === PUT) {
      if (value === undefined) names.set(name, seL4_GetMR(1));
      info = seL4_MessageInfo_new(value === undefined ? 0 : TAKEN, 0, 0, 0);
    } else {
      seL4_SetMR(0, value ?? 0);
      info = value === undefined ? seL4_MessageInfo_new(NOTHING, 0, 0, 0) : seL4_MessageInfo_new(0, 0, 0, 1);
    }
    ({ info, badge } = yield* seL4_ReplyRecv(ep, info, reply));
  }
}
