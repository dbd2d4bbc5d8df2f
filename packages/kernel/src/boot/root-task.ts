/**
 * Making the root task: its objects, its address space, its CSpace with a capability to everything there is, and
 * the BootInfo that tells it so (manual, section "System bootstrapping"; slots in libsel4/abi).
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
  seL4_PageBits,
  seL4_PageTableBits,
  seL4_SlotBits,
  seL4_TCBBits,
  seL4_VSpaceBits,
} from "@tessera/libsel4/abi";
import {
  asidControlCap,
  type Cap,
  domainCap,
  frameCap,
  irqControlCap,
  schedContextCap,
  schedControlCap,
  tcbCap,
  untypedCap,
} from "../caps/cap.js";
import { insertDerived } from "../caps/mdb.js";
import { VmRights } from "../caps/rights.js";
import { BOOT_THREAD_BUDGET } from "../config.js";
import { Region } from "../memory/region.js";
import { type KernelState, newId } from "../model/state.js";
import { nameThread } from "../threads/object-name.js";
import { Tcb, TcbSlot, ThreadState } from "../threads/tcb.js";
import { setRegister } from "../threads/user-registers.js";
import { SchedContext } from "../time/sched-context.js";
import { imagePages, writeImage } from "./image.js";
import { type BootUntyped, computeLayout, type Layout, type Range } from "./layout.js";
import { RootCSpace } from "./root-cspace.js";
import { buildRootVspace, type RootVspace } from "./root-vspace.js";
import { layOutVspace, PAGE_BYTES, type VspaceLayout } from "./vspace-layout.js";

/** Our modelled kernel's memory behind the firmware: its image, of which the boot code is given out again. */
const KERNEL_IMAGE_BYTES = 0x28000;
const BOOT_CODE_BYTES = 0x3000;

/** Order of the boot objects in their block; page tables follow, then the TCB and its scheduling context. */
const BootObject = { CNode: 0, VSpace: 1, AsidPool: 2, Buffer: 3, BootInfo: 4, Tables: 5 } as const;

export function createRootTask(k: KernelState): void {
  const vspaceLayout = layOutVspace(imagePages(k.machine.image), 0, 0);
  const layout = layOutMemory(k, vspaceLayout);
  const image = userImage(k, vspaceLayout).start;
  writeImage(k.memory, k.machine.image, image);

  const at = (object: number): number => layout.objects.at(object) as number;
  const cspace = new RootCSpace(k, at(BootObject.CNode));
  const vspace = buildRootVspace(k, vspaceLayout, {
    root: at(BootObject.VSpace),
    pool: at(BootObject.AsidPool),
    tables: layout.objects.slice(BootObject.Tables, -2),
    image,
    buffer: at(BootObject.Buffer),
    bootInfo: at(BootObject.BootInfo),
  });
  const sc = createSchedContext(k, at(-1));
  const tcb = createTcb(k, at(-2), vspaceLayout);
  sc.tcb = tcb;
  tcb.sc = sc;
  putFixed(cspace, vspace, tcb, sc);
  bindRoots(cspace, tcb);
  const bootInfo = putRest(k, cspace, vspace, layout.untypeds, vspaceLayout.buffer);
  k.memory.writeBytes(at(BootObject.BootInfo), bootInfo);
  k.current = tcb;
  k.currentSc = sc;
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

function createSchedContext(k: KernelState, paddr: number): SchedContext {
  const sc = new SchedContext(newId(k), paddr, seL4_MinSchedContextBits);
  sc.refills.configure(MIN_REFILLS, BOOT_THREAD_BUDGET, 0, k.now);
  k.schedContexts.add(sc);
  return sc;
}

/** The thread starts at the image's first page, with BootInfo's address in a0. */
function createTcb(k: KernelState, paddr: number, vspace: VspaceLayout): Tcb {
  const id = newId(k);
  const context = k.cpu.createContext(paddr);
  context.id = id;
  const tcb = new Tcb(id, paddr, context, 0, "");
  tcb.priority = seL4_MaxPrio;
  tcb.mcp = seL4_MaxPrio;
  tcb.state = ThreadState.Running;
  tcb.bufferLo = vspace.buffer;
  setRegister(k, tcb, Register.a0, vspace.bootInfo, 0);
  setRegister(k, tcb, Register.FaultIP, vspace.image, 0);
  setRegister(k, tcb, Register.NextIP, vspace.image, 0);
  nameThread(k, tcb, "rootserver");
  k.threads.add(tcb);
  return tcb;
}

/** The capabilities whose slots are the same in every system. */
function putFixed(cspace: RootCSpace, vspace: RootVspace, tcb: Tcb, sc: SchedContext): void {
  cspace.put(seL4_CapInitThreadTCB, tcbCap(tcb));
  cspace.put(seL4_CapInitThreadVSpace, vspace.root);
  cspace.put(seL4_CapIRQControl, irqControlCap);
  cspace.put(seL4_CapASIDControl, asidControlCap);
  cspace.put(seL4_CapInitThreadASIDPool, vspace.pool);
  cspace.put(seL4_CapBootInfoFrame, vspace.bootInfo);
  cspace.put(seL4_CapInitThreadIPCBuffer, vspace.buffer);
  cspace.put(seL4_CapDomain, domainCap);
  cspace.put(seL4_CapInitThreadSC, schedContextCap(sc));
}

/** What the thread runs with are children of the capabilities in its CSpace; the buffer's is not the mapped one. */
function bindRoots(cspace: RootCSpace, tcb: Tcb): void {
  const derive = (index: number, from: number, change: (cap: Cap) => Cap): void => {
    const source = cspace.cnode.slot(from);
    insertDerived(change(source.cap), source, tcb.slot(index));
  };
  const same = (cap: Cap): Cap => cap;
  const unmapped = (cap: Cap): Cap => frameCap(cap.object as Region, VmRights.ReadWrite, 0, 0);
  derive(TcbSlot.CSpace, seL4_CapInitThreadCNode, same);
  derive(TcbSlot.VSpace, seL4_CapInitThreadVSpace, same);
  derive(TcbSlot.Buffer, seL4_CapInitThreadIPCBuffer, unmapped);
}

/** Everything behind the fixed slots; returns the BootInfo that says where it is. */
function putRest(
  k: KernelState,
  cspace: RootCSpace,
  vspace: RootVspace,
  untypeds: readonly BootUntyped[],
  ipcBuffer: number,
): Uint8Array {
  const userImagePaging = cspace.append(vspace.tables);
  const schedcontrol = cspace.append([schedControlCap]);
  const userImageFrames = cspace.append(vspace.image);
  const untyped = cspace.append(untypeds.map((one) => bootUntyped(k, one)));
  const none = { start: 0, end: 0 };
  return encodeBootInfo({
    extraLen: 0,
    nodeID: 0,
    numNodes: 1,
    numIOPTLevels: 0,
    ipcBuffer,
    empty: { start: cspace.next, end: cspace.cnode.size },
    sharedFrames: none,
    userImageFrames,
    userImagePaging,
    ioSpaceCaps: none,
    extraBIPages: none,
    initThreadCNodeSizeBits: k.config.rootCNodeBits,
    initThreadDomain: 0,
    schedcontrol,
    untyped,
    untypedList: untypeds,
  });
}

/** A boot untyped counts as full: its first use zeroes it. */
function bootUntyped(k: KernelState, { paddr, sizeBits, isDevice }: BootUntyped): Cap {
  return untypedCap(new Region(newId(k), paddr, sizeBits, isDevice), 2 ** sizeBits);
}
