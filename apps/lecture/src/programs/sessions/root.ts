/**
 * The root tasks of the sessions: a server, and clients with a door each, that is, the server's endpoint with a badge
 * that says who stands there. What happens behind the door is between them.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  rootTask,
  seL4_AllRights,
  seL4_Call,
  type seL4_CPtr,
  seL4_EndpointBits,
  seL4_EndpointObject,
  seL4_MessageInfo_new,
  seL4_Recv,
  seL4_ReplyBits,
  seL4_ReplyObject,
  seL4_SetMR,
} from "@tessera/libsel4";
import { create_client, create_server } from "../door.js";
import { make } from "../make.js";
import { destroy, give, type System, start, start_system } from "../system.js";
import { GONE } from "./protocol.js";

/** Numbers of the programs in the image, behind the root task; those of the clients are the badges of their doors. */
const SERVER = 1;
const FIRST_CLIENT = 2;

/** Everybody waits for the server when it runs first. */
const SERVER_PRIORITY = 110;

/** Three clients, one after the other. */
export const root = rootTask(function* (bootinfo) {
  const system = yield* start_system(bootinfo);
  const ep = yield* start_server(system, SERVER_PRIORITY);
  for (const [i, name] of ["alice", "bob", "carol"].entries()) {
    const number = FIRST_CLIENT + i;
    const client = yield* create_client(system, ep, { name, number, priority: SERVER_PRIORITY - 1 - i }, number);
    yield* start(client, client.words);
  }
});

/** Alice and mallory take turns: among equals, who is started last runs first. Bob runs when both wait. */
export const root_of_forger = rootTask(function* (bootinfo) {
  const system = yield* start_system(bootinfo);
  const ep = yield* start_server(system, SERVER_PRIORITY);
  const priority = SERVER_PRIORITY - 1;
  const [ALICE, MALLORY, BOB] = [FIRST_CLIENT, FIRST_CLIENT + 1, FIRST_CLIENT + 2];
  const alice = yield* create_client(system, ep, { name: "alice", number: ALICE, priority }, ALICE);
  const mallory = yield* create_client(system, ep, { name: "mallory", number: MALLORY, priority }, MALLORY);
  const bob = yield* create_client(system, ep, { name: "bob", number: BOB, priority: priority - 1 }, BOB);
  for (const client of [bob, mallory, alice]) yield* start(client, client.words);
});

/** The server runs last, so that requests have to wait; carol waits for what bob hands her. */
const SLOW_SERVER_PRIORITY = 100;
const BOB = FIRST_CLIENT;
const CAROL = FIRST_CLIENT + 1;

/** Bob dies, and the root task cleans up after him: his memory first, then what the server keeps for him. */
export const root_of_death = rootTask(function* (bootinfo) {
  const system = yield* start_system(bootinfo);
  const faults = yield* make(seL4_EndpointObject, seL4_EndpointBits, system.cspace);
  const friends = yield* make(seL4_EndpointObject, seL4_EndpointBits, system.cspace);
  const reply = yield* make(seL4_ReplyObject, seL4_ReplyBits, system.cspace);
  const ep = yield* start_server(system, SLOW_SERVER_PRIORITY);

  const carol = yield* create_client(
    system,
    ep,
    { name: "carol", number: CAROL, priority: SLOW_SERVER_PRIORITY + 2 },
    CAROL,
  );
  const from_bob = yield* give(system, carol, friends, seL4_AllRights);
  yield* start(carol, [...carol.words, from_bob]);

  const bob = yield* create_client(
    system,
    ep,
    { name: "bob", number: BOB, priority: SLOW_SERVER_PRIORITY + 1, fault_ep: faults },
    BOB,
  );
  const to_carol = yield* give(system, bob, friends, seL4_AllRights);
  yield* start(bob, [...bob.words, to_carol]);

  yield* seL4_Recv(faults, reply);
  yield* destroy(system, bob);
  seL4_SetMR(0, BOB);
  yield* seL4_Call(ep, seL4_MessageInfo_new(GONE, 0, 0, 1));
});

/** Returns the root task's copy of the endpoint. One reply object is for who waits long. */
function* start_server(system: System, priority: number): Thread<seL4_CPtr<"Endpoint">> {
  const server = yield* create_server(system, { name: "server", number: SERVER, priority }, 2);
  yield* start(server, server.words);
  return server.ep;
}
