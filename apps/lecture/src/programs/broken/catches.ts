/** A client that forgets `yield*` and catches every error in a loop: nothing within its process can stop it. */
import { program, seL4_Call, seL4_GetMR, seL4_MessageInfo_new } from "@tessera/libsel4";
import { ClientEnvironment } from "../environment.js";

export const catches = program(function* ({ a0 }) {
  const { ep } = yield* ClientEnvironment.read(a0);
  for (;;) {
    try {
      const info = seL4_Call(ep, seL4_MessageInfo_new(0, 0, 0, 0));
      if (seL4_GetMR(0) !== 0) throw new Error(`an answer: ${info}`);
    } catch {
      // once more
    }
  }
});
