/** Who is connected to a server of 9P, for whoever administers it. */
import { define, op } from "../common/define.js";
import { text, u32, u53 } from "../common/field.js";

/** The connections of a server of 9P. */
export const Connections = define("connections", {
  /** The connection whose number comes next behind `after`: fids, requests under way, and what it has attached. */
  next: op({ after: u53 }, { number: u53, fids: u32, requests: u32, exports: text(255) }, ["End"]),
  /** Cut a connection off. */
  cut: op({ number: u53 }, {}, ["NotFound"]),
  /** Wait until nobody is connected. */
  quiet: op({}, {}, [], { waits: true }),
});
