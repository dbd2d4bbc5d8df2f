/** The root task of the names: a directory, three clients, and an ear for what mallory has found out. */
import type { Program } from "@tessera/hal-sim/isa";
import { rootTask, seL4_CanWrite, seL4_EndpointBits, seL4_EndpointObject, seL4_Wait } from "@tessera/libsel4";
import { create_client, create_server } from "../door.js";
import { make } from "../make.js";
import { give, start, start_system } from "../system.js";

const DIRECTORY = 1;
const FIRST_CLIENT = 2;
const PRIORITY = 110;

/** Everybody's door is the same: the directory cannot tell one from another. */
export const root = directory_root(false);

/** Each door has a badge of its own. */
export const root_of_badges = directory_root(true);

function directory_root(has_badges: boolean): Program {
  return rootTask(function* (bootinfo) {
    const system = yield* start_system(bootinfo);
    const reports = yield* make(seL4_EndpointObject, seL4_EndpointBits, system.cspace);
    const server = yield* create_server(system, { name: "directory", number: DIRECTORY, priority: PRIORITY }, 1);
    yield* start(server, server.words);
    for (const [i, name] of ["alice", "mole", "mallory"].entries()) {
      const number = FIRST_CLIENT + i;
      const options = { name, number, priority: PRIORITY - 1 - i };
      const client = yield* create_client(system, server.ep, options, has_badges ? number : undefined);
      const report = name === "mallory" ? [yield* give(system, client, reports, seL4_CanWrite)] : [];
      yield* start(client, [...client.words, ...report]);
    }
    yield* seL4_Wait(reports);
  });
}
