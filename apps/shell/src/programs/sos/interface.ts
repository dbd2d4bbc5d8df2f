/**
 * A seat at another system's console: who sits down there types for it and sees what it writes. One at a time.
 *
 *     sit({ output }) ─▸ a session ─▸ type({ input }): until the end of what is typed ─▸ closed: the seat is free
 */
import { define, File, op, sessionOf, u53 } from "@tessera/servers";

/**
 * What one can do who sits there.
 *
 * - `type`: what `input` gives goes to whoever reads the console. Answered when `input` is at its end and what it gave has
 *   been read. `IO`: `input` cannot be read. `Unseen`: `output` takes nothing any more, and nobody sits there any more; `BrokenPipe`:
 *   likewise, since it is a pipe that nobody reads. `Busy`: there is typing already.
 */
export const Seated = define("seated", {
  type: op({ input: sessionOf(File) }, {}, ["IO", "Unseen", "BrokenPipe"], { waits: true }),
});

/**
 * A seat.
 *
 * - `sit`: what is written goes to `output`, from offset `at` on, beginning with what nobody has seen yet. `Taken`:
 *   somebody sits there.
 */
export const Seat = define("seat", {
  sit: op({ output: sessionOf(File), at: u53 }, { seated: sessionOf(Seated) }, ["Taken"]),
});
