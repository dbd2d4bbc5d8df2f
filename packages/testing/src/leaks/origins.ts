/**
 * Since when, and by whom: what the trace tells of slots that were filled and objects that were made since a snapshot.
 * Read once, and only when there is something to tell.
 */
import type { Trace } from "@tessera/hal-sim";
import { KernelEvent, type SlotAddress } from "@tessera/kernel";
import { slotKey } from "./comparison.js";

interface Origin {
  readonly tick: number;
  readonly who: string;
}

export class Origins {
  private readonly filled = new Map<string, Origin>();
  private readonly made = new Map<number, Origin>();
  /** The ring has passed some of what happened since the snapshot. */
  private readonly isIncomplete: boolean;

  /** @param since number of the first record that matters */
  constructor(trace: Trace, since: number) {
    this.isIncomplete = trace.first > since;
    for (let n = Math.max(trace.first, since); n < trace.count; n++) {
      const record = trace.record(n);
      if (record === undefined) continue;
      if (record.kind === KernelEvent.SlotFilled) {
        const origin = { tick: record.tick, who: trace.nameOf(record.subject) };
        this.filled.set(slotKey({ home: record.a, index: record.b }), origin);
      } else if (record.kind === KernelEvent.Created) {
        // The capability to it is put into its slot next, by whoever asked.
        this.made.set(record.subject, { tick: record.tick, who: trace.nameOf(trace.record(n + 1)?.subject ?? 0) });
      }
    }
  }

  /** `put there at tick 12 by \`root\``. */
  ofSlot(slot: SlotAddress): string {
    return this.told("put there", this.filled.get(slotKey(slot)));
  }

  /** `made at tick 12 by \`root\``. */
  ofObject(id: number): string {
    return this.told("made", this.made.get(id));
  }

  private told(verb: string, origin: Origin | undefined): string {
    if (origin !== undefined) return `${verb} at tick ${origin.tick} by \`${origin.who}\``;
    return this.isIncomplete ? `${verb} earlier than the trace remembers` : `${verb} while the trace was off`;
  }
}
