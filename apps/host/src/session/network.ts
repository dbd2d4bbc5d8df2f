/**
 * Clients of a session from the network of its host: each connection that a program makes is joined to one of the
 * machine's, to a port at which a server of the machine listens.
 *
 *     program ── Peer ──▸ joined ──▸ HostSocket ── input log ──▸ the machine
 *
 * Both directions are held back by who is slower: a program that sends much is not read while more than 128 KiB of it wait
 * for the machine, and the machine has room for 256 KiB that the program has not taken. Time-outs are the host's: so what
 * the machine hears of them is an input like others, and a replay needs no clock.
 */
import type { HostSocket, HostSockets, Inlet } from "@tessera/hal-sim";
import type { OptionTable } from "../options/command-line.js";
import { OptionError } from "../options/option-error.js";

/** What happens at the other end of a connection of the host. */
export interface PeerEvents {
  data(bytes: Uint8Array): void;
  /** It sends no more. */
  end(): void;
  /** It is gone. */
  closed(): void;
}

/** A connection that a program has made with the host. */
export interface Peer {
  /** Call these from now on. */
  listen(events: PeerEvents): void;
  /** @param taken called when all of it has been taken over by the other side's system */
  send(bytes: Uint8Array, taken: () => void): void;
  /** Nothing more will be sent. */
  end(): void;
  /** Be gone at once. */
  abort(): void;
  /** Whether what comes is read. */
  setReading(reads: boolean): void;
}

/** The network of a host. */
export interface Network {
  /**
   * Listen at an address of this host.
   * @returns what was listened at, in words, and how to stop
   * @throws Error with a sentence when that cannot be
   */
  listen(at: Listening, connected: (peer: Peer) => void): Promise<{ readonly at: string; close(): void }>;
  /** Call `ring` after so many milliseconds; what comes back stops that. */
  alarm(ms: number, ring: () => void): () => void;
}

/** Where a session listens. */
export interface Listening {
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

/** How long what may take. */
export interface Patience {
  /** Until the machine has said the first byte to a client: one that says nothing it understands is gone then. */
  readonly greetingMs: number;
  /** Until a client takes some of what waits for it. */
  readonly stalledMs: number;
}

const PATIENCE: Patience = { greetingMs: 10_000, stalledMs: 30_000 };
/** Connections at a time: the machine has room for more, so none of them is there in vain. */
const MOST_CONNECTIONS = 64;
/** Bytes that wait for the machine, above which a client is not read. */
const HIGH_BYTES = 131_072;

/** What the options of a session that listens say. */
export interface ListenOptions {
  /** Null: it does not. */
  readonly listen: Listening | null;
}

/** When nothing is asked for. */
export const LISTEN_DEFAULTS: ListenOptions = { listen: null };

/** The option of a session that listens. @param what what is served, as the end of a sentence */
export function listenOptions<O extends ListenOptions>(what: string): OptionTable<O> {
  return {
    "--listen": {
      operand: "ADDRESS",
      help: [
        `listen at ADDRESS, such as 127.0.0.1:5640, and serve ${what}`,
        "to programs on this host; port 0: any that is free",
      ],
      apply: (options, name, operand) => ({ ...options, listen: listening(name, operand) }),
    },
  };
}

/** Whoever reaches the port is served, so it is open on this host alone. @throws OptionError */
function listening(option: string, text = ""): Listening {
  const [, host = "127.0.0.1", digits = ""] = /^(?:(.+):)?(\d{1,5})$/.exec(text) ?? [];
  const port = digits === "" ? Number.NaN : Number(digits);
  if (!(port <= 65_535))
    throw new OptionError(`${option} takes an address such as 127.0.0.1:5640, not ${JSON.stringify(text)}.`);
  if (host !== "localhost" && host !== "[::1]" && !/^127(?:\.\d{1,3}){3}$/.test(host)) {
    throw new OptionError(
      `${option}: ${host} can be reached from elsewhere, where nobody is asked who he is: use 127.0.0.1.`,
    );
  }
  return { host: host === "[::1]" ? "::1" : host, port };
}

/** Connections of the host, joined to those of a machine. */
export class Bridge {
  readonly #sockets: HostSockets;
  readonly #inlet: Inlet;
  readonly #network: Network;
  readonly #port: number;
  readonly #patience: Patience;
  readonly #joined = new Set<Joined>();
  #isOver = false;

