/** The desk: the servers, and a shell that has a user's authority over them. */
import { Personality } from "@tessera/personality";
import {
  consoleServer,
  devfs,
  entropyServer,
  logServer,
  nameServer,
  pipeServer,
  processServer,
  ramfs,
  timerServer,
} from "@tessera/servers";
import { COMMANDS, shell } from "./programs/shell/shell.js";
import { TOOLS } from "./programs/tools/index.js";

/** Processes run when nobody with a budget wants to: below everybody else. */
const PROCESS_PRIORITY = 50;
/** That can be under way at a time. */
const MOST_PROCESSES = 16;

/**
 * The composition.
 * @param isTerminal whether somebody sits at the console; else it is fed with commands
 */
export function desk(isTerminal: boolean): Personality {
  return new Personality("desk")
    .add(timerServer, { priority: 200, budget: "1ms/10ms" })
    .add(consoleServer, { priority: 190, budget: "2ms/10ms" })
    .add(entropyServer, { priority: 180, budget: "500us/10ms" })
    .add(logServer, { priority: 170, budget: "500us/10ms", args: "102=shell" })
    .add(nameServer, { priority: 160, budget: "500us/10ms" })
    .add(ramfs, { priority: 150, budget: "1500us/10ms" })
    .add(devfs(["console"]), { priority: 140, budget: "500us/10ms", choose: { console: "console.file" } })
    .add(pipeServer, { priority: 130, budget: "1ms/10ms" })
    .add(processServer(TOOLS, { priority: PROCESS_PRIORITY, most: MOST_PROCESSES }), {
      priority: 120,
      budget: "1ms/10ms",
    })
    .add(shell, {
      priority: 100,
      budget: "1ms/10ms",
      choose: { root: "ramfs", devices: "devfs" },
      restart: { first: "10ms", most: "1s" },
      ...(isTerminal ? {} : { args: COMMANDS }),
    });
}
