/**
 * The root task: makes the two processes out of what the kernel gave it, lets them run, and handles their faults.
 *
 * The server of the lecture allocates for itself, so the root task gives it what that takes and no more: its own CNode,
 * 4 KiB of untyped memory, and its client's CNode, to hand out the endpoint. The client gets nothing from here.
 */
import { cspace_alloc_slot, cspace_copy, cspace_mint, cspace_move, type cspace_t } from "@tessera/cspace-lib";
import { copyOut, type Thread } from "@tessera/hal-sim/isa";
import {
  rootTask,
  seL4_AllRights,
  type seL4_BootInfo,
  seL4_CapNull,
  type seL4_CPtr,
  seL4_EndpointBits,
  seL4_EndpointObject,
  seL4_Recv,
  seL4_ReplyBits,
  seL4_ReplyObject,
  seL4_TCB_Resume,
  seL4_TCB_Suspend,
  throwOnError,
} from "@tessera/libsel4";
import { ut_alloc_4k_untyped, ut_bootstrap } from "@tessera/ut-alloc";
import { ClientEnvironment, RootEnvironment, ServerEnvironment } from "./environment.js";
import { make } from "./make.js";
import { create_process, type Process, type ProcessOptions } from "./process.js";

/** Numbers of the programs in the image, behind the root task. */
const SERVER = 1;
const CLIENT = 2;

/** The server runs first, so that it waits before its client calls. */
const SERVER_PRIORITY = 101;
const CLIENT_PRIORITY = 100;

/** Addresses: environment pages in the root task's own memory, and the server's notes in the server's. */
const ENVIRONMENT_PAGES = 0x10_0000;
const PAGE = 0x1000;
const NOTES = 0x5_0000;

/** The first word that the client sends. */
const WORD = 42;

export const root = rootTask(function* (bootinfo) {
  // The data of the image is its last page, in front of the IPC buffer.
  const { badge } = yield* RootEnvironment.read(bootinfo.ipcBuffer - PAGE);
  const cspace = ut_bootstrap(bootinfo);

  const fault_ep = yield* make(seL4_EndpointObject, seL4_EndpointBits, cspace);
  const server = yield* create(cspace, bootinfo, fault_ep, {
    name: "server",
    number: SERVER,
    priority: SERVER_PRIORITY,
    memory: [NOTES],
  });
  const client = yield* create(cspace, bootinfo, fault_ep, {
    name: "client",
    number: CLIENT,
    priority: CLIENT_PRIORITY,
    memory: [],
  });

  yield* endow(cspace, server, client, badge);
  throwOnError(yield* seL4_TCB_Resume(server.tcb), "resuming the server");
  throwOnError(yield* seL4_TCB_Resume(client.tcb), "resuming the client");
  yield* handle_faults(cspace, fault_ep, [server, client]);
});

function environmentPage(program: number): number {
  return ENVIRONMENT_PAGES + program * PAGE;
}

/** A process whose faults arrive with its program number as their badge. */
function* create(
  cspace: cspace_t,
  bootinfo: seL4_BootInfo,
  ep: seL4_CPtr<"Endpoint">,
  { number, ...options }: Pick<ProcessOptions, "name" | "priority" | "memory"> & { number: number },
): Thread<Process> {
  const fault_ep = yield* cspace_alloc_slot(cspace);
  throwOnError(yield* cspace_mint(cspace, fault_ep, cspace, ep, seL4_AllRights, number), "minting a fault endpoint");
  return yield* create_process(cspace, {
    ...options,
    program: bootinfo.userImageFrames.start + number,
    fault_ep,
    environment: environmentPage(number),
    sched_control: bootinfo.schedcontrol.start,
  });
}

/** Put into the server's CSpace what it is to have, and tell both what is where. */
function* endow(cspace: cspace_t, server: Process, client: Process, badge: number): Thread {
  const cnode = yield* cspace_alloc_slot(server.cspace);
  throwOnError(yield* cspace_copy(server.cspace, cnode, cspace, server.cspace.root_cnode, seL4_AllRights), "its CNode");
  const client_cnode = yield* cspace_alloc_slot(server.cspace);
  const theirs = client.cspace.root_cnode;
  throwOnError(yield* cspace_copy(server.cspace, client_cnode, cspace, theirs, seL4_AllRights), "its client's CNode");

  const memory = yield* ut_alloc_4k_untyped(cspace);
  if (memory === null) throw new Error("no memory for the server");
  const untyped = yield* cspace_alloc_slot(server.cspace);
  throwOnError(yield* cspace_move(server.cspace, untyped, cspace, memory.cap), "its memory");

  const client_ep = yield* cspace_alloc_slot(client.cspace);
  const words = {
    cnode,
    client_cnode,
    client_ep,
    untyped,
    untyped_bits: memory.size_bits,
    untyped_paddr: memory.paddr,
    first_free_slot: untyped + 1,
    badge,
    memory: NOTES,
  };
  yield* copyOut(environmentPage(SERVER), ServerEnvironment.encode(words));
  yield* copyOut(environmentPage(CLIENT), ClientEnvironment.encode({ ep: client_ep, word: WORD }));
}

/** A process that faults is stopped for good. The badge says which one it was. */
function* handle_faults(cspace: cspace_t, ep: seL4_CPtr<"Endpoint">, processes: readonly Process[]): Thread {
  const reply = yield* make(seL4_ReplyObject, seL4_ReplyBits, cspace);
  for (;;) {
    const { badge } = yield* seL4_Recv(ep, reply);
    const process = processes[badge - SERVER];
    throwOnError(yield* seL4_TCB_Suspend(process?.tcb ?? seL4_CapNull), "suspending a process that faulted");
  }
}