  /** @param port of the machine */
  constructor(
    parts: { readonly sockets: HostSockets; readonly inlet: Inlet; readonly network: Network; readonly port: number },
    patience: Patience = PATIENCE,
  ) {
    this.#sockets = parts.sockets;
    this.#inlet = parts.inlet;
    this.#network = parts.network;
    this.#port = parts.port;
    this.#patience = patience;
  }

  /** A program has connected. */
  join(peer: Peer): void {
    if (this.#isOver || this.#joined.size >= MOST_CONNECTIONS) {
      peer.abort();
      return;
    }
    const socket = this.#sockets.connect(this.#port, this.#inlet);
    const joined = new Joined(peer, socket, this.#network, this.#patience, () => this.#joined.delete(joined));
    this.#joined.add(joined);
  }

  /** The machine is gone: so are all connections, and nothing enters any more. */
  close(): void {
    this.#isOver = true;
    for (const joined of this.#joined) joined.leave();
  }
}

/** A connection of the host with one of the machine. */
class Joined {
  readonly #peer: Peer;
  readonly #socket: HostSocket;
  readonly #network: Network;
  readonly #patience: Patience;
  readonly #over: () => void;
  #isOver = false;
  #isReading = true;
  /** Bytes that the program has not taken. */
  #untaken = 0;
  #stopGreeting: () => void;
  #stopStalled: () => void = () => {};

  constructor(peer: Peer, socket: HostSocket, network: Network, patience: Patience, over: () => void) {
    this.#peer = peer;
    this.#socket = socket;
    this.#network = network;
    this.#patience = patience;
    this.#over = over;
    this.#stopGreeting = network.alarm(patience.greetingMs, () => this.#cut());
    socket.events.subscribe((event) => {
      if (event.kind === "data") this.#toPeer(event.bytes);
      else if (event.kind === "delivered") this.#read();
      else if (event.kind === "ended") peer.end();
      else if (event.kind === "closed") this.#closed(event.how === "done");
    });
    peer.listen({
      data: (bytes) => this.#toMachine(bytes),
      end: () => socket.end(),
      closed: () => this.#cut(),
    });
  }

  /** The machine is gone. */
  leave(): void {
    this.#finish();
    this.#peer.abort();
  }

  #toMachine(bytes: Uint8Array): void {
    if (this.#isOver) return;
    this.#socket.send(bytes);
    if (this.#socket.waiting <= HIGH_BYTES || !this.#isReading) return;
    this.#isReading = false;
    this.#peer.setReading(false);
  }

  #read(): void {
    if (this.#isOver || this.#isReading || this.#socket.waiting > HIGH_BYTES / 2) return;
    this.#isReading = true;
    this.#peer.setReading(true);
  }

  #toPeer(bytes: Uint8Array): void {
    this.#stopGreeting();
    this.#untaken += bytes.length;
    this.#watch();
    this.#peer.send(bytes, () => {
      this.#untaken -= bytes.length;
      this.#watch();
      if (!this.#isOver) this.#socket.taken(bytes.length);
    });
  }

  /** What waits for the program must not wait for ever. */
  #watch(): void {
    this.#stopStalled();
    this.#stopStalled = () => {};
    if (!this.#isOver && this.#untaken > 0) {
      this.#stopStalled = this.#network.alarm(this.#patience.stalledMs, () => this.#cut());
    }
  }

  /** The machine's side is gone; what it has sent before that, the program still gets. */
  #closed(isDone: boolean): void {
    if (this.#isOver) return;
    this.#finish();
    if (isDone) this.#peer.end();
    else this.#peer.abort();
  }

  #cut(): void {
    if (this.#isOver) return;
    this.#finish();
    this.#socket.abort();
    this.#peer.abort();
  }

  #finish(): void {
    this.#isOver = true;
    this.#stopGreeting();
    this.#stopStalled();
    this.#over();
  }
}
