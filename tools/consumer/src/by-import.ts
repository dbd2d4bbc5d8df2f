/** The exchange in a process whose modules are ECMAScript's. */
import { exchange } from "./exchange.js";

console.log(exchange());
