/** Connections of the host that come to nothing, or stand still. */
import { createImage, Machine } from "@tessera/hal-sim";
import { expect, test } from "vitest";
import { Bridge, type Network, type Peer, type PeerEvents } from "../src/session/index.js";

/** Alarms that ring when the test says so, and peers that remember what was done to them. */
class Stage {
  readonly machine = new Machine({ image: createImage({ *root() {} }), sockets: true });
  readonly alarms = new Map<number, () => void>();
  readonly bridge: Bridge;

  constructor() {
    const { sockets } = this.machine;
    if (sockets === null) throw new Error("it was made with sockets");
    const network: Network = {
      listen: () => Promise.reject(new Error("nobody listens here")),
      alarm: (_, ring) => {
        const id = this.alarms.size;
        this.alarms.set(id, ring);
        return () => void this.alarms.delete(id);
      },
    };
    this.bridge = new Bridge({ sockets, inlet: this.machine, network, port: 564 });
  }

  join(): { done: string[]; events: PeerEvents } {
    const done: string[] = [];
    let events: PeerEvents | null = null;
    const peer: Peer = {
      listen: (heard) => {
        events = heard;
      },
      send: () => {},
      end: () => void done.push("end"),
      abort: () => void done.push("abort"),
      setReading: (reads) => void done.push(reads ? "read" : "pause"),
    };
    this.bridge.join(peer);
    return { done, events: events as unknown as PeerEvents };
  }
}

test("a client to which the machine says nothing in time is cut off", () => {
  const stage = new Stage();
  const { done } = stage.join();
  expect([done, stage.alarms.size]).toEqual([[], 1]);
  stage.alarms.get(0)?.();
  expect([done, stage.alarms.size]).toEqual([["abort"], 0]);
});

test("a client that sends more than the machine takes is not read on", () => {
  const stage = new Stage();
  const { done, events } = stage.join();
  events.data(new Uint8Array(131_072));
  expect(done).toEqual([]);
  events.data(new Uint8Array(1));
  expect(done).toEqual(["pause"]);
});

test("sixty-four are connected at a time, and all are cut off with the machine", () => {
  const stage = new Stage();
  const joined = Array.from({ length: 65 }, () => stage.join());
  expect(joined.map(({ done }) => done.length)).toEqual([...Array(64).fill(0), 1]);
  stage.bridge.close();
  expect(joined.every(({ done }) => done.join() === "abort")).toBe(true);
  expect(stage.join().done).toEqual(["abort"]);
});
