/** Two snapshots of one kernel side by side: what is only in the later one. */
import type {
  CapabilitySnapshot,
  FrameSnapshot,
  KernelSnapshot,
  MappingSnapshot,
  ObjectSnapshot,
  SlotAddress,
} from "@tessera/kernel";

export class Comparison {
  readonly after: KernelSnapshot;
  /** Objects made in between that still exist. */
  readonly newObjects: readonly ObjectSnapshot[];
  /** Capabilities in slots that were empty, of CNodes and TCBs that were there before. */
  readonly newCapabilities: readonly CapabilitySnapshot[];
  private readonly earlier: ReadonlyMap<number, ObjectSnapshot>;
  private readonly later: ReadonlyMap<number, ObjectSnapshot>;

  /** @throws RangeError when `before` is the later one, or of another run */
  constructor(before: KernelSnapshot, after: KernelSnapshot) {
    if (before.events > after.events || before.records > after.records) {
      throw new RangeError("the snapshot before is later than the one after, or of another kernel");
    }
    this.after = after;
    this.earlier = new Map(before.objects.map((object) => [object.id, object]));
    this.later = new Map(after.objects.map((object) => [object.id, object]));
    this.newObjects = after.objects.filter(({ id }) => !this.earlier.has(id));
    const filled = new Set(before.capabilities.map(slotKey));
    this.newCapabilities = after.capabilities.filter((cap) => !this.isNew(cap.home) && !filled.has(slotKey(cap)));
  }

  /** An object made in between. */
  isNew(id: number): boolean {
    return id !== 0 && !this.earlier.has(id);
  }

  older(id: number): ObjectSnapshot | undefined {
    return this.earlier.get(id);
  }

  newer(id: number): ObjectSnapshot | undefined {
    return this.later.get(id);
  }

  /** Bytes of new objects made directly of an untyped. */
  newBytesOf(untyped: number): number {
    return this.newObjects.reduce((sum, object) => sum + (object.untyped === untyped ? object.bytes : 0), 0);
  }

  /** The ids of older frames that are mapped where they were not. */
  newMappings(): number[] {
    return this.after.objects
      .filter((object) => object.kind === "frame" && !this.isNew(object.id) && this.addedMappings(object).length > 0)
      .map(({ id }) => id);
  }

  /** Where a frame is mapped and was not before. */
  addedMappings(frame: FrameSnapshot): MappingSnapshot[] {
    const earlier = this.earlier.get(frame.id);
    const known = earlier?.kind === "frame" ? earlier.mappings : [];
    return frame.mappings.filter(
      ({ vspace, vaddr }) => !known.some((mapping) => mapping.vspace === vspace && mapping.vaddr === vaddr),
    );
  }
}

/** A slot as a key of maps. */
export function slotKey({ home, index }: SlotAddress): string {
  return `${home}/${index}`;
}
