/**
 * Where the three programs appear: one after the other, so that what they write is read like a play. It writes for them,
 * with the name of who speaks in front, has the host say why somebody was refused, and ends the machine when all are done.
 *
 * Nobody else has the console, the line to the host, or the switch of the machine.
 */
import { copyOut, type Thread } from "@tessera/hal-sim/isa";
import {
  type Client,
  type Condition,
  ConsoleOutput,
  calls,
  component,
  type Device,
  define,
  device,
  mustPrint,
  op,
  text,
} from "@tessera/servers";

/** Bytes of what is said at a time. */
const LINE_BYTES = 500;

/** What a program asks of the stage. */
export const Stage = define("stage", {
  /** Wait until those before it are done. */
  turn: op({}, {}, [], { waits: true }),
  /** Write a line. */
  say: op({ line: text(LINE_BYTES) }, {}),
  /** Have the host say what the last call was that it was refused, and by whom. */
  why: op({}, {}),
  /** The next one's turn has come. */
  done: op({}, {}),
});

/** Where the board has the monitor, and the switch of the machine. */
const MONITOR = device({ address: 0x10_2000 });
const POWER_OFF = device({ address: 0x10_0000 });
/** The last of the arguments where the machine goes on when all are done. */
const STAYS = "stays";
/** What ends the machine, with all well. */
const PASS = 0x5555;

/** Somebody who appears. */
interface Player {
  readonly name: string;
  readonly comes: Condition<void>;
}

/** The component. Its arguments are the names of its clients, by their badges, in the order of their turns; behind them "stays". */
export const stage = component("stage", {
  needs: { output: calls(ConsoleOutput), monitor: MONITOR, power: POWER_OFF },
  offers: { stage: Stage },
  *main({ output, monitor, power, stage, self }) {
    const words = self.args.split(" ");
    const stays = words.at(-1) === STAYS;
    const players = playersIn(stays ? words.slice(0, -1) : words, () => self.condition<void>());
    const order = [...players.values()];
    let on = 0;
    yield* stage.serve(({ badge }) => players.get(badge) as Player, {
      *turn(player) {
        if (order[on] !== player) yield* player.comes.wait();
      },
      *say({ name }, { line }) {
        yield* mustPrint(output, `${name}: ${line}\n`);
      },
      *why({ name }) {
        yield* output.flush();
        yield* tell(monitor, `why ${name}`);
      },
      *done() {
        on += 1;
        const next = order[on];
        if (next !== undefined) next.comes.wake();
        else if (!stays) yield* end(output, power);
      },
    });
  },
});

/** `101=admin 102=guest`: badges are hexadecimal. */
function playersIn(words: readonly string[], condition: () => Condition<void>): Map<number, Player> {
  return new Map(
    words.map((each): [number, Player] => {
      const [badge = "", name = ""] = each.split("=");
      return [Number.parseInt(badge, 16), { name, comes: condition() }];
    }),
  );
}

function* tell(monitor: Device, request: string): Thread<void> {
  yield* copyOut(monitor.address, new TextEncoder().encode(`${request}\n`));
}

function* end(output: Client<typeof ConsoleOutput>, power: Device): Thread<void> {
  yield* output.flush();
  yield* copyOut(power.address, new Uint8Array(Uint32Array.of(PASS).buffer));
}
