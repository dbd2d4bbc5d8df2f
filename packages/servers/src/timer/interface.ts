/**
 * What a timer can be asked. All times are whole microseconds; those at which something is to happen are counted, like
 * `time()`, from 1970 as the machine's clock shows it, so they mean the same after the timer was started anew.
 */
import { define, op, sessionOf } from "../common/define.js";
import { capability, u32, u53 } from "../common/field.js";

/**
 * Alarms that ring one signal. Several that ring together are one signal, so whoever hears it looks at the time.
 *
 * - `set`: ring at `atUs`, at once when that has passed. `TooMany`: as many of this client are to come as may be.
 * - `cancel`: `NotSet`: it has rung, or was cancelled.
 */
export const Alarms = define("alarms", {
  set: op({ atUs: u53 }, { id: u53 }, ["TooMany"]),
  cancel: op({ id: u53 }, {}, ["NotSet"]),
});

/** What rings again and again, until the session is closed. `count`: how often its time has come up to now. */
export const Ticks = define("ticks", { count: op({}, { count: u53 }) });

/**
 * A clock, and waiting for it.
 *
 * - `time`: microseconds since 1970, as the clock shows it.
 * - `sleep`: the answer comes when so much time has passed. `Busy`: as many sleep as the timer has room for.
 * - `alarms`: a session whose alarms ring `signal`.
 * - `periodic`: ring `signal` every `us` microseconds, from now on. `TooShort`: less than 1,000. `TooMany`: this
 *   client has eight of them.
 */
export const Timer = define("timer", {
  time: op({}, { us: u53 }),
  sleep: op({ us: u53 }, {}, [], { waits: true }),
  alarms: op({ signal: capability("Notification") }, { alarms: sessionOf(Alarms) }),
  periodic: op({ signal: capability("Notification"), us: u32 }, { ticks: sessionOf(Ticks) }, ["TooShort", "TooMany"]),
});
