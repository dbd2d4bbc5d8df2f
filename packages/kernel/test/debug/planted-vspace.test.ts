/** Planted bugs in page tables, found by who has looked before and by who has not. */
import { CapTag } from "@tessera/libsel4";
import { expect, it } from "vitest";
import { type FrameCap, frameCap, type PageTableCap, pageTableCap } from "../../src/caps/cap.js";
import { VmRights } from "../../src/caps/rights.js";
import type { Slot } from "../../src/caps/slot.js";
import { Invariants } from "../../src/debug/invariants.js";
import { reachableSlots } from "../../src/debug/reachable.js";
import { entryOf, PAGE_BITS, ROOT_ENTRY_BITS, walk } from "../../src/memory/page-table.js";
import type { KernelState } from "../../src/model/state.js";
import { bootScene } from "../support/scene.js";

function* nothing() {}

class Damaged {
  readonly k: KernelState;
  readonly root: number;

  constructor(k: KernelState) {
    this.k = k;
    const root = k.asidPools[0]?.root(1);
    if (root == null) throw new Error("the root task has a VSpace");
    this.root = root.paddr;
  }

  /** Write over entry `index` of the root. */
  write(index: number, lo: number): void {
    this.k.words[this.k.memory.index(this.root) + 2 * index] = lo;
  }

  /** The first page that is mapped, and the slot that says so. */
  get page(): { readonly slot: Slot; readonly cap: FrameCap; readonly entry: number } {
    for (const slot of reachableSlots(this.k)) {
      const { cap } = slot;
      if (cap.type === CapTag.frame && cap.asid !== 0)
        return { slot, cap, entry: walk(this.k, this.root, cap.vaddr).entry };
    }
    throw new Error("the root task has pages");
  }

  /** A table below the root, and the slot that says so. */
  get table(): { readonly slot: Slot; readonly cap: PageTableCap } {
    for (const slot of reachableSlots(this.k)) {
      const { cap } = slot;
      if (cap.type === CapTag.pageTable && cap.asid !== 0 && cap.object.paddr !== this.root) return { slot, cap };
    }
    throw new Error("the root task has tables");
  }
}

const POINTER = 1;
const MIB = 2 ** 20;

const bugs: readonly (readonly [what: string, sentence: RegExp, plant: (damaged: Damaged) => void])[] = [
  [
    "a leaf that no frame capability knows",
    /^VSpaces: ASID 1 maps 0x140000000, which no frame capability says$/m,
    (damaged) => damaged.write(5, (0x80000 << 10) | 0xdf),
  ],
  [
    "a pointer to a table that does not exist",
    /^VSpaces: the table at 0x80250000 of ASID 1 exists no longer$/m,
    (damaged) => damaged.write(7, (0x80250 << 10) | POINTER),
  ],
  [
    "a pointer out of all memory",
    /^VSpaces: the table at 0x[0-9a-f]+ of ASID 1 exists no longer$/m,
    (damaged) => damaged.write(200, (0x3fffff << 10) | POINTER),
  ],
  [
    "a table that stands in two places",
    /^VSpaces: the table at 0x[0-9a-f]+ stands at 0x80000000 in ASID 1, which no page-table capability says$/m,
    (damaged) => damaged.write(2, damaged.k.words[damaged.k.memory.index(damaged.root)] as number),
  ],
  [
    "a table below the last level",
    /^VSpaces: ASID 1 has a table at 0x[0-9a-f]+ below the last level$/m,
    ({ page, k }) => {
      k.words[page.entry] = ((k.words[page.entry] as number) & ~0x3ff) | POINTER;
    },
  ],
  [
    "a page of another frame than the capability's",
    /^VSpaces: ASID 1 maps 0x[0-9a-f]+, which no frame capability says$/m,
    ({ page, k }) => {
      k.words[page.entry] = (k.words[page.entry] as number) ^ (1 << 10);
    },
  ],
  [
    "a page that the capability no longer says it has mapped",
    /^VSpaces: ASID 1 maps 0x[0-9a-f]+, which no frame capability says$/m,
    ({ page: { slot, cap } }) => {
      slot.cap = frameCap(cap.object, cap.rights, 0, 0);
    },
  ],
  [
    "a page with more rights than the capability has",
    /^VSpaces: ASID 1 maps 0x[0-9a-f]+ for RWX, which its frame capability has no right to$/m,
    ({ page: { slot, cap } }) => {
      slot.cap = frameCap(cap.object, VmRights.ReadOnly, cap.asid, cap.vaddr);
    },
  ],
  [
    "a table whose capability no longer says that it is mapped",
    /^VSpaces: the table at 0x[0-9a-f]+ stands at 0x[0-9a-f]+ in ASID 1, which no page-table capability says$/m,
    ({ table: { slot, cap } }) => {
      slot.cap = pageTableCap(cap.object, 0, 0);
    },
  ],
  [
    "a root that another table has taken the place of",
    /^VSpaces: the table at 0x[0-9a-f]+ stands at 0x0 in ASID 1, which no page-table capability says$/m,
    ({ table, k }) => {
      const stranger = { ...table.cap.object, paddr: k.memory.base + MIB };
      table.slot.cap = pageTableCap(stranger as PageTableCap["object"], 0, 0);
      k.asidPools[0]!.roots[1] = stranger as PageTableCap["object"];
    },
  ],
];

it.each(bugs)("the check of VSpaces finds %s", (_, sentence, plant) => {
  const { machine, kernel } = bootScene(nothing);
  machine.run();
  const invariants = new Invariants(kernel.state);
  expect(invariants.find()).toEqual([]);
  plant(new Damaged(kernel.state));
  const violations = invariants.find();
  expect(violations.join("\n")).toMatch(sentence);
  expect(invariants.find()).toEqual(violations);
  expect(kernel.checkInvariants()).toEqual(violations);
});

it("a page is looked at again when it is as it was before it went wrong", () => {
  const { machine, kernel } = bootScene(nothing);
  machine.run();
  const invariants = new Invariants(kernel.state);
  const { root, k } = new Damaged(kernel.state);
  const entry = entryOf(k, root, 5 * 2 ** ROOT_ENTRY_BITS, ROOT_ENTRY_BITS);
  for (let round = 0; round < 3; round++) {
    expect(invariants.find()).toEqual([]);
    k.words[entry] = (0x80000 << (PAGE_BITS - 2)) | 0xdf;
    expect(invariants.find()).toHaveLength(1);
    k.words[entry] = 0;
  }
});
