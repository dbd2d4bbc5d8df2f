/**
 * The longest kernel entries: how much is done between two looks at the interrupts.
 *
 * Measured from outside, in modelled work, so that it is the same on every host: a stretch begins where the kernel is
 * entered or has looked whether an interrupt is pending, and ends where it looks again or leaves. Of each stretch we
 * know the units that the cost model charged (a slot deleted, 256 bytes zeroed) and the effects, which cost no modelled
 * time: what the trace recorded (an object made, a slot filled or emptied), and threads whose state changed.
 */
import type { Kernel } from "@tessera/kernel";
import type { Figure } from "../measure/figure.js";
import { type Announced, longEntriesRoot, sender, waiter } from "../programs/long-entries.js";
import type { Case } from "./case.js";
import { bootBench, whatFailed } from "./machine-work.js";

const RAM_BYTES = 64 * 2 ** 20;
const LIMIT = 1_000_000;

interface Stretch {
  readonly units: number;
  readonly effects: number;
}

/** Watch every stretch of every entry. Nothing of the kernel changes. */
function watchStretches({ machine, state }: Kernel, seen: (stretch: Stretch) => void): void {
  const { cpu, clock, trace } = machine;
  const { onTrap } = cpu;
  const look = cpu.interruptPending;
  let cycles = 0;
  let records = 0;
  let states = new Map<unknown, number>();

  function begin(): void {
    cycles = clock.cycles;
    records = trace.count;
    states = new Map([...state.threads].map((tcb) => [tcb, tcb.state]));
  }
  function end(): void {
    const changed = [...state.threads].filter((tcb) => (states.get(tcb) ?? tcb.state) !== tcb.state).length;
    const units = (clock.cycles - cycles) / machine.cost.kernelWorkUnit;
    seen({ units, effects: trace.count - records + changed });
  }
  cpu.onTrap = (cause) => {
    begin();
    onTrap(cause);
    end();
  };
  cpu.interruptPending = () => {
    end();
    const pending = look.call(cpu);
    begin();
    return pending;
  };
}

export const ENTRIES: Case = {
  name: "entries",
  group: "longest kernel entries: work between two looks at the interrupts",
  title: "the longest system calls",
  async run() {
    const announced: Announced = { name: null, ended: false };
    const programs = { root: longEntriesRoot(announced), waiter: waiter(), sender: sender() };
    const kernel = bootBench({ programs, machine: { ramBytes: RAM_BYTES } });
    const longest = new Map<string, Stretch>();
    watchStretches(kernel, ({ units, effects }) => {
      const { name } = announced;
      if (name === null) return;
      const before = longest.get(name) ?? { units: 0, effects: 0 };
      longest.set(name, { units: Math.max(before.units, units), effects: Math.max(before.effects, effects) });
    });
    kernel.machine.run({ events: LIMIT, until: () => announced.ended });
    if (!announced.ended) throw new Error(`the calls were not all made${whatFailed(kernel)}`);
    const units = Math.max(...[...longest.values()].map((stretch) => stretch.units));
    const figures: Figure[] = [
      { id: "entry-units", title: "counted by the cost model, at most", unit: "units", value: units },
    ];
    for (const [name, stretch] of longest) {
      figures.push({ id: `entry-${figures.length}`, title: name, unit: "effects", value: stretch.effects });
    }
    return { floor: null, figures };
  },
};
