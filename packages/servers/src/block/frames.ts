/**
 * The frames of the cache: memory that the component holds by capability, to and from which the device moves data itself.
 *
 * A frame holds one page of the disk, or none. Of each sector of it is known whether it is what the disk has (known),
 * newer than that (dirty, and known), could not be written (failed, and dirty), and whether the device is about to fill it
 * (reading) or to take it (writing). While it is dirty, at the device, or somebody waits for it (users), it stays.
 *
 * Which one goes is second chance's choice: one that was used again after it had been filled is spared once. So what is
 * read from end to end once does not push out what is used all the time.
 */
import type { Condition } from "../common/activity.js";
import type { Memory, Self } from "../common/handles.js";
import { PAGE_BYTES } from "../common/need.js";
import { SecondChance } from "../memory/second-chance.js";

const NO_PAGE = -1;

/** One frame. Sectors are bits (sectors.ts). */
export class Frame {
  /** Where it lies in the component's address space, and for the device. */
  readonly address: number;
  readonly physical: number;
  /** The device is done with it, or it holds another page. */
  readonly changed: Condition;
  /** The page of the disk that it holds. */
  page = NO_PAGE;
  known = 0;
  dirty = 0;
  failed = 0;
  reading = 0;
  writing = 0;
  /** How many handlers wait for what is being read into it. */
  users = 0;
  /** It was used since it was filled; and again since the hand came by. */
  wasUsed = false;
  isSpared = false;

  constructor(address: number, physical: number, changed: Condition) {
    this.address = address;
    this.physical = physical;
    this.changed = changed;
  }

  /** Whether it can be given to another page. */
  get canGo(): boolean {
    return (this.dirty | this.reading | this.writing) === 0 && this.users === 0;
  }

  /** It is used by a client. */
  use(): void {
    this.isSpared = this.wasUsed;
    this.wasUsed = true;
  }
}

/** All frames. */
export class Frames {
  /** There may be one that can go. */
  readonly freed: Condition;
  readonly all: readonly Frame[];
  readonly #byPage = new Map<number, Frame>();
  readonly #hand: SecondChance<Frame>;

  constructor({ address, physical, bytes }: Memory, self: Pick<Self, "condition">) {
    this.freed = self.condition();
    this.all = Array.from({ length: bytes / PAGE_BYTES }, (_, i) => {
      return new Frame(address + i * PAGE_BYTES, physical + i * PAGE_BYTES, self.condition());
    });
    this.#hand = new SecondChance(this.all);
  }

  /** The frame that holds a page. */
  find(page: number): Frame | undefined {
    return this.#byPage.get(page);
  }

  /** A frame for a page that none holds: nothing of it is known. Null when all have to stay. */
  take(page: number): Frame | null {
    const frame = this.#hand.next((one) => {
      if (!one.canGo) return "stays";
      if (!one.isSpared) return "goes";
      one.isSpared = false;
      return "spared";
    });
    if (frame === null) return null;
    this.adopt(frame, page);
    return frame;
  }

  /** This frame, which can go, holds a page that none holds. */
  adopt(frame: Frame, page: number): void {
    this.forget(frame);
    frame.page = page;
    this.#byPage.set(page, frame);
  }

  /** What is in a frame is of no use any more. It can go, or would if nobody waited for it. */
  forget(frame: Frame): void {
    if (frame.page !== NO_PAGE) this.#byPage.delete(frame.page);
    frame.page = NO_PAGE;
    frame.known = 0;
    frame.wasUsed = false;
    frame.isSpared = false;
  }
}
