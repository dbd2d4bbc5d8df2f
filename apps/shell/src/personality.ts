/**
 * The desk: the servers, and a shell that has a user's authority over them. And, where that is asked for, SOS beside them
 * on the same timer, files, memory and process server, with a console of its own at which the shell's user can sit down.
 */
import { addSos } from "@tessera/app-sos/composition";
import { sosPrograms } from "@tessera/app-sos/programs";
import { Personality } from "@tessera/personality";
import {
  blockServer,
  type Component,
  consoleServer,
  devfs,
  entropyServer,
  logServer,
  nameServer,
  pipeServer,
  processServer,
  timerServer,
  vfsServer,
} from "@tessera/servers";
import { ext2Server } from "@tessera/servers/ext2";
import { COMMANDS, shell, shellWithSeat } from "./programs/shell/shell.js";
import { seat } from "./programs/sos/seat.js";
import { sos } from "./programs/sos/tool.js";
import { TOOLS } from "./programs/tools/index.js";

/** Processes run when nobody with a budget wants to: below everybody else. */
const PROCESS_PRIORITY = 50;
/** That can be under way at a time; each personality has an equal share. */
const MOST_PROCESSES = { alone: 16, withSos: 24 };
/** Pages that all processes of SOS together have in memory at a time. */
const SOS_FRAMES = 128;

/** What is decided about a desk. */
export interface DeskParts {
  /** Whether somebody sits at the console; else it is fed with commands. */
  readonly isTerminal: boolean;
  /** Whether SOS lives on the machine, too. */
  readonly withSos?: boolean;
  /** What stands in for a component: one that dies, in a test. */
  readonly instead?: (of: Component) => Component;
}

/** The composition. */
export function desk({ isTerminal, withSos = false, instead = (of) => of }: DeskParts): Personality {
  const tools = withSos ? [...TOOLS, sos] : TOOLS;
  const most = withSos ? MOST_PROCESSES.withSos : MOST_PROCESSES.alone;
  // SOS needs time, too.
  const period = withSos ? "20ms" : "10ms";
  const personality = new Personality("desk")
    .add(instead(timerServer), { priority: 200, budget: `1ms/${period}` })
    .add(instead(consoleServer), { priority: 190, budget: `1500us/${period}` })
    .add(instead(entropyServer), { priority: 180, budget: `500us/${period}` })
    .add(instead(logServer), { priority: 170, budget: `500us/${period}`, args: "102=shell" })
    .add(instead(nameServer), { priority: 160, budget: `500us/${period}` })
    .add(instead(blockServer()), { priority: 156, budget: `500us/${period}` })
    .add(instead(ext2Server({ formatsBlank: true })), { priority: 154, budget: `1ms/${period}` })
    .add(instead(vfsServer({ offers: { files: { root: "/", access: "admin" } } })), {
      priority: 150,
      budget: `1ms/${period}`,
    })
    .add(instead(devfs(["console"])), { priority: 140, budget: `500us/${period}`, choose: { console: "console.file" } })
    .add(instead(pipeServer), { priority: 130, budget: `1ms/${period}` })
    // What the shell starts lies in the image: SOS alone loads.
    .add(instead(processServer(tools, { priority: PROCESS_PRIORITY, most, spaces: withSos, loaders: 1 })), {
      priority: 120,
      budget: `1ms/${period}`,
    })
    .add(instead(withSos ? shellWithSeat : shell), {
      priority: 100,
      budget: `1ms/${period}`,
      choose: { root: "vfs", devices: "devfs" },
      restart: { first: "10ms", most: "1s" },
      ...(isTerminal ? {} : { args: COMMANDS }),
    });
  if (!withSos) return personality;
  const programs = sosPrograms({ isTerminal, endsMachine: false });
  personality.add(instead(seat), { priority: 115, budget: "500us/10ms" });
  return addSos(personality, { programs, frames: SOS_FRAMES, console: "seat.console", atEnd: "again" });
}
