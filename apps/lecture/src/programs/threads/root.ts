/**
 * The root task of the threads: two workers for one client. The second one stands by in case the first one crashes.
 *
 * Before, a message is sent to a thread: each worker has an endpoint that is as good as its name and ends with it. The
 * answer is one endpoint that belongs to no thread.
 */
import { cspace_delete, cspace_revoke } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  rootTask,
  seL4_CapRights_new,
  type seL4_CPtr,
  seL4_EndpointBits,
  seL4_EndpointObject,
  seL4_Recv,
  seL4_ReplyBits,
  seL4_ReplyObject,
  throwOnError,
} from "@tessera/libsel4";
import { create_client } from "../door.js";
import { make } from "../make.js";
import { type Child, create, destroy, give, hand_over, type System, start, start_system } from "../system.js";

const WORKER1 = 1;
const WORKER2 = 2;
const CLIENT = 3;
const PRIORITY = 110;
const MAY_RECEIVE = seL4_CapRights_new(false, false, true, false);

export const root = rootTask(function* (bootinfo) {
  const system = yield* start_system(bootinfo);
  const faults = yield* make(seL4_EndpointObject, seL4_EndpointBits, system.cspace);
  const thread1 = yield* make(seL4_EndpointObject, seL4_EndpointBits, system.cspace);
  const thread2 = yield* make(seL4_EndpointObject, seL4_EndpointBits, system.cspace);
  const worker = yield* start_worker(system, "worker1", WORKER1, thread1, faults);
  yield* start_worker(system, "worker2", WORKER2, thread2, faults);
  yield* start_client(system, thread1);

  yield* bury(system, worker, faults);
  // A thread that is gone has no name any more.
  throwOnError(yield* cspace_revoke(system.cspace, thread1), "taking the thread's name");
  throwOnError(yield* cspace_delete(system.cspace, thread1), "forgetting the thread's name");
});

export const root_of_endpoint = rootTask(function* (bootinfo) {
  const system = yield* start_system(bootinfo);
  const faults = yield* make(seL4_EndpointObject, seL4_EndpointBits, system.cspace);
  const service = yield* make(seL4_EndpointObject, seL4_EndpointBits, system.cspace);
  const worker = yield* start_worker(system, "worker1", WORKER1, service, faults);
  yield* start_worker(system, "worker2", WORKER2, service, faults);
  yield* start_client(system, service);

  yield* bury(system, worker, faults);
});

/** The first worker is of higher priority, so that it is the one that answers first. */
function* start_worker(
  system: System,
  name: string,
  number: number,
  ep: seL4_CPtr<"Endpoint">,
  fault_ep: seL4_CPtr<"Endpoint">,
): Thread<Child> {
  const worker = yield* create(system, { name, number, priority: PRIORITY - number, fault_ep });
  const source = yield* give(system, worker, ep, MAY_RECEIVE);
  const reply = yield* make(seL4_ReplyObject, seL4_ReplyBits, system.cspace);
  yield* start(worker, [source, yield* hand_over(system, worker, reply)]);
  return worker;
}

function* start_client(system: System, target: seL4_CPtr<"Endpoint">): Thread {
  const client = yield* create_client(system, target, { name: "client", number: CLIENT, priority: PRIORITY - CLIENT });
  yield* start(client, client.words);
}

/** Wait until the worker crashes, and take back what it was. */
function* bury(system: System, worker: Child, faults: seL4_CPtr<"Endpoint">): Thread {
  const reply = yield* make(seL4_ReplyObject, seL4_ReplyBits, system.cspace);
  yield* seL4_Recv(faults, reply);
  yield* destroy(system, worker);
}
