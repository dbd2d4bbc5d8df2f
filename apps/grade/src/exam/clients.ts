/**
 * Clients of the timer under test, of the grader's own: SOS has one alarm of it pending at a time, and a timer has to
 * serve many who sleep, set alarms, take them back, and hear ticks. They are composed with the system as its disk is: with
 * the disk's priority, at the offer that the disk calls.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import type { Personality } from "@tessera/personality";
import {
  type Client,
  type Component,
  calls,
  component,
  type PlannedComponent,
  type Self,
  Timer,
} from "@tessera/servers";
import { Failed, type Witness } from "./witness.js";

/** What a client has. */
export interface ClientOwn {
  readonly clock: Client<typeof Timer>;
  readonly self: Self;
  readonly witness: Witness;
}

/** What a client of the timer does. It waits for signals by `self.signalled`. */
export type ClientMain = (own: ClientOwn) => Thread;

/** Two per thousand of the processor each. */
const BUDGET = "200us/100ms";
const DISK = "disk";

/**
 * Compose them with a system.
 * @throws Failed when it has no disk; CompositionRefused when it has no time left for them
 */
export function addClients(
  personality: Personality,
  clients: Readonly<Record<string, ClientMain>>,
  witness: Witness,
): void {
  const disk = personality.plan().components.find(({ program }) => program === DISK);
  if (disk === undefined) throw new Failed("the disk is not composed with the system");
  const placing = { priority: disk.priority, budget: BUDGET, choose: { clock: timerOf(disk) } };
  for (const [name, main] of Object.entries(clients)) personality.add(clientOf(name, main, witness), placing);
}

function clientOf(name: string, main: ClientMain, witness: Witness): Component {
  return component(`grader_${name}`, {
    needs: { clock: calls(Timer) },
    signals: true,
    *main({ clock, self }) {
      try {
        yield* main({ clock, self, witness });
      } catch (error) {
        if (error instanceof Failed) return; // it is told already
        witness.note(`a client of the timer, "${name}": ${error instanceof Error ? error.message : String(error)}`);
      }
    },
  });
}

/** Whose offer the disk calls, as a choice is written. */
function timerOf({ slots }: PlannedComponent): string {
  const slot = slots.find((one) => one.what === "calls");
  return slot?.what === "calls" ? `${slot.server}.${slot.offer}` : "";
}
