/** What the shell writes itself. */
import type { Thread } from "@tessera/hal-sim/isa";
import { again, type Client, type ConsoleOutput, print } from "@tessera/servers";

/**
 * Write to the console. When it dies in the middle, its successor gets all of it; what nobody takes is lost, and no reason
 * to end. Can block.
 */
export function* say(output: Client<typeof ConsoleOutput>, text: string): Thread<void> {
  if (text !== "") yield* again(() => print(output, text));
}
