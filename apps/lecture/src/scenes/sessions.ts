/** A server with state, and what its clients can and cannot do. */
import { createImage } from "@tessera/hal-sim";
import { alice, bob, carol } from "../programs/sessions/clients.js";
import { bob as dying, carol as heir } from "../programs/sessions/death.js";
import { mallory, alice as waiting } from "../programs/sessions/forger.js";
import * as protocol from "../programs/sessions/protocol.js";
import { root, root_of_death, root_of_forger } from "../programs/sessions/root.js";
import { server } from "../programs/sessions/server.js";
import { namesOf, type Scenario } from "./scene.js";

const requests = namesOf(protocol);

export const sessions: Scenario = {
  name: "sessions",
  title: "a server with state: sessions by badge, a forger, a client that dies",
  scenes: [
    {
      name: "sessions-badges",
      title: "three clients, a session each; the badge finds the state, the reply object finds the caller",
      takes: [],
      requests,
      image: () => createImage({ root, server, alice, bob, carol }),
    },
    {
      name: "sessions-forger",
      title: "mallory tries another badge, another's capability, another answer; the kernel refuses and says why",
      takes: [],
      requests,
      image: () => createImage({ root: root_of_forger, server, alice: waiting, mallory, bob }),
    },
    {
      name: "sessions-death",
      title: "bob dies; what he sent and what he lent dies with him, before his badge is used again",
      takes: [],
      requests,
      image: () => createImage({ root: root_of_death, server, bob: dying, carol: heir }),
    },
  ],
};
