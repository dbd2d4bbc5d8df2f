/**
 * A clock for servers that note times and do not depend on them: while the timer is dead it stands still, and they go on.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { Client } from "../common/client.js";
import type { Timer } from "./interface.js";

/** The time as a timer counts it. */
export class Clock {
  readonly #timer: Client<typeof Timer>;
  #us = 0;

  constructor(timer: Client<typeof Timer>) {
    this.#timer = timer;
  }

  /** Microseconds, or those of the last time that the timer has answered. Can block. */
  *read(): Thread<number> {
    const answer = yield* this.#timer.time();
    if (answer.error === null) this.#us = answer.us;
    return this.#us;
  }
}
