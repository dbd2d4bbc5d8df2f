/** A whole system behind a server of 9P: sockets, disk, file system, vfs; and clients outside. */
import { memoryDisk } from "@tessera/hal-sim";
import type { BootedWorld } from "@tessera/testing";
import { ext2Server } from "../../src/ext2/index.js";
import { blockServer, ninepServer, socketsServer, timerServer, vfsServer } from "../../src/index.js";
import { bootPlan, type Entry } from "../root/planned.js";
import { Outside } from "../sockets/outside.js";
import { type Answer, NinepClient, Splitter, type Wire } from "./client.js";

const PORT = 564;
const DISK_BYTES = 8 * 2 ** 20;
const EVENTS = 20_000_000;

/** Exports by name: all of the files, those of a guest, all of them to be looked at. */
function entries(): Entry[] {
  const vfs = vfsServer({
    offers: {
      admin: { root: "/", access: "admin" },
      guest: { root: "/home/guest", access: "write", uid: 1001, gid: 1001 },
      reader: { root: "/", access: "read", uid: 0, gid: 0 },
    },
  });
  const ninep = ninepServer({ exports: { admin: "/", guest: "/guest", reader: "/look" } });
  const choose = { admin: "vfs.admin", guest: "vfs.guest", reader: "vfs.reader" };
  return [
    { component: timerServer, priority: 220 },
    { component: socketsServer({ files: PORT }), priority: 210, budgetUs: 9000 },
    { component: blockServer(), priority: 200, budgetUs: 9000 },
    { component: ext2Server({ formatsBlank: true }), priority: 190, budgetUs: 9000 },
    { component: vfs, priority: 180, budgetUs: 9000 },
    { component: ninep, priority: 170, budgetUs: 9000, choose },
  ];
}

/** The machine, booted, with an empty disk. */
export function bootNinep(more: readonly Entry[] = []): BootedWorld<void> {
  return bootPlan([...entries(), ...more], { machine: { sockets: true, disks: [memoryDisk(DISK_BYTES)] } });
}

/** A wire to the machine: whoever waits for an answer has the machine run. */
export class MachineWire implements Wire {
  readonly outside: Outside;
  readonly answers: Answer[] = [];
  readonly #world: BootedWorld<void>;
  readonly #splitter = new Splitter();
  #seen = 0;

  constructor(world: BootedWorld<void>) {
    this.#world = world;
    this.outside = new Outside(world.machine, PORT);
  }

  get isClosed(): boolean {
    return this.outside.events.some(({ kind }) => kind === "closed" || kind === "ended");
  }

  send(bytes: Uint8Array): void {
    this.outside.socket.send(bytes);
  }

  next(): Answer {
    const { machine } = this.#world;
    machine.run({ events: EVENTS, until: () => this.#take() || this.isClosed });
    this.#take();
    const answer = this.answers.shift();
    if (answer === undefined) throw new Error(this.isClosed ? "closed" : "no answer");
    return answer;
  }

  #take(): boolean {
    const { received } = this.outside;
    if (received.length > this.#seen) {
      this.answers.push(...this.#splitter.push(Uint8Array.from(received.slice(this.#seen))));
      this.#seen = received.length;
    }
    return this.answers.length > 0;
  }
}

/** A client that has said which version it speaks. */
export function connected(world: BootedWorld<void>): NinepClient & { readonly wire: MachineWire } {
  const client = new NinepClient(new MachineWire(world)) as NinepClient & { readonly wire: MachineWire };
  client.version();
  return client;
}
