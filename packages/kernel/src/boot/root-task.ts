/**
 * Making the root task: its objects, its address space, its CSpace with a capability to everything there is, and
 * the BootInfo that tells it so (manual, section "System bootstrapping"; slots in facts and libsel4/abi).
 */
import { Register } from "@tessera/hal-sim/isa";
import {
  encodeBootInfo,
  MIN_REFILLS,
  seL4_ASIDPoolBits,
  seL4_BootInfoFrameBits,
  seL4_CapASIDControl,
  seL4_CapBootInfoFrame,
  seL4_CapDomain,
  seL4_CapInitThreadASIDPool,
  seL4_CapInitThreadCNode,
  seL4_CapInitThreadIPCBuffer,
  seL4_CapInitThreadSC,
  seL4_CapInitThreadTCB,
  seL4_CapInitThreadVSpace,
  seL4_CapIRQControl,
  seL4_MaxPrio,
  seL4_MinSchedContextBits,
  seL4_NumInitialCaps,
  seL4_PageBits,
  seL4_PageTableBits,
  seL4_SlotBits,
  seL4_TCBBits,
  seL4_VSpaceBits,
  seL4_WordBits,
} from "@tessera/libsel4/abi";
import {
  asidControlCap,
  asidPoolCap,
  type Cap,
  cnodeCap,
  domainCap,
  frameCap,
  irqControlCap,
  pageTableCap,
  schedContextCap,
  schedControlCap,
  tcbCap,
  untypedCap,
} from "../caps/cap.js";
import { CNode } from "../caps/cnode.js";
import { insertDerived, insertNew } from "../caps/mdb.js";
import { VmRights } from "../caps/rights.js";
import { BOOT_THREAD_BUDGET } from "../config.js";
import { AsidPool } from "../memory/asid.js";
import { PageTable, setLeaf, setPointer, walk } from "../memory/page-table.js";
import { Region } from "../memory/region.js";
import { type KernelState, newId } from "../model/state.js";
import { Tcb, TcbSlot, ThreadState } from "../threads/tcb.js";
import { setRegister } from "../threads/user-registers.js";
import { SchedContext } from "../time/sched-context.js";
import { imagePages, writeImage } from "./image.js";
import { computeLayout, type Layout, type Range } from "./layout.js";
import { layOutVspace, PAGE_BYTES, type VspaceLayout } from "./vspace-layout.js";

/** Our modelled kernel's memory behind the firmware: its image, of which the boot code is given out again. */
const KERNEL_IMAGE_BYTES = 0x28000;
const BOOT_CODE_BYTES = 0x3000;
/** The root's VSpace has the first ASID. */
const ROOT_ASID = 1;

/** Order of the boot objects in their block; page tables follow the BootInfo frame. */
const BootObject = { CNode: 0, VSpace: 1, AsidPool: 2, Buffer: 3, BootInfo: 4, Tables: 5 } as const;

export function createRootTask(k: KernelState): void {
  const vspace = layOutVspace(imagePages(k.machine.image), 0, 0);
  const layout = layOutMemory(k, vspace);
  const imagePaddr = userImage(k, vspace).start;
  writeImage(k.memory, k.machine.image, imagePaddr);

  const builder = new RootCSpace(k, layout.objects[BootObject.CNode] as number);
  const root = buildVspace(k, builder, vspace, layout, imagePaddr);
  const sc = createSchedContext(k, layout.objects.at(-1) as number);
  const tcb = createTcb(k, layout.objects.at(-2) as number, vspace);
  builder.put(seL4_CapInitThreadTCB, tcbCap(tcb));
  builder.put(seL4_CapIRQControl, irqControlCap);
  builder.put(seL4_CapASIDControl, asidControlCap);
  builder.put(seL4_CapDomain, domainCap);
  builder.put(seL4_CapInitThreadSC, schedContextCap(sc));
  bindRoots(builder, tcb, root);
  fillRest(k, builder, vspace, layout, imagePaddr);
  sc.tcb = tcb;
  tcb.sc = sc;
  k.current = tcb;
  k.currentSc = sc;
}

/** The root CNode while it is being filled, behind the fixed slots in order. */
class RootCSpace {
  readonly k: KernelState;
  readonly cnode: CNode;
  next = seL4_NumInitialCaps;

