/** Systems with a process server: a shell of a test, and programs for it. */
import type { Thread } from "@tessera/hal-sim/isa";
import type { BootedWorld, WorldOptions } from "@tessera/testing";
import {
  type Client,
  type Component,
  calls,
  component,
  Processes,
  type ProcessServerOptions,
  processServer,
  type Self,
} from "../../src/index.js";
import { bootPlan, type Entry } from "../root/planned.js";

/** What the shell of a test can do. */
export interface Shell {
  readonly processes: Client<typeof Processes>;
  readonly self: Self;
}

/** A shell that does `main` once. */
function shellOf(main: (shell: Shell) => Thread<void>): Component {
  return component("shell", { needs: { processes: calls(Processes) }, signals: true, slots: 256, main });
}

/** Boot a process server with these programs, and a shell; other components stand before them. */
export function bootProcesses(
  programs: readonly Component[],
  main: (shell: Shell) => Thread<void>,
  options: {
    readonly server?: Partial<ProcessServerOptions>;
    readonly others?: readonly Entry[];
    readonly world?: WorldOptions<void>;
  } = {},
): BootedWorld<void> {
  const server = processServer(programs, { priority: 50, ...options.server });
  const entries: Entry[] = [
    ...(options.others ?? []),
    { component: server, priority: 150 },
    { component: shellOf(main), priority: 100, restart: null },
  ];
  return bootPlan(entries, options.world);
}
