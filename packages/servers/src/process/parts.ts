/**
 * Parts that every process has: objects by their role, a CSpace that its server can address, a thread.
 *
 * All of them lie in the process's partition, and everything fits, because the partition was made for it; so a step that fails is
 * a mistake of ours, and throws.
 */
import { cspace_adopt, cspace_mint, type cspace_t, cspace_untyped_retype } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_AllRights,
  seL4_CNode_CapData_new,
  type seL4_CPtr,
  seL4_DebugNameThread,
  seL4_MinPrio,
  type seL4_RISCV_PageTable,
  type seL4_TCB,
  seL4_TCB_Configure,
  seL4_TCB_SetSchedParams,
  seL4_TCB_WriteRegisters,
  seL4_UserContext_Length,
  seL4_WordBits,
  throwOnError,
  type UserContextLike,
} from "@tessera/libsel4";
import type { Priorities } from "../common/handles.js";
import type { Partition } from "./partitions.js";
import type { ProcessObject } from "./program.js";

/** What a server builds threads with. */
export interface ThreadBuilder {
  /** Its own CSpace. */
  readonly cspace: cspace_t;
  readonly urgency: Priorities;
}

/** A process, as its server has made it. */
export interface Body {
  readonly tcb: seL4_TCB;
  /** Its CSpace, addressed from the server's. */
  readonly cspace: cspace_t;
}

/** Objects by their role. */
export class Made {
  readonly #slots = new Map<string, seL4_CPtr>();

  set(role: string, slot: seL4_CPtr): void {
    this.#slots.set(role, slot);
  }

  has(role: string): boolean {
    return this.#slots.has(role);
  }

  /** @throws Error for an object that its program's shape does not have */
  get(role: string): seL4_CPtr {
    const slot = this.#slots.get(role);
    if (slot === undefined) throw new Error(`a process has no "${role}"`);
    return slot;
  }
}

/** Make these objects of the partition's memory. @param name of the process */
export function* makeObjects(
  cspace: cspace_t,
  partition: Partition,
  objects: readonly ProcessObject[],
  name: string,
): Thread<Made> {
  const made = new Made();
  for (const [i, { role, type, sizeBits }] of objects.entries()) {
    const slot = partition.slots[i] as seL4_CPtr;
    const called = role === "tcb" ? name : `${name} ${role}`;
    check(yield* cspace_untyped_retype(cspace, partition.piece, slot, type, sizeBits, called.slice(0, 64)), role);
    made.set(role, slot);
  }
  return made;
}

/** Its CNode of 2^`bits` slots, all of them empty, as a CSpace whose slots can be addressed. */
export function* makeCSpace(own: cspace_t, { cnode }: Partition, bits: number, made: Made): Thread<cspace_t> {
  const guard = seL4_CNode_CapData_new(0, seL4_WordBits - bits);
  check(yield* cspace_mint(own, cnode, own, made.get("cnode"), seL4_AllRights, guard), "CSpace");
  return cspace_adopt(cnode, bits, { start: 1, end: 2 ** bits }, null);
}

/** What is decided about a thread. */
export interface ThreadOptions {
  readonly name: string;
  readonly vspace: seL4_RISCV_PageTable;
  /** Where it sees its IPC buffer. */
  readonly buffer: number;
  /** Who hears its faults: a capability of the server's, of which the thread keeps a copy. */
  readonly faults: seL4_CPtr<"Endpoint">;
}

/** Its thread, with all but registers. Its CNode and its buffer are there already. */
export function* makeThread(
  { urgency }: ThreadBuilder,
  { cnode, context }: Partition,
  { name, vspace, buffer, faults }: ThreadOptions,
  made: Made,
): Thread<seL4_TCB> {
  const tcb = made.get("tcb");
  yield* seL4_DebugNameThread(tcb, name);
  check(yield* seL4_TCB_Configure(tcb, cnode, 0, vspace, 0, buffer, made.get("buffer")), "thread");
  const { authority, most } = urgency;
  check(yield* seL4_TCB_SetSchedParams(tcb, authority, seL4_MinPrio, most, context, faults), "time");
  return tcb;
}

/** Let it run with these registers. */
export function* startThread(tcb: seL4_TCB, registers: UserContextLike): Thread<void> {
  check(yield* seL4_TCB_WriteRegisters(tcb, true, 0, seL4_UserContext_Length, registers), "start");
}

/** @throws Error when a step has failed */
export function check(err: number, what: string): void {
  throwOnError(err, `a process, its ${what}`);
}
