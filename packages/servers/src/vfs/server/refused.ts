/** Whoever is refused something is told `Denied`, and people are told why. */
import type { Rights } from "./authority.js";

/** Tells that `what` was refused to who has these rights, and by which rule. */
export type Refused = (rights: Rights, what: string, why: string) => void;
