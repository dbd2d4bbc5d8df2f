/** The exchange in a process whose modules are ECMAScript's. */
import { transcript } from "./exchange.js";

console.log(transcript());
