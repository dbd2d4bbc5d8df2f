/**
 * Untyped memory: objects do not overlap, untyped memory is nested or apart, and what an untyped has still to give holds
 * neither objects nor other untyped memory. A capability derived from an untyped lies inside it by the parent test,
 * which the derivation lists are built on.
 *
 * All of this is a function of the numbers in the census's map. So it is found out anew only when one of them differs
 * from the last time, and always by who has not looked before; what was wrong then is told again.
 */
import type { MemoryMap } from "./memory-map.js";

export class MemoryCheck {
  private last: readonly string[] = [];
  private objectOrder: number[] = [];
  private untypedOrder: number[] = [];
  private readonly map: MemoryMap;

  constructor(map: MemoryMap) {
    this.map = map;
  }

  check(violations: string[]): void {
    if (this.map.isChanged) this.last = this.lookAnew();
    if (this.last.length > 0) violations.push(...this.last);
  }

  private lookAnew(): string[] {
    const violations: string[] = [];
    this.sort();
    this.checkObjects(violations);
    this.checkUntyped(violations);
    return violations;
  }

  /** By address; enclosing untyped memory before what it encloses. The order from last time is nearly right. */
  private sort(): void {
    const { starts, untypedStarts, untypedEnds, untypedIds } = this.map;
    this.objectOrder = adjusted(this.objectOrder, this.map.objects);
    this.objectOrder.sort((a, b) => (starts[a] as number) - (starts[b] as number));
    this.untypedOrder = adjusted(this.untypedOrder, this.map.untyped);
    // Of two that are the same block the older one was retyped into the other.
    this.untypedOrder.sort(
      (a, b) =>
        (untypedStarts[a] as number) - (untypedStarts[b] as number) ||
        (untypedEnds[b] as number) - (untypedEnds[a] as number) ||
        (untypedIds[a] as number) - (untypedIds[b] as number),
    );
  }

  /** Each is compared with the one that reaches farthest of those before it. */
  private checkObjects(violations: string[]): void {
    const { ids, starts, ends } = this.map;
    let farthest = -1;
    for (const at of this.objectOrder) {
      if (farthest >= 0 && (ends[farthest] as number) > (starts[at] as number)) {
        const [a, b] = [ids[farthest] as number, ids[at] as number];
        violations.push(
          a === b
            ? `the capabilities to object ${a} do not stand together`
            : `object ${a} (up to ${hex(ends[farthest])}) overlaps object ${b} (${hex(starts[at])})`,
        );
      }
      if (farthest < 0 || (ends[at] as number) > (ends[farthest] as number)) farthest = at;
    }
  }

  private checkUntyped(violations: string[]): void {
    const { untypedIds: ids, untypedStarts: starts, untypedEnds: ends, untypedFree: free } = this.map;
    const enclosing: number[] = [];
    for (const at of this.untypedOrder) {
      const [id, start, end, used] = [ids[at], starts[at], ends[at], free[at]] as [number, number, number, number];
      if (used < start || used > end)
        violations.push(`untyped ${id} has given out ${used - start} of ${end - start} bytes`);
      const intruder = this.firstInside(used, end);
      if (intruder >= 0) {
        const what = `object ${this.map.ids[intruder]} at ${hex(this.map.starts[intruder])}`;
        violations.push(`${what} lies in free memory of untyped ${id}`);
      }
      while (enclosing.length > 0 && (ends[enclosing.at(-1) as number] as number) <= start) enclosing.pop();
      for (const outer of enclosing) {
        if (ids[outer] === id) continue;
        if ((ends[outer] as number) < end)
          violations.push(`untyped ${id} lies across the end of untyped ${ids[outer]}`);
        else if ((free[outer] as number) < end)
          violations.push(`untyped ${id} at ${hex(start)} lies in free memory of untyped ${ids[outer]}`);
      }
      enclosing.push(at);
    }
  }

  /** The first object that reaches into [start, end), as its place in the map, or -1. Ends are in order when none overlap. */
  private firstInside(start: number, end: number): number {
    const { starts, ends } = this.map;
    let low = 0;
    let high = this.objectOrder.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((ends[this.objectOrder[middle] as number] as number) <= start) low = middle + 1;
      else high = middle;
    }
    const found = this.objectOrder[low];
    return found !== undefined && (starts[found] as number) < end ? found : -1;
  }
}

/** The places 0 to `count` - 1 in the order that they had, as far as there are such. */
function adjusted(order: number[], count: number): number[] {
  const kept = order.length > count ? order.filter((at) => at < count) : order;
  for (let at = kept.length; at < count; at++) kept.push(at);
  return kept;
}

function hex(address: number | undefined): string {
  return `0x${(address ?? 0).toString(16)}`;
}