  constructor(k: KernelState, paddr: number) {
    this.k = k;
    this.cnode = new CNode(newId(k), paddr, k.config.rootCNodeBits);
    const guardSize = seL4_WordBits - this.cnode.radix;
    this.put(seL4_CapInitThreadCNode, cnodeCap(this.cnode, guardSize, 0, 0));
    k.rootCNode = this.cnode;
  }

  put(index: number, cap: Cap): void {
    if (index >= this.cnode.size) {
      throw new RangeError(`a root CNode of ${this.cnode.radix} bits is too small: raise the option rootCNodeBits`);
    }
    insertNew(this.cnode.slot(index), cap, null);
  }

  /** Put capabilities into the next free slots; returns the region they take. */
  append(caps: readonly Cap[]): { start: number; end: number } {
    const start = this.next;
    for (const cap of caps) this.put(this.next++, cap);
    return { start, end: this.next };
  }
}

function userImage(k: KernelState, vspace: VspaceLayout): Range {
  const { firmware } = k.machine.description;
  const start = firmware.base + firmware.bytes + KERNEL_IMAGE_BYTES;
  return { start, end: start + vspace.imagePages * PAGE_BYTES };
}

function layOutMemory(k: KernelState, vspace: VspaceLayout): Layout {
  const { description } = k.machine;
  const range = (r: { readonly base: number; readonly bytes: number }): Range => ({
    start: r.base,
    end: r.base + r.bytes,
  });
  const kernelStart = description.firmware.base + description.firmware.bytes;
  const table = 2 ** seL4_PageTableBits;
  return computeLayout({
    ram: range(description.ram),
    firmware: range(description.firmware),
    kernelDevices: Object.values(description.kernelDevices).map(range),
    kernelImage: { start: kernelStart, end: kernelStart + KERNEL_IMAGE_BYTES },
    bootCode: { start: kernelStart, end: kernelStart + BOOT_CODE_BYTES },
    deviceTree: { start: 0, end: 0 },
    userImage: userImage(k, vspace),
    physicalEnd: description.physicalEnd,
    objectBytes: [
      2 ** (k.config.rootCNodeBits + seL4_SlotBits),
      2 ** seL4_VSpaceBits,
      2 ** seL4_ASIDPoolBits,
      2 ** seL4_PageBits,
      2 ** seL4_BootInfoFrameBits,
      ...vspace.tables.map(() => table),
      2 ** seL4_TCBBits,
      2 ** seL4_MinSchedContextBits,
    ],
    extraBootInfoBytes: 0,
  });
}

/** The root table with its ASID, the lower tables, and the fixed frames mapped. */
function buildVspace(
  k: KernelState,
  builder: RootCSpace,
  vspace: VspaceLayout,
  layout: Layout,
  imagePaddr: number,
): PageTable {
  const root = new PageTable(newId(k), layout.objects[BootObject.VSpace] as number);
  const pool = new AsidPool(newId(k), layout.objects[BootObject.AsidPool] as number, 0);
  pool.setRoot(ROOT_ASID, root);
  k.asidPools[0] = pool;
  builder.put(seL4_CapInitThreadVSpace, pageTableCap(root, ROOT_ASID, 0));
  builder.put(seL4_CapInitThreadASIDPool, asidPoolCap(pool));
  const tables = vspace.tables.map(({ vaddr }, i) => {
    const table = new PageTable(newId(k), layout.objects[BootObject.Tables + i] as number);
    setPointer(k, walk(k, root.paddr, vaddr).entry, table.paddr);
    return pageTableCap(table, ROOT_ASID, vaddr);
  });
  builder.append(tables);
  for (let i = 0; i < vspace.imagePages; i++) {
    mapPage(k, root, imagePaddr + i * PAGE_BYTES, vspace.image + i * PAGE_BYTES);
  }
  const buffer = layout.objects[BootObject.Buffer] as number;
  const bootInfo = layout.objects[BootObject.BootInfo] as number;
  builder.put(seL4_CapInitThreadIPCBuffer, mapPage(k, root, buffer, vspace.buffer));
  builder.put(seL4_CapBootInfoFrame, mapPage(k, root, bootInfo, vspace.bootInfo));
  return root;
}

