/**
 * Asking again, when a server has died and another one was started in its place.
 *
 * What composition has given leads to the new server at once, and calls wait in its queue until it runs. So `Gone` is
 * all that a client sees of the death, and only when the server had its call: whether that was carried out is not known.
 * `again` is for operations that can be carried out twice.
 *
 * Sessions that the old server has opened are not known to the new one: `Closed`, and nothing was carried out. Reopening
 * opens them again.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { Results } from "./answer.js";
import type { ClientBase } from "./client.js";

/** How often one question is asked. Who kills each server that it comes to shall not go on for ever. */
const MOST_TIMES = 3;

/**
 * Ask, and ask again when the server died while it had the call: for what can be carried out twice. Can block.
 * @returns the answer; `Gone` after three deaths, and when there is no server any more
 */
export function* again<A extends { readonly error: string | null }>(ask: () => Thread<A>): Thread<A> {
  let answer = yield* ask();
  for (let times = 1; answer.error === "Gone" && times < MOST_TIMES; times++) answer = yield* ask();
  return answer;
}

/** A session that is opened again when its server was started anew. */
export class Reopening<O extends { readonly error: string | null }, S extends ClientBase> {
  readonly #open: () => Thread<O>;
  readonly #sessionIn: (opened: Results<O>) => S;
  #session: S | null = null;

  /**
   * Nothing is opened yet.
   * @param open opens the session; it may do so twice
   * @param sessionIn where in the answer it is
   *
   *     const file = new Reopening(() => directory.open({ name: "motd", create: false, write: false }), ({ file }) => file);
   *     const answer = yield* file.ask((file) => file.read({ offset: 0, length: 100 }));
   */
  constructor(open: () => Thread<O>, sessionIn: (opened: Results<O>) => S) {
    this.#open = open;
    this.#sessionIn = sessionIn;
  }

  /**
   * Ask by the session, which is opened when there is none, and again when it is `Closed`. Can block.
   * @param twice what is asked can be carried out twice: so it is asked again, too, when the server died while it had it
   * @returns the answer, or the refusal to open the session
   */
  *ask<A extends { readonly error: string | null }>(
    ask: (session: S) => Thread<A>,
    { twice = false }: { readonly twice?: boolean } = {},
  ): Thread<A | Exclude<O, { readonly error: null }>> {
    for (let times = 1; ; times++) {
      if (this.#session === null) {
        const opened = yield* again(this.#open);
        if (opened.error !== null) return opened as Exclude<O, { readonly error: null }>;
        this.#session = this.#sessionIn(opened as Results<O>);
      }
      const answer = yield* ask(this.#session);
      const isOver = answer.error === "Closed" || answer.error === "Gone";
      if (!isOver) return answer;
      yield* this.close();
      if (times === MOST_TIMES || (answer.error === "Gone" && !twice)) return answer;
    }
  }

  /** End the session, if it is open. Asking by it opens another one. Can block. */
  *close(): Thread<void> {
    const session = this.#session;
    this.#session = null;
    if (session !== null) yield* session.close();
  }
}
