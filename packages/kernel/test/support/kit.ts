/**
 * What a root task of a test builds with: slots in order, objects out of one untyped, and threads that run the test's
 * other programs. Everything a kit does is a system call; what is refused throws and fails the test.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  errorName,
  seL4_AllRights,
  type seL4_BootInfo,
  seL4_CapInitThreadCNode,
  seL4_CapInitThreadTCB,
  seL4_CapInitThreadVSpace,
  seL4_CapNull,
  type seL4_CapRights_t,
  seL4_CapTableObject,
  seL4_CNode_Copy,
  seL4_CNode_Mint,
  type seL4_CPtr,
  seL4_EndpointObject,
  type seL4_Error,
  seL4_MinSchedContextBits,
  seL4_NoError,
  seL4_NotificationObject,
  seL4_ReadWrite,
  seL4_ReplyObject,
  seL4_RISCV_4K_Page,
  seL4_RISCV_Default_VMAttributes,
  seL4_RISCV_Page_Map,
  seL4_RISCV_PageTableObject,
  seL4_SchedContext_NoFlag,
  seL4_SchedContextObject,
  seL4_SchedControl_ConfigureFlags,
  seL4_TCB_Configure,
  seL4_TCB_SetSchedParams,
  seL4_TCB_SetTimeoutEndpoint,
  seL4_TCB_WriteRegisters,
  seL4_TCBObject,
  seL4_Untyped_Retype,
  seL4_UntypedObject,
  seL4_WordBits,
} from "@tessera/libsel4";

/** Where program n of the image begins in the root task's memory, and where the kit maps frames. */
const IMAGE = 0x10000;
const PAGE = 0x1000;
const FIRST_FRAME = 0x100000;
/** The untyped a kit takes: the smallest of at least so many bits, unless a scene asks for more. */
const MEMORY_BITS = 19;
/** WriteRegisters from pc up to a1. */
const REGISTERS_TO_A1 = 18;

/** How a thread is to run. Times in microseconds; a budget equal to the period is round robin. */
export interface ThreadOptions {
  readonly priority?: number;
  readonly mcp?: number;
  readonly budget?: number;
  readonly period?: number;
  readonly extraRefills?: number;
  readonly flags?: number;
  readonly badge?: number;
  /** log2 bytes of its scheduling context. */
  readonly scBits?: number;
  readonly faultHandler?: number;
  readonly timeoutHandler?: number;
  readonly cspace?: number;
  readonly vspace?: number;
  /** Register a0 at its start. */
  readonly argument?: number;
  /** Where it begins; by default at its program's page. */
  readonly pc?: number;
  /** Objects to use instead of fresh ones. */
  readonly tcb?: number;
  readonly sc?: number;
  /** It is configured but not started. */
  readonly stopped?: boolean;
}

/** The capabilities to a thread, in the root task's CSpace. */
export interface Child {
  readonly tcb: seL4_CPtr<"TCB">;
  readonly sc: seL4_CPtr<"SchedContext">;
  readonly buffer: seL4_CPtr<"Page">;
  readonly bufferAddress: number;
  readonly entry: number;
}

/** Fail the test when a call was refused. */
export function must(error: seL4_Error, what = "an invocation"): void {
  if (error !== seL4_NoError) throw new Error(`${what} was refused: ${errorName(error)}`);
}

export class Kit {
  readonly bootinfo: seL4_BootInfo;
  readonly cnode = seL4_CapInitThreadCNode;
  /** Bits of a slot's address: the root CNode's guard takes what its slots leave. */
  readonly depth = seL4_WordBits;
  /** The untyped that objects are made of. */
  readonly memory: number;
  readonly memoryBits: number;
  readonly #programs: readonly string[];
  #nextSlot: number;
  #nextFrame = FIRST_FRAME;

  /** `programs`: names of the image's programs behind the root task, in order. */
  constructor(bootinfo: seL4_BootInfo, programs: readonly string[], memoryBits = MEMORY_BITS) {
    this.bootinfo = bootinfo;
    this.#programs = programs;
    this.#nextSlot = bootinfo.empty.start;
    const { slot, bits } = this.untypedOf(memoryBits);
    this.memory = slot;
    this.memoryBits = bits;
  }

  /** The smallest boot untyped of RAM with at least 2^bits bytes, other than those in `except`. */
  untypedOf(bits: number, except: readonly number[] = []): { readonly slot: number; readonly bits: number } {
    let best: { slot: number; bits: number } | null = null;
    this.bootinfo.untypedList.forEach(({ isDevice, sizeBits }, i) => {
      const slot = this.bootinfo.untyped.start + i;
      if (isDevice || sizeBits < bits || except.includes(slot)) return;
      if (best === null || sizeBits < best.bits) best = { slot, bits: sizeBits };
    });
    if (best === null) throw new Error(`no untyped of 2^${bits} bytes`);
    return best;
  }

  /** The next free slots. */
  slots(count = 1): number {
    const first = this.#nextSlot;
    this.#nextSlot += count;
    return first;
  }

  /** Objects in consecutive fresh slots; the first slot. */
  *make(type: number, sizeBits = 0, count = 1, from = this.memory): Thread<number> {
    const slot = this.slots(count);
    must(yield* seL4_Untyped_Retype(from, type, sizeBits, this.cnode, 0, 0, slot, count), `Retype of type ${type}`);
    return slot;
  }

