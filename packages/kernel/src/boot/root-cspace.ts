/** The root task's CSpace while it is being filled: the fixed slots, and the rest in order behind them. */
import {
  seL4_CapInitThreadCNode,
  seL4_NumInitialCaps,
  type seL4_SlotRegion,
  seL4_WordBits,
} from "@tessera/libsel4/abi";
import { type Cap, cnodeCap } from "../caps/cap.js";
import { CNode } from "../caps/cnode.js";
import { insertNew } from "../caps/mdb.js";
import { type KernelState, newId } from "../model/state.js";

export class RootCSpace {
  readonly cnode: CNode;
  /** The first slot that nothing has been put into yet. */
  next = seL4_NumInitialCaps;

  /** A capability address equals its slot's number: the guard takes all bits above. */
  constructor(k: KernelState, paddr: number) {
    this.cnode = new CNode(newId(k), paddr, k.config.rootCNodeBits);
    this.put(seL4_CapInitThreadCNode, cnodeCap(this.cnode, seL4_WordBits - this.cnode.radix, 0, 0));
    k.rootCNode = this.cnode;
  }

  /** @throws RangeError when the CNode has no such slot. */
  put(index: number, cap: Cap): void {
    if (index >= this.cnode.size) {
      throw new RangeError(`a root CNode of ${this.cnode.radix} bits is too small: raise the option rootCNodeBits`);
    }
    insertNew(this.cnode.slot(index), cap, null);
  }

  /** Put capabilities into the next free slots; returns the region they take. */
  append(caps: readonly Cap[]): seL4_SlotRegion {
    const start = this.next;
    for (const cap of caps) this.put(this.next++, cap);
    return { start, end: this.next };
  }
}
