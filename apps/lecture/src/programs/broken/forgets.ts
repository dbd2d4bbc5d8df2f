/** A client that forgets `yield*`: it looks for the answer while the call is still under way. */
import { program, seL4_Call, seL4_GetMR, seL4_MessageInfo_new, seL4_SetMR } from "@tessera/libsel4";
import { ClientEnvironment } from "../environment.js";

export const forgets = program(function* ({ a0 }) {
  const { ep, word } = yield* ClientEnvironment.read(a0);
  seL4_SetMR(0, word);
  const info = seL4_Call(ep, seL4_MessageInfo_new(0, 0, 0, 1));
  if (seL4_GetMR(0) === 0) throw new Error(`no address in ${info}`);
});
