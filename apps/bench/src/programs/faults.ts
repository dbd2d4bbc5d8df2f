/** A page fault by bare system calls: one thread touches what is not there, another one, which hears of it, maps it. */
import { load, type Program, store, type Thread } from "@tessera/hal-sim/isa";
import {
  program,
  seL4_CapInitThreadTCB,
  seL4_CapInitThreadVSpace,
  type seL4_CPtr,
  seL4_EndpointBits,
  seL4_EndpointObject,
  seL4_getFault,
  seL4_MessageInfo_new,
  seL4_PageBits,
  seL4_ReadWrite,
  seL4_Recv,
  seL4_ReplyBits,
  seL4_ReplyObject,
  seL4_ReplyRecv,
  seL4_RISCV_4K_Page,
  seL4_RISCV_Default_VMAttributes,
  seL4_RISCV_Page_Map,
  seL4_RISCV_Page_Unmap,
  seL4_TCB_SetSchedParams,
  throwOnError,
} from "@tessera/libsel4";
import { fold, REQUESTS, type Tally } from "../measure/work.js";
import { BUFFERS, builder, make, PAGE, startThread } from "./setup.js";

/** Numbers of the programs in the image. */
const FAULTER = 1;
const HANDLER = 2;
const FAULTER_PRIORITY = 100;
const HANDLER_PRIORITY = 101;
/** Two addresses at which one frame is seen in turn, below the page table of the buffers. */
const HERE = BUFFERS + 64 * PAGE;
const THERE = HERE + PAGE;
const GO_ON = seL4_MessageInfo_new(0, 0, 0, 0);

/** A thread, and the one that mends its faults. */
export function faultRoot(): Program {
  return builder(function* (setup) {
    const endpoint = yield* make(setup, seL4_EndpointObject, seL4_EndpointBits);
    const reply = yield* make(setup, seL4_ReplyObject, seL4_ReplyBits);
    const frame = yield* make(setup, seL4_RISCV_4K_Page, seL4_PageBits);
    yield* startThread(setup, { program: HANDLER, priority: HANDLER_PRIORITY, args: [endpoint, reply, frame] });
    const { tcb, sc } = yield* startThread(setup, { program: FAULTER, priority: FAULTER_PRIORITY, args: [] });
    const authority = seL4_CapInitThreadTCB;
    throwOnError(yield* seL4_TCB_SetSchedParams(tcb, authority, 0, FAULTER_PRIORITY, sc, endpoint));
  });
}

/** Writes a number here and reads it there: each is a fault, and both are the same frame. */
export function faulter(tally: Tally): Program {
  return program(function* () {
    for (let i = 0; ; i = (i + 1) % REQUESTS) {
      yield* store(HERE, i);
      count(tally, i);
      count(tally, yield* load(THERE));
    }
  });
}

/** What is counted in time number `k`. */
export function faultDigest(k: number): number {
  return Math.floor(k / 2) % REQUESTS;
}

/** a0: where faults come, a2: a reply object, a3: the frame. */
export function faultHandler(): Program {
  return program(function* ({ a0: endpoint, a2: reply, a3: frame }): Thread {
    let { info } = yield* seL4_Recv(endpoint, reply);
    for (;;) {
      const fault = seL4_getFault(info);
      if (fault.type !== "VMFault") throw new Error(`${fault.type} is no fault of this bench`);
      throwOnError(yield* seL4_RISCV_Page_Unmap(frame as seL4_CPtr<"Page">));
      const [vspace, address] = [seL4_CapInitThreadVSpace, fault.Addr];
      const attributes = seL4_RISCV_Default_VMAttributes;
      throwOnError(yield* seL4_RISCV_Page_Map(frame as seL4_CPtr<"Page">, vspace, address, seL4_ReadWrite, attributes));
      ({ info } = yield* seL4_ReplyRecv(endpoint, GO_ON, reply));
    }
  });
}

function count(tally: Tally, value: number): void {
  tally.done++;
  tally.sum = fold(tally.sum, value);
}
