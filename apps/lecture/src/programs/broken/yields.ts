/** A client that yields a value of its own, as if it were any generator. */
import { program } from "@tessera/libsel4";
import { ClientEnvironment } from "../environment.js";

export const yields = program(function* ({ a0 }) {
  const { word } = yield* ClientEnvironment.read(a0);
  yield word as unknown as undefined;
});
