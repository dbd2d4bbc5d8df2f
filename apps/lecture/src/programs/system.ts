/**
 * What the root tasks of the scenes have in common: processes, each made out of a piece of memory of its own.
 *
 * A process begins with the capabilities that its parent gave it and with words in its registers that say where these
 * lie; it shares nothing with others. All that it consists of comes from 64 KiB of untyped memory, its *home*: revoking
 * that one capability takes all of it back, whatever has become of it, and the next process can be made there.
 */
import {
  cspace_alloc_slot,
  cspace_copy,
  cspace_delete,
  cspace_mint,
  cspace_move,
  cspace_revoke,
  type cspace_t,
} from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  type seL4_BootInfo,
  seL4_CapInitThreadCNode,
  seL4_CapInitThreadTCB,
  seL4_CapNull,
  type seL4_CapRights_t,
  type seL4_CPtr,
  seL4_DebugNameThread,
  seL4_TCB_WriteRegisters,
  type seL4_Untyped,
  seL4_Untyped_Retype,
  seL4_UntypedObject,
  seL4_UserContext_Length,
  throwOnError,
} from "@tessera/libsel4";
import { ut_bootstrap } from "@tessera/ut-alloc";
import { type Budget, create_process, type Process } from "./process.js";

/** log2 bytes of a home, and the root task's slots that are kept for what is made there. */
const HOME_BITS = 16;
const HOME_SLOTS = 96;
/** More homes than any scene has processes. */
const HOMES = 8;

/** The words that a process begins with: a0, and a2 to a7. a1 is the address of its IPC buffer. */
export type Words = readonly number[];
const WORD_REGISTERS = ["a0", "a2", "a3", "a4", "a5", "a6", "a7"] as const;

/** What a root task works with. */
export interface System {
  readonly bootinfo: seL4_BootInfo;
  /** Its own CSpace, with memory for endpoints and other small objects. */
  readonly cspace: cspace_t;
  /** Homes that nobody lives in. */
  readonly homes: Home[];
}

/** Memory for one process, and slots for what is made of it. */
interface Home {
  readonly untyped: seL4_Untyped;
  readonly paddr: number;
}

/** A process and what its parent needs to take it back. */
export interface Child extends Process {
  readonly name: string;
  readonly home: Home;
}

export interface ChildOptions {
  readonly name: string;
  /** Of its program in the image. */
  readonly number: number;
  readonly priority: number;
  readonly budget?: Budget;
  /** Where its faults go; without it they stop it. */
  readonly fault_ep?: seL4_CPtr<"Endpoint">;
}

/** Take over what the kernel gave, and cut homes out of the least piece of memory that is large enough. */
export function* start_system(bootinfo: seL4_BootInfo): Thread<System> {
  yield* seL4_DebugNameThread(seL4_CapInitThreadTCB, "root");
  const { empty, untyped, untypedList } = bootinfo;
  const sizes = untypedList.map(({ isDevice, sizeBits }) => (isDevice ? 0 : sizeBits));
  const piece = sizes.indexOf(Math.min(...sizes.filter((bits) => 2 ** bits >= HOMES * 2 ** HOME_BITS)));
  const homes = Array.from({ length: HOMES }, (_, i) => ({
    untyped: empty.start + i * HOME_SLOTS,
    paddr: untypedList[piece]!.paddr + i * 2 ** HOME_BITS,
  }));
  for (const { untyped: slot } of homes) {
    const cap = untyped.start + piece;
    const err = yield* seL4_Untyped_Retype(cap, seL4_UntypedObject, HOME_BITS, seL4_CapInitThreadCNode, 0, 0, slot, 1);
    throwOnError(err, "making a home");
  }
  // An untyped of no bytes is one that the allocator leaves alone.
  const rest = untypedList.map((desc, i) => (i === piece ? { ...desc, sizeBits: 0 } : desc));
  const free = { start: empty.start + HOMES * HOME_SLOTS, end: empty.end };
  return { bootinfo, cspace: ut_bootstrap({ ...bootinfo, empty: free, untypedList: rest }), homes };
}

/** A process that is complete and does not run yet. */
export function* create(system: System, options: ChildOptions): Thread<Child> {
  const { bootinfo, homes } = system;
  const home = homes.shift();
  if (home === undefined) throw new Error(`no home for ${options.name}`);
  const { number, fault_ep = seL4_CapNull, ...rest } = options;
  const process = yield* create_process(spaceOf(home, bootinfo), {
    ...rest,
    fault_ep,
    program: bootinfo.userImageFrames.start + number,
    sched_control: bootinfo.schedcontrol.start,
  });
  return { ...process, name: options.name, home };
}

/** The slots and the memory of a home, with an allocator of its own that knows no others. */
function spaceOf({ untyped, paddr }: Home, bootinfo: seL4_BootInfo): cspace_t {
  return ut_bootstrap({
    empty: { start: untyped + 1, end: untyped + HOME_SLOTS },
    initThreadCNodeSizeBits: bootinfo.initThreadCNodeSizeBits,
    untyped: { start: untyped, end: untyped + 1 },
    untypedList: [{ paddr, sizeBits: HOME_BITS, isDevice: false }],
  });
}

/** Put a copy of a capability into a process's CSpace; with a badge, a capability minted from it. Returns where. */
export function* give(
  system: System,
  child: Child,
  cptr: seL4_CPtr,
  rights: seL4_CapRights_t,
  badge?: number,
): Thread<seL4_CPtr> {
  const slot = yield* cspace_alloc_slot(child.cspace);
  const err =
    badge === undefined
      ? yield* cspace_copy(child.cspace, slot, system.cspace, cptr, rights)
      : yield* cspace_mint(child.cspace, slot, system.cspace, cptr, rights, badge);
  throwOnError(err, `giving a capability to ${child.name}`);
  return slot;
}

/** Put a capability itself into a process's CSpace. Returns where. */
export function* hand_over(system: System, child: Child, cptr: seL4_CPtr): Thread<seL4_CPtr> {
  const slot = yield* cspace_alloc_slot(child.cspace);
  throwOnError(yield* cspace_move(child.cspace, slot, system.cspace, cptr), `handing a capability to ${child.name}`);
  return slot;
}

/** Let a process run, beginning with these words. */
export function* start({ tcb, name, ...child }: Child, words: Words): Thread {
  if (words.length > WORD_REGISTERS.length) throw new RangeError(`${name} cannot begin with ${words.length} words`);
  const told = Object.fromEntries(words.map((word, i) => [WORD_REGISTERS[i], word]));
  const regs = { ...child.registers, ...told };
  const err = yield* seL4_TCB_WriteRegisters(tcb, true, 0, seL4_UserContext_Length, regs);
  throwOnError(err, `starting ${name}`);
}

/** Take back all that a process consists of: one call for what was made of its memory, one for the rest. */
export function* destroy(system: System, { home, program, name }: Child): Thread {
  throwOnError(yield* cspace_revoke(system.cspace, home.untyped), `taking back the memory of ${name}`);
  throwOnError(yield* cspace_delete(system.cspace, program), `taking back the program of ${name}`);
  system.homes.unshift(home);
}
