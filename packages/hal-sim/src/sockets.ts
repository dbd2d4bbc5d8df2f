/**
 * Connections to a machine's servers, from outside: what programs on the host do with the socket device.
 *
 * Whatever is done with a connection enters the machine as an input, at the tick that the log tells, and what comes of it
 * is told between slices. So nothing here waits, and a session that was recorded is replayed without anybody outside.
 */
import { type Observable, Subject } from "rxjs";
import { HOST_BUFFER_BYTES } from "./devices/virtio/socket/connection.js";
import { type SocketInput, socketInputBytes } from "./devices/virtio/socket/input.js";
import { SOCKETS_INPUT, type SocketDevice, type SocketEnd, type SocketNews } from "./devices/virtio/socket/socket.js";

/** Bytes of a connection that may be on their way into the machine. */
const MAX_WAITING_BYTES = 2 ** 20;
/** The machine hears of what was taken when it is this much. */
const TAKEN_STEP_BYTES = HOST_BUFFER_BYTES / 4;
const PORTS = 2 ** 32;

/** By which inputs enter: a machine, or a live run of it. */
export interface Inlet {
  /** `Machine.input`, as soon as possible. */
  input(device: string, bytes: Uint8Array): void;
}

/** What happens to a connection. */
export type SocketEvent =
  /** A server has accepted it. */
  | { readonly kind: "opened" }
  /** Bytes that a server has sent. Whoever has done with them says so by `taken`. */
  | { readonly kind: "data"; readonly bytes: Uint8Array }
  /** The machine has got some of what was sent: `waiting` is less. */
  | { readonly kind: "delivered" }
  /** The server sends no more. */
  | { readonly kind: "ended" }
  /** It is gone: nobody listens there ("refused"), both sides had ended ("done"), or the server cut it off ("reset"). */
  | { readonly kind: "closed"; readonly how: SocketEnd };

/** The outer end of a connection. */
export class HostSocket {
  /** The port of the machine that it leads to. */
  readonly port: number;
  readonly #subject = new Subject<SocketEvent>();
  readonly #enter: (input: SocketInput) => void;
  readonly #id: number;
  #waiting = 0;
  #taken = 0;
  #isClosed = false;
  #hasEnded = false;

  /** What happens to it, between slices; it completes behind "closed". Nothing is kept for who subscribes late. */
  readonly events: Observable<SocketEvent> = this.#subject.asObservable();

  /** `HostSockets.connect` makes them. */
  constructor(id: number, port: number, enter: (input: SocketInput) => void) {
    this.#id = id;
    this.port = port;
    this.#enter = enter;
  }

  /** Bytes that were sent and that the machine has not got. */
  get waiting(): number {
    return this.#waiting;
  }

  /**
   * Send bytes; they wait until the server takes them, also when it has not accepted yet. Without effect when closed.
   * @throws RangeError when more than 1 MiB would wait; Error after `end`
   */
  send(bytes: Uint8Array): void {
    if (this.#hasEnded) throw new Error("nothing is sent by a connection that was ended");
    if (this.#isClosed || bytes.length === 0) return;
    if (this.#waiting + bytes.length > MAX_WAITING_BYTES) {
      throw new RangeError(`${this.#waiting} bytes wait already; with ${bytes.length} more that is above 1 MiB`);
    }
    this.#waiting += bytes.length;
    this.#enter({ does: "send", connection: this.#id, bytes });
  }

  /**
   * So many bytes of what came are done with. Until then they count against the 256 KiB that a server can send ahead.
   * The machine is told when it has become enough, so every small piece may be reported.
   */
  taken(count: number): void {
    this.#taken += count;
    if (this.#isClosed || this.#taken < TAKEN_STEP_BYTES) return;
    this.#enter({ does: "taken", connection: this.#id, count: this.#taken });
    this.#taken = 0;
  }

  /** Nothing more will be sent; what the server sends is still received. */
  end(): void {
    if (this.#hasEnded || this.#isClosed) return;
    this.#hasEnded = true;
    this.#enter({ does: "end", connection: this.#id });
  }

  /** Cut it off, whatever is under way. Nothing is told any more. */
  abort(): void {
    if (this.#isClosed) return;
    this.#close();
    this.#enter({ does: "abort", connection: this.#id });
  }

  /** For `HostSockets`: something has happened. */
  tell(news: SocketNews): void {
    if (this.#isClosed) return;
    switch (news.news) {
      case "data":
        this.#subject.next({ kind: "data", bytes: news.bytes });
        break;
      case "delivered":
        this.#waiting -= news.count;
        this.#subject.next({ kind: "delivered" });
        break;
      case "closed":
        this.#subject.next({ kind: "closed", how: news.how });
        this.#close();
        break;
      default:
        this.#subject.next({ kind: news.news });
    }
  }

  #close(): void {
    this.#isClosed = true;
    this.#subject.complete();
  }
}

/** The socket device of a machine, from outside: whom its servers are connected to. */
export class HostSockets {
  readonly #device: SocketDevice;
  readonly #machine: Inlet;
  readonly #sockets = new Map<number, HostSocket>();
  #count = 0;

  /** A machine makes its own. */
  constructor(device: SocketDevice, machine: Inlet) {
    this.#device = device;
    this.#machine = machine;
  }

  /**
   * Ask for a connection to a port of the machine. Whether somebody listens there is told by its events; as long as no
   * driver of the device runs, the question waits.
   * @param inlet by which everything enters: the live run of this machine, where there is one
   * @throws RangeError when that is no port: a whole number from 0 to 2^32 - 1
   */
  connect(port: number, inlet: Inlet = this.#machine): HostSocket {
    if (!Number.isInteger(port) || port < 0 || port >= PORTS) {
      throw new RangeError(`a port is a whole number from 0 to ${PORTS - 1}, not ${port}`);
    }
    const id = ++this.#count;
    const socket = new HostSocket(id, port, (input) => inlet.input(SOCKETS_INPUT, socketInputBytes(input)));
    inlet.input(SOCKETS_INPUT, socketInputBytes({ does: "connect", connection: id, port }));
    this.#sockets.set(id, socket);
    socket.events.subscribe({ complete: () => this.#sockets.delete(id) });
    return socket;
  }

  /** For the machine, between slices. */
  emit(): void {
    for (const news of this.#device.takeNews()) this.#sockets.get(news.connection)?.tell(news);
  }
}
