/** Systems with a process server: a shell of a test, and programs for it. */
import type { Thread } from "@tessera/hal-sim/isa";
import type { BootedWorld, WorldOptions } from "@tessera/testing";
import {
  type Client,
  type Component,
  calls,
  component,
  type NeedHandle,
  type Needs,
  Processes,
  type ProcessServerOptions,
  processServer,
  type Self,
} from "../../src/index.js";
import { bootPlan, type Entry } from "../root/planned.js";

/** What the shell of a test has. */
export interface Shell {
  readonly processes: Client<typeof Processes>;
  readonly self: Self;
}

/** Without what makes many refused calls slow; invariants are looked at in the end. */
const QUICK: WorldOptions<void> = { machine: { callSites: false }, kernel: { checkInvariants: false } };

/** What is different from a server, a shell and nobody else. */
export interface Options {
  readonly server?: Partial<ProcessServerOptions>;
  /** Components that stand before them, and whom the shell may need. */
  readonly others?: readonly Entry[];
  /** Components behind the shell. */
  readonly further?: readonly Entry[];
  readonly world?: WorldOptions<void>;
}

/** A shell that has `needs` beside the processes, and does `main` once. */
export function shellOf<const N extends Needs>(
  needs: N,
  main: (shell: Shell & { readonly [K in keyof N]: NeedHandle<N[K]> }) => Thread<void>,
): Component {
  const all: Needs = { processes: calls(Processes), ...needs };
  return component("shell", { needs: all, signals: true, slots: 256, main: main as never });
}

/** Boot a process server with these programs, and a shell. */
export function bootProcesses(
  programs: readonly Component[],
  shell: Component,
  options: Options = {},
): BootedWorld<void> {
  const { server, others = [], further = [], world = QUICK } = options;
  const entries: Entry[] = [
    ...others,
    { component: processServer(programs, { priority: 50, ...server }), priority: 150 },
    { component: shell, priority: 100, restart: null },
    ...further,
  ];
  return bootPlan(entries, world);
}
