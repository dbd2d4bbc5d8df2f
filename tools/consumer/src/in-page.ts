/** The exchange in a page or in a worker of one; what came of it is posted to the server that the page is from. */
import { transcript } from "./exchange.js";

await fetch("/transcript", { method: "POST", body: transcript() });
