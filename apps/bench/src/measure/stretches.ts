/**
 * Stretches: how much a kernel does between two looks at the interrupts.
 *
 * Measured from outside, in modelled work, so that it is the same on every host: a stretch begins where the kernel is
 * entered or has looked whether an interrupt is pending, and ends where it looks again or leaves. Of each stretch we
 * know the units that the cost model charged (a slot deleted, 256 bytes zeroed) and the effects, which cost no modelled
 * time: what the trace recorded (an object made, a slot filled or emptied), and threads whose state changed.
 */
import type { Kernel } from "@tessera/kernel";

export interface Stretch {
  readonly units: number;
  readonly effects: number;
}

type Threads = Kernel["state"]["threads"];

const NOTHING: Stretch = { units: 0, effects: 0 };

/** The longest stretches of calls, by the name under which each is made. */
export class LongestStretches {
  readonly byName = new Map<string, Stretch>();

  /**
   * Watch every stretch of every entry while there is a `name`. Nothing of the kernel changes.
   * @param threads whose states are compared
   */
  watch({ machine, state }: Kernel, name: () => string | null, threads: () => Threads = () => state.threads): void {
    const { cpu, clock, trace } = machine;
    const { onTrap } = cpu;
    const look = cpu.interruptPending;
    let current: string | null = null;
    let cycles = 0;
    let records = 0;
    let states = new Map<unknown, number>();

    const begin = (): void => {
      current = name();
      if (current === null) return;
      cycles = clock.cycles;
      records = trace.count;
      states = new Map([...threads()].map((tcb) => [tcb, tcb.state]));
    };
    const end = (): void => {
      if (current === null) return;
      const changed = [...threads()].filter((tcb) => (states.get(tcb) ?? tcb.state) !== tcb.state).length;
      const units = (clock.cycles - cycles) / machine.cost.kernelWorkUnit;
      this.add(current, { units, effects: trace.count - records + changed });
    };
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

  private add(name: string, { units, effects }: Stretch): void {
    const before = this.byName.get(name) ?? NOTHING;
    this.byName.set(name, { units: Math.max(before.units, units), effects: Math.max(before.effects, effects) });
  }
}
