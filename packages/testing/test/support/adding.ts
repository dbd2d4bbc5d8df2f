/** A world with a server that adds one, and a root task that obeys the test. `at.ep` leads to the server. */
import {
  program,
  seL4_EndpointBits,
  seL4_EndpointObject,
  seL4_GetMR,
  seL4_MessageInfo_new,
  seL4_Recv,
  seL4_ReplyBits,
  seL4_ReplyObject,
  seL4_ReplyRecv,
  seL4_SetMR,
} from "@tessera/libsel4";
import { alloc_retype, spawn } from "@tessera/ut-alloc";
import type { WorldOptions } from "../../src/index.js";

export const ONE_WORD = seL4_MessageInfo_new(0, 0, 0, 1);
/** The server will have nothing to do with it. */
export const UNLUCKY = 13;

export function addingWorld(): { readonly options: WorldOptions<string>; readonly at: { ep: number } } {
  const at = { ep: 0, reply: 0 };
  const options: WorldOptions<string> = {
    *root(bootinfo, cspace, { obey }) {
      at.ep = (yield* alloc_retype(seL4_EndpointObject, seL4_EndpointBits, cspace)).cptr;
      at.reply = (yield* alloc_retype(seL4_ReplyObject, seL4_ReplyBits, cspace)).cptr;
      yield* spawn(cspace, 1, 0, { name: "server", priority: 100, sched_control: bootinfo.schedcontrol.start });
      yield* obey();
      return "dismissed";
    },
    programs: {
      server: program(function* () {
        yield* seL4_Recv(at.ep, at.reply);
        for (;;) {
          if (seL4_GetMR(0) === UNLUCKY) throw new Error("the server is superstitious");
          seL4_SetMR(0, seL4_GetMR(0) + 1);
          yield* seL4_ReplyRecv(at.ep, ONE_WORD, at.reply);
        }
      }),
    },
  };
  return { options, at };
}
