/**
 * Looking at a kernel while it works for one thread: counts its preemption points and entries, has an interrupt become due at
 * chosen points, and checks the invariants at every exit.
 *
 * A kernel counts units of work and looks at the clock at every hundredth. The count is made to reach that limit where an
 * interrupt becomes due; everywhere else it is left alone.
 */
import { CONFIG_MAX_NUM_WORK_UNITS_PER_PREEMPTION } from "@tessera/libsel4/abi";
import { Invariants } from "../../src/debug/invariants.js";
import type { Kernel } from "../../src/kernel.js";
import type { Tcb } from "../../src/threads/tcb.js";

export class Watch {
  /** Preemption points that the thread it looks at has come to. */
  points = 0;
  /** How often that thread has entered the kernel. Its last entry is its program's end. */
  entries = 0;
  #due: readonly number[] = [];
  #who: Tcb | null = null;
  #work = 0;

  /** `irq` is what becomes due. */
  constructor(kernel: Kernel, irq: number) {
    const { cpu, plic } = kernel.machine;
    const invariants = new Invariants(kernel.state);
    const enter = cpu.onTrap;
    cpu.onTrap = (cause) => {
      if (this.#who !== null && kernel.state.current === this.#who) this.entries++;
      enter(cause);
      if (this.#who !== null) invariants.assert();
    };
    Object.defineProperty(kernel.state, "workUnits", {
      get: () => this.#work,
      set: (work: number) => {
        const isPoint = this.#who !== null && kernel.state.current === this.#who && work > this.#work;
        this.#work = work;
        if (!isPoint) return;
        this.points++;
        if (!this.#due.includes(this.points)) return;
        plic.raise(irq);
        this.#work = CONFIG_MAX_NUM_WORK_UNITS_PER_PREEMPTION;
      },
    });
  }

  /** Begin to look at `who`; the interrupt becomes due at the points `due`. */
  begin(who: Tcb, due: readonly number[]): void {
    this.points = 0;
    this.entries = 0;
    this.#work = 0;
    this.#who = who;
    this.#due = due;
  }

  /** Look no more. */
  end(): void {
    this.#who = null;
  }
}
