/**
 * Where programs made their last calls, as host stacks.
 *
 * Each of the first calls of a program remembers its stack, for who asks before the next call: "you forgot yield*", the
 * explanation of a failure. A stack takes more of the host's memory than everything else of a thread, so only some
 * contexts have one at a time: who remembers one more takes it from the context that has begun to longest ago.
 */
import { captureSite } from "./call-site.js";
import type { Context } from "./context.js";

/** Contexts that remember at a time. */
const PLACES = 256;

export class RememberedSites {
  /** A ring. A context that has forgotten by itself keeps its place until its turn comes. */
  readonly #contexts: (Context | null)[] = new Array(PLACES).fill(null);
  #oldest = 0;

  /** A call of the port's function `call` begins. The last of a program's calls that count remembers nothing. */
  remember(context: Context, call: unknown): void {
    context.remembered--;
    if (context.remembered === 0) {
      context.callSite = null;
      return;
    }
    if (context.callSite === null) this.#makeRoom(context);
    context.callSite = captureSite(call);
  }

  #makeRoom(context: Context): void {
    const oldest = this.#contexts[this.#oldest];
    if (oldest != null) oldest.callSite = null;
    this.#contexts[this.#oldest] = context;
    this.#oldest = (this.#oldest + 1) % PLACES;
  }
}
