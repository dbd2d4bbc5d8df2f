/** A client that calls through an address outside of its CSpace: a CapFault, since there is nobody to answer it. */
import { program, seL4_Call, seL4_MessageInfo_new } from "@tessera/libsel4";

const NOWHERE = 0x1000;

export const strays = program(function* () {
  yield* seL4_Call(NOWHERE, seL4_MessageInfo_new(0, 0, 0, 0));
});
