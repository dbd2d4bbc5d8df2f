/** The root tasks of the delegation: bob with a door of his own, or with nothing but a way to hear from alice. */
import {
  rootTask,
  seL4_AllRights,
  type seL4_BootInfo,
  seL4_CapRights_new,
  seL4_EndpointBits,
  seL4_EndpointObject,
} from "@tessera/libsel4";
import { create_client, create_server } from "../door.js";
import { make } from "../make.js";
import { create, give, start, start_system } from "../system.js";

/** Numbers of the programs, which are the users of the list. */
const SERVER = 1;
const ALICE = 2;
const BOB = 3;
const PRIORITY = 110;

const MAY_RECEIVE = seL4_CapRights_new(false, false, true, false);
/** May send messages with capabilities in them. */
const MAY_LEND = seL4_CapRights_new(false, true, false, true);

/** What both have: the list, alice with a door to it, and an endpoint between alice and bob. */
function* start_without_bob(bootinfo: seL4_BootInfo) {
  const system = yield* start_system(bootinfo);
  const between = yield* make(seL4_EndpointObject, seL4_EndpointBits, system.cspace);
  const server = yield* create_server(system, { name: "server", number: SERVER, priority: PRIORITY }, 1);
  yield* start(server, server.words);

  const alice = yield* create_client(
    system,
    server.ep,
    { name: "alice", number: ALICE, priority: PRIORITY - 2 },
    ALICE,
  );
  yield* start(alice, [...alice.words, yield* give(system, alice, between, MAY_LEND)]);
  return { system, between, server };
}

export const root = rootTask(function* (bootinfo) {
  const { system, between, server } = yield* start_without_bob(bootinfo);
  const bob = yield* create_client(system, server.ep, { name: "bob", number: BOB, priority: PRIORITY - 1 }, BOB);
  yield* start(bob, [...bob.words, yield* give(system, bob, between, MAY_RECEIVE)]);
});

export const root_of_lending = rootTask(function* (bootinfo) {
  const { system, between } = yield* start_without_bob(bootinfo);
  const bob = yield* create(system, { name: "bob", number: BOB, priority: PRIORITY - 1 });
  const from_alice = yield* give(system, bob, between, MAY_RECEIVE);
  const cnode = yield* give(system, bob, bob.cspace.root_cnode, seL4_AllRights);
  yield* start(bob, [from_alice, cnode, yield* give(system, bob, bob.tcb, seL4_AllRights)]);
});
