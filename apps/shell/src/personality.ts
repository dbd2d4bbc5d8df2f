/** The desk: the servers, and a shell that has a user's authority over them. */
import { Personality } from "@tessera/personality";
import {
  type Component,
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
 * @param instead what stands in for a component: one that dies, in a test
 */
export function desk(isTerminal: boolean, instead: (of: Component) => Component = (of) => of): Personality {
  return new Personality("desk")
    .add(instead(timerServer), { priority: 200, budget: "1ms/10ms" })
    .add(instead(consoleServer), { priority: 190, budget: "2ms/10ms" })
    .add(instead(entropyServer), { priority: 180, budget: "500us/10ms" })
    .add(instead(logServer), { priority: 170, budget: "500us/10ms", args: "102=shell" })
    .add(instead(nameServer), { priority: 160, budget: "500us/10ms" })
    .add(instead(ramfs), { priority: 150, budget: "1500us/10ms" })
    .add(instead(devfs(["console"])), { priority: 140, budget: "500us/10ms", choose: { console: "console.file" } })
    .add(instead(pipeServer), { priority: 130, budget: "1ms/10ms" })
    .add(instead(processServer(TOOLS, { priority: PROCESS_PRIORITY, most: MOST_PROCESSES })), {
      priority: 120,
      budget: "1ms/10ms",
    })
    .add(instead(shell), {
      priority: 100,
      budget: "1ms/10ms",
      choose: { root: "ramfs", devices: "devfs" },
      restart: { first: "10ms", most: "1s" },
      ...(isTerminal ? {} : { args: COMMANDS }),
    });
}
