/** What a source of random bytes can be asked. */
import { define, op } from "../common/define.js";
import { bytes, u32 } from "../common/field.js";

/** The most bytes of one call. */
export const ENTROPY_BYTES = 256;

/**
 * `bytes`: so many random bytes, which nobody else gets; the answer comes when the device has made them. `TooMany`:
 * more than 256. `Broken`: the device does not work.
 */
export const Entropy = define("entropy", {
  bytes: op({ length: u32 }, { bytes: bytes(ENTROPY_BYTES) }, ["TooMany", "Broken"], { waits: true }),
});
