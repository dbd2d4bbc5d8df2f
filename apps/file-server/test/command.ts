/** The command without a process. */
import { playCommand, type Surroundings, type Written } from "@tessera/app-host/testing";
import { main } from "../src/cli.js";

/** Play the command to its end, in real time unless its options say otherwise. */
export async function command(args: readonly string[], surroundings: Surroundings = {}): Promise<Written> {
  return await playCommand(main, args, surroundings);
}

/** The same in virtual time. */
export async function virtual(args: readonly string[], surroundings: Surroundings = {}): Promise<Written> {
  return await command(["--virtual", ...args], surroundings);
}
