/**
 * Where objects and untyped memory lie, as told by one census, and whether that is the same as in the one before.
 *
 * Most kernel entries make and end nothing. Every number is compared with the one that it takes the place of; when all
 * are the same, what was found out about them holds still, whatever happened meanwhile (check-memory.ts). Nothing is
 * taken on trust: an object that moved, by whatever bug, is a number that differs.
 */
const FIRST_SIZE = 256;
/** 2^n, looked up: a power costs the engine a call. */
const BYTES = Float64Array.from({ length: 64 }, (_, bits) => 2 ** bits);

export class MemoryMap {
  /** Objects in order of discovery. */
  ids = new Int32Array(FIRST_SIZE);
  starts = new Float64Array(FIRST_SIZE);
  ends = new Float64Array(FIRST_SIZE);
  objects = 0;
  /** Untyped capabilities: their memory, and where what they have still to give begins. */
  untypedIds = new Int32Array(FIRST_SIZE);
  untypedStarts = new Float64Array(FIRST_SIZE);
  untypedEnds = new Float64Array(FIRST_SIZE);
  untypedFree = new Float64Array(FIRST_SIZE);
  untyped = 0;
  /** Something differs from the census before. */
  isChanged = true;
  private objectsBefore = -1;
  private untypedBefore = -1;

  begin(): void {
    this.objectsBefore = this.objects;
    this.untypedBefore = this.untyped;
    this.objects = 0;
    this.untyped = 0;
    this.isChanged = false;
  }

  end(): void {
    if (this.objects !== this.objectsBefore || this.untyped !== this.untypedBefore) this.isChanged = true;
  }

  addObject(id: number, start: number, sizeBits: number): void {
    const at = this.objects;
    if (at === this.ids.length) this.growObjects();
    const end = start + (BYTES[sizeBits] as number);
    if (this.ids[at] !== id || this.starts[at] !== start || this.ends[at] !== end) {
      this.ids[at] = id;
      this.starts[at] = start;
      this.ends[at] = end;
      this.isChanged = true;
    }
    this.objects = at + 1;
  }

  addUntyped(id: number, start: number, sizeBits: number, freeOffset: number): void {
    const at = this.untyped;
    if (at === this.untypedIds.length) this.growUntyped();
    const end = start + (BYTES[sizeBits] as number);
    const free = start + freeOffset;
    if (
      this.untypedIds[at] !== id ||
      this.untypedStarts[at] !== start ||
      this.untypedEnds[at] !== end ||
      this.untypedFree[at] !== free
    ) {
      this.untypedIds[at] = id;
      this.untypedStarts[at] = start;
      this.untypedEnds[at] = end;
      this.untypedFree[at] = free;
      this.isChanged = true;
    }
    this.untyped = at + 1;
  }

  private growObjects(): void {
    this.ids = grownInts(this.ids);
    this.starts = grown(this.starts);
    this.ends = grown(this.ends);
  }

  private growUntyped(): void {
    this.untypedIds = grownInts(this.untypedIds);
    this.untypedStarts = grown(this.untypedStarts);
    this.untypedEnds = grown(this.untypedEnds);
    this.untypedFree = grown(this.untypedFree);
  }
}

function grown(array: Float64Array): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(2 * array.length);
  larger.set(array);
  return larger;
}

function grownInts(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(2 * array.length);
  larger.set(array);
  return larger;
}
