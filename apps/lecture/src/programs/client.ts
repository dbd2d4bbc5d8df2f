/**
 * The lecture's client: two calls with one message register each, and then something that it should not try.
 *
 * It holds one capability, the badged endpoint that the server moved into its CSpace. The answer to a call is an
 * address in the server's memory; to the client it is just a number.
 */
import { load } from "@tessera/hal-sim/isa";
import { program, seL4_Call, seL4_GetMR, seL4_MessageInfo_new, seL4_SetMR } from "@tessera/libsel4";
import { ClientEnvironment } from "./environment.js";

export const client = program(function* ({ a0 }) {
  const { ep, word } = yield* ClientEnvironment.read(a0);

  seL4_SetMR(0, word);
  yield* seL4_Call(ep, seL4_MessageInfo_new(0, 0, 0, 1));

  seL4_SetMR(0, word + 1);
  yield* seL4_Call(ep, seL4_MessageInfo_new(0, 0, 0, 1));

  // The server's note, at the server's address, from the client's memory: a fault.
  yield* load(seL4_GetMR(0));
});
