/** What was wrong before capabilities, each with the answer behind it. */
import { createImage } from "@tessera/hal-sim";
import { errorName, seL4_NotEnoughMemory } from "@tessera/libsel4";
import { asked_bob, asking_alice, borrowing_bob, lending_alice } from "../programs/delegation/clients.js";
import * as file from "../programs/delegation/protocol.js";
import { root as listRoot, root_of_lending } from "../programs/delegation/root.js";
import { file_server, list_server } from "../programs/delegation/server.js";
import { alice, mallory, mole } from "../programs/names/clients.js";
import { global_directory, local_directory } from "../programs/names/directory.js";
import * as directory from "../programs/names/protocol.js";
import { root as namesRoot, root_of_badges } from "../programs/names/root.js";
import { caller, greedy_caller, greedy_owner, owner, pool } from "../programs/pool/programs.js";
import { root as poolRoot, root_of_owners } from "../programs/pool/root.js";
import { client, worker1, worker2 } from "../programs/threads/programs.js";
import { root_of_endpoint, root as threadsRoot } from "../programs/threads/root.js";
import { hog, worker } from "../programs/time/programs.js";
import { root_of_budgets, root as timeRoot } from "../programs/time/root.js";
import { namesOf, type Scenario, type Scene } from "./scene.js";

type Part = Pick<Scene, "title" | "image">;

/** A scenario of two scenes: NAME-before and NAME-answer. */
function pair(name: string, title: string, before: Part, answer: Part, requests: Scene["requests"] = {}): Scenario {
  return {
    name,
    title,
    scenes: [
      { name: `${name}-before`, takes: [], requests, ...before },
      { name: `${name}-answer`, takes: [], requests, ...answer },
    ],
  };
}

export const names = pair(
  "names",
  "global names, and covert channels through them",
  {
    title: "one table of names for all: mallory guesses alice's, and hears from mole what nobody may tell her",
    image: () => createImage({ root: namesRoot, directory: global_directory, alice, mole, mallory }),
  },
  {
    title: "names belong to a badge: the same clients, and mallory finds nothing",
    image: () => createImage({ root: root_of_badges, directory: local_directory, alice, mole, mallory }),
  },
  namesOf(directory),
);

export const threads = pair(
  "threads",
  "threads as the targets of messages",
  {
    title: "a message is sent to a thread: when that one crashes, the other one cannot be reached",
    image: () => createImage({ root: threadsRoot, worker1, worker2, client }),
  },
  {
    title: "a message is sent to an endpoint: the other one answers, and the client cannot tell",
    image: () => createImage({ root: root_of_endpoint, worker1, worker2, client }),
  },
);

export const memory = pair(
  "pool",
  "one pool of kernel memory, and denial of service",
  {
    title: "one pool for all: greedy takes everything, and alice gets nothing",
    image: () => createImage({ root: poolRoot, pool, greedy: greedy_caller, alice: caller }),
  },
  {
    title: "who wants an object brings the memory: greedy uses up its own, and alice has hers",
    image: () => createImage({ root: root_of_owners, greedy: greedy_owner, alice: owner }),
  },
  { [seL4_NotEnoughMemory]: errorName(seL4_NotEnoughMemory) },
);

export const delegation = pair(
  "delegation",
  "no delegation",
  {
    title: "a list says who may read: alice cannot let bob read for her",
    image: () => createImage({ root: listRoot, server: list_server, alice: asking_alice, bob: asked_bob }),
  },
  {
    title: "who holds the capability may read: alice lends it to bob, and takes it back",
    image: () => createImage({ root: root_of_lending, server: file_server, alice: lending_alice, bob: borrowing_bob }),
  },
  namesOf(file),
);

export const time = pair(
  "time",
  "unprincipled time",
  {
    title: "priority is all: the worker waits until the hog has had enough",
    image: () => createImage({ root: timeRoot, hog, worker }),
  },
  {
    title: "time is an object: the hog has a millisecond in four, and the worker the rest",
    image: () => createImage({ root: root_of_budgets, hog, worker }),
  },
);