  *untyped(bits: number): Thread<seL4_CPtr<"Untyped">> {
    return yield* this.make(seL4_UntypedObject, bits);
  }
  *endpoint(): Thread<seL4_CPtr<"Endpoint">> {
    return yield* this.make(seL4_EndpointObject);
  }
  *notification(): Thread<seL4_CPtr<"Notification">> {
    return yield* this.make(seL4_NotificationObject);
  }
  *reply(): Thread<seL4_CPtr<"Reply">> {
    return yield* this.make(seL4_ReplyObject);
  }
  *cnodeOf(radix: number): Thread<seL4_CPtr<"CNode">> {
    return yield* this.make(seL4_CapTableObject, radix);
  }
  *pageTable(): Thread<seL4_CPtr<"PageTable">> {
    return yield* this.make(seL4_RISCV_PageTableObject);
  }
  *frame(): Thread<seL4_CPtr<"Page">> {
    return yield* this.make(seL4_RISCV_4K_Page);
  }

  /** A frame mapped at a fresh address of the root task. */
  *mappedFrame(): Thread<{ readonly frame: seL4_CPtr<"Page">; readonly address: number }> {
    const frame = yield* this.frame();
    const address = this.#nextFrame;
    this.#nextFrame += PAGE;
    yield* this.map(frame, address);
    return { frame, address };
  }

  /** Map a frame in the root task's VSpace, readable and writable. */
  *map(frame: number, address: number, vspace: number = seL4_CapInitThreadVSpace): Thread {
    const attributes = seL4_RISCV_Default_VMAttributes;
    must(yield* seL4_RISCV_Page_Map(frame, vspace, address, seL4_ReadWrite, attributes), "Page_Map");
  }

  /** A copy in a fresh slot. */
  *copy(source: number, rights: seL4_CapRights_t = seL4_AllRights): Thread<number> {
    const slot = this.slots();
    must(yield* seL4_CNode_Copy(this.cnode, slot, this.depth, this.cnode, source, this.depth, rights), "Copy");
    return slot;
  }

  /** A badged (or guarded) copy in a fresh slot. */
  *mint(source: number, badge: number, rights: seL4_CapRights_t = seL4_AllRights): Thread<number> {
    const slot = this.slots();
    must(yield* seL4_CNode_Mint(this.cnode, slot, this.depth, this.cnode, source, this.depth, rights, badge), "Mint");
    return slot;
  }

  /** A scheduling context with time. */
  *schedContext(options: ThreadOptions = {}): Thread<seL4_CPtr<"SchedContext">> {
    const sc = yield* this.make(seL4_SchedContextObject, options.scBits ?? seL4_MinSchedContextBits);
    yield* this.configure(sc, options);
    return sc;
  }

  *configure(sc: number, options: ThreadOptions): Thread {
    const budget = options.budget ?? 1000;
    const { period = budget, extraRefills = 0, badge = 0, flags = seL4_SchedContext_NoFlag } = options;
    const control = this.bootinfo.schedcontrol.start;
    must(yield* seL4_SchedControl_ConfigureFlags(control, sc, budget, period, extraRefills, badge, flags), "Configure");
  }

  /** Where program `name` begins. */
  entryOf(name: string): number {
    const index = this.#programs.indexOf(name);
    if (index < 0) throw new Error(`the scene has no program "${name}"`);
    return IMAGE + (index + 1) * PAGE;
  }

  /** The frame that program `name` lies in. */
  frameOf(name: string): number {
    return this.bootinfo.userImageFrames.start + (this.entryOf(name) - IMAGE) / PAGE;
  }

  /** A thread that runs program `name`, by default in the root task's CSpace and VSpace. */
  *start(name: string, options: ThreadOptions = {}): Thread<Child> {
    const { priority = 100, mcp = 0, faultHandler = seL4_CapNull, argument = 0 } = options;
    const tcb = options.tcb ?? (yield* this.make(seL4_TCBObject));
    const sc = options.sc ?? (yield* this.make(seL4_SchedContextObject, options.scBits ?? seL4_MinSchedContextBits));
    yield* this.configure(sc, options);
    const { frame: buffer, address: bufferAddress } = yield* this.mappedFrame();
    const { cspace = this.cnode, vspace = seL4_CapInitThreadVSpace } = options;
    must(yield* seL4_TCB_Configure(tcb, cspace, 0, vspace, 0, bufferAddress, buffer), "TCB_Configure");
    must(yield* seL4_TCB_SetSchedParams(tcb, seL4_CapInitThreadTCB, mcp, priority, sc, faultHandler), "SetSchedParams");
    if (options.timeoutHandler !== undefined) {
      must(yield* seL4_TCB_SetTimeoutEndpoint(tcb, options.timeoutHandler), "SetTimeoutEndpoint");
    }
    const entry = options.pc ?? this.entryOf(name);
    const registers = { pc: entry, a0: argument, a1: bufferAddress };
    must(
      yield* seL4_TCB_WriteRegisters(tcb, options.stopped !== true, 0, REGISTERS_TO_A1, registers),
      "WriteRegisters",
    );
    return { tcb, sc, buffer, bufferAddress, entry };
  }
}