/** Map a page for everything, and return the capability that says so. */
function mapPage(k: KernelState, root: PageTable, paddr: number, vaddr: number): Cap {
  setLeaf(k, walk(k, root.paddr, vaddr).entry, paddr, true, true, true);
  return frameCap(new Region(newId(k), paddr, seL4_PageBits, false), VmRights.ReadWrite, ROOT_ASID, vaddr);
}

function createSchedContext(k: KernelState, paddr: number): SchedContext {
  const sc = new SchedContext(newId(k), paddr, seL4_MinSchedContextBits);
  sc.refills.configure(MIN_REFILLS, BOOT_THREAD_BUDGET, BOOT_THREAD_BUDGET, k.now);
  return sc;
}

/** The thread starts at the image's first page, with BootInfo's address in a0. */
function createTcb(k: KernelState, paddr: number, vspace: VspaceLayout): Tcb {
  const id = newId(k);
  const context = k.cpu.createContext(paddr);
  context.id = id;
  const tcb = new Tcb(id, paddr, context, 0, "rootserver");
  tcb.priority = seL4_MaxPrio;
  tcb.mcp = seL4_MaxPrio;
  tcb.state = ThreadState.Running;
  tcb.bufferLo = vspace.buffer;
  setRegister(k, tcb, Register.a0, vspace.bootInfo, 0);
  setRegister(k, tcb, Register.FaultIP, vspace.image, 0);
  setRegister(k, tcb, Register.NextIP, vspace.image, 0);
  k.trace.setName(id, tcb.name);
  k.threads.add(tcb);
  return tcb;
}

/** The thread's roots are children of the capabilities in its CSpace. */
function bindRoots(builder: RootCSpace, tcb: Tcb, _root: PageTable): void {
  const copy = (index: number, from: number): void => {
    const source = builder.cnode.slot(from);
    const { cap } = source;
    const copied = from === seL4_CapInitThreadIPCBuffer ? unmapped(cap) : cap;
    insertDerived(copied, source, tcb.slot(index));
  };
  copy(TcbSlot.CSpace, seL4_CapInitThreadCNode);
  copy(TcbSlot.VSpace, seL4_CapInitThreadVSpace);
  copy(TcbSlot.Buffer, seL4_CapInitThreadIPCBuffer);
}

function unmapped(cap: Cap): Cap {
  return "vaddr" in cap && cap.object instanceof Region ? frameCap(cap.object, VmRights.ReadWrite, 0, 0) : cap;
}

/** Everything behind the fixed slots, and the BootInfo. */
function fillRest(k: KernelState, builder: RootCSpace, vspace: VspaceLayout, layout: Layout, imagePaddr: number): void {
  const paging = { start: seL4_NumInitialCaps, end: builder.next };
  const schedcontrol = builder.append([schedControlCap]);
  const frames: Cap[] = [];
  for (let i = 0; i < vspace.imagePages; i++) {
    const region = new Region(newId(k), imagePaddr + i * PAGE_BYTES, seL4_PageBits, false);
    frames.push(frameCap(region, VmRights.ReadWrite, ROOT_ASID, vspace.image + i * PAGE_BYTES));
  }
  const userImageFrames = builder.append(frames);
  const untyped = builder.append(
    layout.untypeds.map(({ paddr, sizeBits, isDevice }) => {
      // A boot untyped counts as full: its first use zeroes it.
      return untypedCap(new Region(newId(k), paddr, sizeBits, isDevice), 2 ** sizeBits);
    }),
  );
  const none = { start: 0, end: 0 };
  const bytes = encodeBootInfo({
    extraLen: 0,
    nodeID: 0,
    numNodes: 1,
    numIOPTLevels: 0,
    ipcBuffer: vspace.buffer,
    empty: { start: builder.next, end: builder.cnode.size },
    sharedFrames: none,
    userImageFrames,
    userImagePaging: paging,
    ioSpaceCaps: none,
    extraBIPages: none,
    initThreadCNodeSizeBits: k.config.rootCNodeBits,
    initThreadDomain: 0,
    schedcontrol,
    untyped,
    untypedList: layout.untypeds,
  });
  k.memory.writeBytes(layout.objects[BootObject.BootInfo] as number, bytes);
}
