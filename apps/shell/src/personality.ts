/** The desk: the servers, and a shell that has a user's authority over them. */
import { Personality } from "@tessera/personality";
import { consoleServer, devfs, ramfs, timerServer } from "@tessera/servers";
import { COMMANDS, shell } from "./programs/shell/shell.js";

/**
 * The composition.
 * @param isTerminal whether somebody sits at the console; else it is fed with commands
 */
export function desk(isTerminal: boolean): Personality {
  return new Personality("desk")
    .add(timerServer, { priority: 200, budget: "2ms/10ms" })
    .add(consoleServer, { priority: 190, budget: "2ms/10ms" })
    .add(ramfs, { priority: 150, budget: "1ms/10ms" })
    .add(devfs([]), { priority: 140, budget: "500us/10ms" })
    .add(shell, {
      priority: 100,
      budget: "2ms/10ms",
      choose: { root: "ramfs", devices: "devfs" },
      restart: { first: "10ms", most: "1s" },
      ...(isTerminal ? {} : { args: COMMANDS }),
    });
}
