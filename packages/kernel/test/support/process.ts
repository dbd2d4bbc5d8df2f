/** A process of a test: a VSpace of its own with a program, an IPC buffer and pages, and a thread in it. */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_CapInitThreadASIDPool,
  seL4_CapInitThreadTCB,
  type seL4_CapRights_t,
  seL4_ReadWrite,
  seL4_RISCV_ASIDPool_Assign,
  seL4_RISCV_Default_VMAttributes,
  seL4_RISCV_Page_Map,
  seL4_RISCV_PageTable_Map,
  seL4_TCB_Configure,
  seL4_TCB_SetSchedParams,
  seL4_TCB_WriteRegisters,
  seL4_TCBObject,
} from "@tessera/libsel4";
import { type Kit, must } from "./kit.js";

/** Where things are in a process. */
export const PROGRAM = 0x400000;
export const BUFFER = 0x401000;
export const DATA = 0x402000;
export const UNMAPPED = 0x403000;

const REGISTERS_TO_A1 = 18;

/** A VSpace with page tables for the 2 MiB around PROGRAM. */
export function* makeVspace(kit: Kit, pool: number = seL4_CapInitThreadASIDPool): Thread<number> {
  const vspace = yield* kit.pageTable();
  must(yield* seL4_RISCV_ASIDPool_Assign(pool, vspace), "Assign");
  for (let level = 0; level < 2; level++) {
    const table = yield* kit.pageTable();
    must(yield* seL4_RISCV_PageTable_Map(table, vspace, PROGRAM, seL4_RISCV_Default_VMAttributes), "PageTable_Map");
  }
  return vspace;
}

/** Map a copy of `frame`; the copy. */
export function* mapCopy(
  kit: Kit,
  vspace: number,
  frame: number,
  address: number,
  rights: seL4_CapRights_t = seL4_ReadWrite,
  attributes = seL4_RISCV_Default_VMAttributes,
): Thread<number> {
  const copy = yield* kit.copy(frame);
  must(yield* seL4_RISCV_Page_Map(copy, vspace, address, rights, attributes), "Page_Map");
  return copy;
}

export interface Process {
  readonly tcb: number;
  readonly vspace: number;
  /** The mapped capability to its program's page. */
  readonly page: number;
}

/** Program `name` in a VSpace of its own, started. Its CSpace is the root task's. */
export function* startProcess(
  kit: Kit,
  name: string,
  options: { readonly faultHandler?: number; readonly priority?: number; readonly attributes?: number } = {},
): Thread<Process> {
  const { faultHandler = 0, priority = 100, attributes = seL4_RISCV_Default_VMAttributes } = options;
  const vspace = yield* makeVspace(kit);
  const page = yield* mapCopy(kit, vspace, kit.frameOf(name), PROGRAM, seL4_ReadWrite, attributes);
  const buffer = yield* kit.frame();
  yield* mapCopy(kit, vspace, buffer, BUFFER);
  const tcb = yield* kit.make(seL4_TCBObject);
  const sc = yield* kit.schedContext();
  must(yield* seL4_TCB_Configure(tcb, kit.cnode, 0, vspace, 0, BUFFER, buffer), "Configure");
  must(yield* seL4_TCB_SetSchedParams(tcb, seL4_CapInitThreadTCB, 0, priority, sc, faultHandler), "SetSchedParams");
  const registers = { pc: PROGRAM, a1: BUFFER };
  must(yield* seL4_TCB_WriteRegisters(tcb, true, 0, REGISTERS_TO_A1, registers), "WriteRegisters");
  return { tcb, vspace, page };
}
