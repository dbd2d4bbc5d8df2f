/** SOS as a personality of its own: the servers that it stands on, and nothing that it does not use. */
import { Personality } from "@tessera/personality";
import { blockServer, consoleServer, NO_ECHO, processServer, timerServer, vfsServer } from "@tessera/servers";
import { ext2Server } from "@tessera/servers/ext2";
import { addSos } from "./composition.js";
import { sosPrograms } from "./programs/index.js";

/** Processes run when nobody with a budget wants to: below everybody else. */
const PROCESS_PRIORITY = 50;
const MOST_PROCESSES = 10;

/** What is decided about a machine with SOS. */
export interface SosMachine {
  /** Whether somebody sits at the console; else it is fed with commands. */
  readonly isTerminal: boolean;
  /** Pages that all processes together have in memory at a time. */
  readonly frames: number;
}

/** The composition. */
export function sos({ isTerminal, frames }: SosMachine): Personality {
  const servers = new Personality("sos")
    .add(timerServer, { priority: 200, budget: "1ms/10ms" })
    .add(consoleServer, { priority: 190, budget: "1500us/10ms", ...(isTerminal ? {} : { args: NO_ECHO }) })
    .add(blockServer(), { priority: 156, budget: "500us/10ms" })
    .add(ext2Server({ formatsBlank: true }), { priority: 154, budget: "1ms/10ms" })
    .add(vfsServer({ offers: { files: { root: "/", access: "admin" } } }), { priority: 150, budget: "1ms/10ms" })
    .add(processServer([], { priority: PROCESS_PRIORITY, most: MOST_PROCESSES, spaces: true }), {
      priority: 120,
      budget: "1ms/10ms",
    });
  const programs = sosPrograms({ isTerminal, endsMachine: true });
  return addSos(servers, { programs, frames, console: "console.file", atEnd: "powerOff" });
}
