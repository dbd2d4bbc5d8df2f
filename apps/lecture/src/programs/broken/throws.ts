/** A client that throws, after it has been answered. */
import { program, seL4_Call, seL4_GetMR, seL4_MessageInfo_new, seL4_SetMR } from "@tessera/libsel4";
import { ClientEnvironment } from "../environment.js";

export const throws = program(function* ({ a0 }) {
  const { ep, word } = yield* ClientEnvironment.read(a0);
  seL4_SetMR(0, word);
  yield* seL4_Call(ep, seL4_MessageInfo_new(0, 0, 0, 1));
  throw new Error(`what shall I do with ${seL4_GetMR(0)}?`);
});
