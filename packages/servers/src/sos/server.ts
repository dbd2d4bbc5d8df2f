/**
 * The SOS server: the operating system that students of the course build in a term, as one component among others. It
 * drives no device, owns no memory and gives no time: it is the parent of its processes (processes.ts), and what they call
 * (calls.ts) it carries out by asking the servers that have these things.
 *
 *     process ──Sos──▸ SOS ──▸ process server: to live      memory server: to have memory, and to have it read and written
 *                          ──▸ file system, console, timer
 *
 * No call of one process makes another one wait: whoever has to wait parks, and all calls to servers that may take their
 * time are made by callers, of which files, memory, keyboard and screen have their own (lane.ts).
 *
 * Source: the course's milestones M0 to M6, and the header of its client library.
 */
import { fail, must } from "../common/answer.js";
import type { Client } from "../common/client.js";
import { type Component, component } from "../common/component.js";
import { Deadlines } from "../common/deadline.js";
import type { Device, Handlers } from "../common/handles.js";
import { calls } from "../common/need.js";
import { again } from "../common/retry.js";
import { ConsoleOutput } from "../console/interface.js";
import { Spaces } from "../memory/interface.js";
import { Processes as ProcessServer } from "../process/interface.js";
import { Timer } from "../timer/interface.js";
import { Directory, File } from "../vfs/interface.js";
import { callHandlers } from "./calls.js";
import { Console } from "./console.js";
import { FirstLife, POWER_OFF, type PowerSwitch } from "./first-life.js";
import { Sos } from "./interface.js";
import { Lane } from "./lane.js";
import { Loader } from "./loader.js";
import { Processes } from "./processes.js";
import { SharedMemory } from "./shared.js";
import { pause, type SystemParts } from "./system.js";

/** What is decided about a system. */
export interface SosOptions {
  /** What plans call it, and its program: "sos" if left out. */
  readonly name?: string;
  /** The path of the program that is run first: "/bin/sosh" if left out. */
  readonly first?: string;
  /** Processes at a time: 16 if left out. A command of the first program has half of them at most. */
  readonly most?: number;
  /** Pages that each process may have in memory at a time: 32 if left out. */
  readonly frames?: number;
  /** Pages of its own that each process may have, in memory or in swap: 128 if left out. */
  readonly pages?: number;
  /**
   * What is done when the last process has ended: nothing, if left out; the first program is run again; or the machine is
   * switched off, with the status of the first program: 137 if it was deleted, 139 if it died, 127 if it cannot be run.
   */
  readonly atEnd?: "again" | "powerOff";
}

const FIRST = "/bin/sosh";
const MOST = 16;
const FRAMES = 32;
const PAGES = 128;
/** Who could have more, would have more sessions at its servers than these give to one client. */
const MOST_PROCESSES = 48;

/** Its callers, by what they are for; two are left, which wait for the death of process server and timer. */
const WIDTHS = { files: 3, memory: 2, reading: 1, writing: 1 } as const;
const CALLERS = 9;
/** Slots of a process: life, space, root, its files, and what is on its way. */
const SLOTS_OF_PROCESS = 24;

/**
 * The SOS server. It needs a process server with spaces, the memory server of those, a directory with its files, a console
 * as a file, a timer; and to switch the machine off, the device for that, and the console's output.
 * @throws RangeError for numbers that will not do
 */
export function sosServer(options: SosOptions = {}): Component {
  const { name = "sos", first = FIRST, most = MOST, frames = FRAMES, pages = PAGES, atEnd = null } = options;
  check("most", most, 1, MOST_PROCESSES);
  check("frames", frames, 4, 2 ** 20);
  check("pages", pages, 16, 2 ** 20);
  const needs = {
    processes: calls(ProcessServer),
    memory: calls(Spaces),
    root: calls(Directory),
    console: calls(File),
    timer: calls(Timer),
  };
  const power = { power: POWER_OFF, output: calls(ConsoleOutput) };
  return component(name, {
    needs: atEnd === "powerOff" ? { ...needs, ...power } : needs,
    offers: { sos: Sos },
    waiting: 2 * most,
    callers: CALLERS,
    slots: most * SLOTS_OF_PROCESS + 64,
    *main({ sos: offer, self, ...handles }) {
      const { power, output, ...servers } = handles as typeof handles & Partial<PowerSwitch>;
      const { us: bootUs } = must(yield* again(() => servers.timer.time()));
      const system: SystemParts = {
        ...{ self, offer, processes: servers.processes, spaces: servers.memory, root: servers.root },
        ...{ timer: servers.timer, deadlines: yield* Deadlines.by(servers.timer, self), bootUs },
        ...{ files: new Lane(self, WIDTHS.files), memory: new Lane(self, WIDTHS.memory) },
      };
      self.task(system.deadlines.keepWatch(self.parking(servers.timer)));
      const [reading, writing] = [new Lane(self, WIDTHS.reading), new Lane(self, WIDTHS.writing)];
      const console = new Console({ file: servers.console, reading, writing, pause: (us) => pause(system, us) });
      const shared = new SharedMemory(system.spaces, system.memory);
      const loader = new Loader(system, console, { frames, pages });
      const life = new FirstLife(system, console, {
        path: first,
        isAgain: atEnd === "again",
        power: switchOf(power, output),
      });
      const processes = yield* Processes.create({ system, loader, shared, observer: life, most });
      const handlers = callHandlers({ system, processes, console, shared, sharing: new Lane(self, 1) });
      offer.on(() => null, REFUSED);
      life.begin(() => processes.create(null, first, handlers));
      yield* self.serve();
    },
  });
}

/** Who is no process has nothing to call here for. */
const REFUSED = Object.fromEntries(
  Object.keys(Sos.operations).map((name) => [name, () => fail("Busy")]),
) as unknown as Handlers<typeof Sos, null>;

function switchOf(power?: Device, output?: Client<typeof ConsoleOutput>): PowerSwitch | null {
  return power === undefined || output === undefined ? null : { power, output };
}

function check(what: string, value: number, least: number, most: number): void {
  if (Number.isInteger(value) && value >= least && value <= most) return;
  throw new RangeError(`sosServer: ${what}: a whole number from ${least} to ${most}, not ${value}`);
}
