/**
 * Streams between servers of this machine and whoever is outside. Who has the capability to a listener can accept the
 * connections of one port, and nothing else: which port that is was decided by the composition.
 *
 * Bytes travel through the client's window, that of the listener. Whoever keeps several streams going asks by `wait: false`
 * and is signalled when asking again is worth it (`NotNow` until then).
 */
import { define, op, sessionOf } from "../common/define.js";
import { bool, capability, u32, u53 } from "../common/field.js";

/** Bytes of a stream that wait for their reader, at most. */
export const STREAM_BYTES = 65_536;

/**
 * A stream of bytes in both directions. Closing it ends both. At each direction one call waits at a time (else `Busy`).
 *
 * `NoWindow`: what does not lie in the window. `Reset`: the connection is gone, without having come to an end.
 */
export const Stream = define("stream", {
  /** Up to `length` bytes that have come, to the window at `at`; 0: no more will come. */
  read: op({ length: u32, at: u32, wait: bool }, { count: u32 }, ["NotNow", "NoWindow", "Reset"], { waits: true }),
  /** Send bytes from the window at `at`: as many as there is room for, at least one. `Ended`: after `end`. */
  write: op({ length: u32, at: u32, wait: bool }, { written: u32 }, ["NotNow", "NoWindow", "Ended", "Reset"], {
    waits: true,
  }),
  /** Nothing more will be sent: the other side reads to here. */
  end: op({}, {}),
});

/** The connections of one port. */
export const Listener = define("listener", {
  /**
   * The next connection that somebody asks for; its number is that of `news`, and never used again. As long as nobody
   * accepts, up to 16 of them wait, and further ones are refused. `Broken`: there is no device that works.
   */
  accept: op({ wait: bool }, { stream: sessionOf(Stream), number: u32 }, ["NotNow", "Broken"], { waits: true }),
  /** Ring `signal` when there is news, instead of whoever was rung before. */
  onNews: op({ signal: capability("Notification") }, {}),
  /**
   * What can be done that was refused, or could not be done when it was told last: 0, accept a connection; otherwise read
   * from or write to this stream, if only to hear of its end. Asked until `Nothing`, after each signal.
   */
  news: op({}, { number: u53, canRead: bool, canWrite: bool }, ["Nothing"]),
});
