/** The lecture played with invariants checked at every kernel exit, for tests. */
import { type ClientName, type LectureOptions, playLecture } from "../src/machine.js";
import { type Transcript, transcribe } from "../src/transcript/transcript.js";

export interface Played extends Transcript {
  readonly hash: number;
  readonly reason: string;
  readonly console: string;
}

export function play(changes: Partial<LectureOptions> = {}): Played {
  const options = { badge: 0xff, seed: 1, client: "lecture" as ClientName, ...changes };
  let console = "";
  const { machine, failures, stop } = playLecture({
    checkInvariants: true,
    onConsole: (bytes) => {
      console += new TextDecoder().decode(bytes);
    },
    ...options,
  });
  const { badge, seed, client } = options;
  const transcript = transcribe(machine.trace, failures(), { badge, seed, client });
  return { ...transcript, hash: machine.trace.hash, reason: stop.reason, console };
}
