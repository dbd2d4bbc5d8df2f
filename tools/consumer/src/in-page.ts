/** The exchange in a page or in a worker of one; what came of it is posted to the server that the page is from. */
import { exchange } from "./exchange.js";

await fetch("/exchange", { method: "POST", body: exchange() });
