/** The root tasks of the pool: 4 KiB for a server that makes objects for all, or 4 KiB for each of them. */
import type { Thread } from "@tessera/hal-sim/isa";
import { rootTask, seL4_AllRights, type seL4_CPtr } from "@tessera/libsel4";
import { ut_alloc_4k_untyped } from "@tessera/ut-alloc";
import { create_client, create_server } from "../door.js";
import { type Child, create, give, hand_over, type System, start, start_system } from "../system.js";

const PRIORITY = 110;
/** Numbers of the programs: with the server, and without it. */
const SERVER = 1;
const CALLERS = 2;
const OWNERS = 1;

export const root = rootTask(function* (bootinfo) {
  const system = yield* start_system(bootinfo);
  const server = yield* create_server(system, { name: "pool", number: SERVER, priority: PRIORITY }, 1);
  yield* start(server, [...server.words, yield* give_memory(system, server)]);
  for (const [i, name] of ["greedy", "alice"].entries()) {
    const options = { name, number: CALLERS + i, priority: PRIORITY - 1 - i };
    const client = yield* create_client(system, server.ep, options);
    yield* start(client, client.words);
  }
});

export const root_of_owners = rootTask(function* (bootinfo) {
  const system = yield* start_system(bootinfo);
  for (const [i, name] of ["greedy", "alice"].entries()) {
    const owner = yield* create(system, { name, number: OWNERS + i, priority: PRIORITY - 1 - i });
    const memory = yield* give_memory(system, owner);
    const cnode = yield* give(system, owner, owner.cspace.root_cnode, seL4_AllRights);
    const tcb = yield* give(system, owner, owner.tcb, seL4_AllRights);
    yield* start(owner, [memory, cnode, tcb]);
  }
});

/** 4 KiB that are the child's own from now on. */
function* give_memory(system: System, child: Child): Thread<seL4_CPtr> {
  const memory = yield* ut_alloc_4k_untyped(system.cspace);
  if (memory === null) throw new Error(`no memory for ${child.name}`);
  return yield* hand_over(system, child, memory.cap);
}
