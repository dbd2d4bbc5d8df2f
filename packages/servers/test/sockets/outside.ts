/** Whoever is outside of a machine with sockets: connections, and what they heard. */
import type { HostSocket, Machine, SocketEvent } from "@tessera/hal-sim";
import type { BootedWorld } from "@tessera/testing";
import { expect } from "vitest";

/** The outer end of a connection, which takes all that comes unless told otherwise. */
export class Outside {
  readonly socket: HostSocket;
  readonly events: SocketEvent[] = [];
  readonly received: number[] = [];
  takes = true;

  constructor(machine: Machine, port: number) {
    this.socket = machine.sockets!.connect(port);
    this.socket.events.subscribe((event) => {
      if (event.kind !== "data") this.events.push(event);
      else {
        this.received.push(...event.bytes);
        if (this.takes) this.socket.taken(event.bytes.length);
      }
    });
  }

  /** What has happened, without the pieces in which bytes came and went. */
  get story(): string[] {
    return this.events.flatMap((event) => {
      if (event.kind === "delivered") return [];
      return event.kind === "closed" ? [event.how] : [event.kind];
    });
  }

  get text(): string {
    return new TextDecoder().decode(Uint8Array.from(this.received));
  }

  say(text: string): void {
    this.socket.send(new TextEncoder().encode(text));
  }
}

/** Run until nobody has anything to do. */
export function settle(world: BootedWorld<void>, events = 2_000_000): void {
  expect(world.machine.run({ events }).reason).toBe("idle");
}
