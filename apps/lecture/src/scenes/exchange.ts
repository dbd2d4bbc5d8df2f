/** The lecture's exchange between a client and a server, and the clients to choose from. */
import { createImage } from "@tessera/hal-sim";
import type { Program } from "@tessera/hal-sim/isa";
import { catches } from "../programs/broken/catches.js";
import { forgets } from "../programs/broken/forgets.js";
import { recurses } from "../programs/broken/recurses.js";
import { strays } from "../programs/broken/strays.js";
import { throws } from "../programs/broken/throws.js";
import { yields } from "../programs/broken/yields.js";
import { client } from "../programs/client.js";
import { RootEnvironment } from "../programs/environment.js";
import { root } from "../programs/root.js";
import { server } from "../programs/server.js";
import type { Scene } from "./scene.js";

/** The lecture's client, and some that make mistakes. */
export const CLIENTS = { lecture: client, strays, throws, recurses, yields, forgets, catches } satisfies Record<
  string,
  Program
>;
export type ClientName = keyof typeof CLIENTS;

export const exchange: Scene = {
  name: "exchange",
  title: "a client calls a server, with a badge and a reply object, and then does what it should not",
  takes: ["badge", "client"],
  image: (choices) => createImage({ root, server, client: choices.client }, RootEnvironment.encode(choices)),
};
