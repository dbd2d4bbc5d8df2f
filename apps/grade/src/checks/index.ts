/** All checks, milestone by milestone. */
import type { Check } from "../exam/check.js";
import { M0 } from "./m0.js";
import { M1 } from "./m1.js";
import { M2 } from "./m2.js";
import { M3 } from "./m3.js";
import { M4 } from "./m4.js";
import { M5 } from "./m5.js";
import { M6 } from "./m6.js";

export const CHECKS: readonly Check[] = [...M0, ...M1, ...M2, ...M3, ...M4, ...M5, ...M6];
