/** The socket device: connections from outside, credit both ways, ends of all kinds, and drivers that know no rules. */
import { describe, expect, test } from "vitest";
import {
  createImage,
  Machine,
  SocketOperation as Op,
  parseRunLog,
  VirtioRegister as R,
  RunRecorder,
  replayOptions,
  replayRun,
  runLogText,
  SocketShutdown,
  VirtioStatus,
} from "../../../src/index.js";
import { SocketDriver } from "../../support/socket-driver.js";

const bytes = (length: number, first = 0) => Uint8Array.from({ length }, (_, i) => (first + i) & 0xff);
const ops = (driver: SocketDriver) => driver.packets().map(({ op }) => op);
const closed = (how: string) => ({ kind: "closed", how });

describe("The socket device", () => {
  test("is in slot 4, interrupt 5, of machines that were asked for one, and tells the machine its address", () => {
    const { machine, slot } = new SocketDriver();
    expect([slot.load(R.DeviceID, 4), slot.load(R.Config, 4), slot.load(R.Config + 4, 4)]).toEqual([19, 3, 0]);
    expect(machine.description.devices.sockets).toMatchObject({ base: 0x1000_5000, irq: 5 });
    const without = new Machine({ image: createImage({ *root() {} }) });
    expect([without.virtio[4]!.load(R.DeviceID, 4), without.sockets]).toEqual([0, null]);
    expect(() => without.input("sockets", bytes(1))).toThrow('no device "sockets" takes input');
  });

  test("carries bytes both ways between whoever connects and who accepts", () => {
    const driver = new SocketDriver().start();
    const { socket, events } = driver.connect(564);
    expect(driver.packets()).toMatchObject([{ op: Op.Request, from: 1, to: 564, buffer: 262_144, taken: 0 }]);
    socket.send(bytes(3)); // it waits
    expect([ops(driver), socket.waiting]).toEqual([[], 3]);
    driver.send(Op.Response, 1);
    expect(driver.packets()).toMatchObject([{ op: Op.Data, data: [0, 1, 2] }]);
    driver.send(Op.Data, 1, { data: bytes(4, 9) });
    expect(events).toEqual([{ kind: "opened" }, { kind: "delivered" }, { kind: "data", bytes: bytes(4, 9) }]);
    expect(socket.waiting).toBe(0);
  });

  test("sends a driver no more than it has room for, whatever waits", () => {
    const driver = new SocketDriver().start();
    driver.buffer = 10_000;
    const { socket, id } = driver.connected();
    socket.send(bytes(25_000));
    const got = () => driver.packets().flatMap(({ data }) => data);
    const first = got();
    expect([first.length, got().length, socket.waiting]).toEqual([10_000, 0, 15_000]);
    driver.taken = 4_000;
    driver.send(Op.CreditUpdate, id);
    const second = got();
    driver.taken = 14_000;
    driver.send(Op.CreditUpdate, id);
    const third = got();
    expect([second.length, third.length]).toEqual([4_000, 10_000]);
    driver.taken = 2 ** 32 - 1; // of a lie follows no packet
    driver.send(Op.CreditUpdate, id);
    expect(got()).toEqual([]);
    driver.taken = 24_000;
    driver.send(Op.CreditUpdate, id);
    expect([...first, ...second, ...third, ...got()]).toEqual([...bytes(25_000)]);
  });

  test("tells the driver of room when a quarter of the buffer was taken outside, and when it asks", () => {
    const driver = new SocketDriver().start();
    const { socket, id, events } = driver.connected();
    for (let n = 0; n < 20; n++) driver.send(Op.Data, id, { data: bytes(4096) });
    socket.taken(60_000);
    expect(driver.packets()).toEqual([]);
    driver.send(Op.CreditRequest, id);
    expect(driver.packets()).toMatchObject([{ op: Op.CreditUpdate, taken: 0 }]);
    socket.taken(10_000);
    expect(driver.packets()).toMatchObject([{ op: Op.CreditUpdate, taken: 70_000, buffer: 262_144 }]);
    expect(events.filter(({ kind }) => kind === "data")).toHaveLength(20);
  });

  test("cuts off a connection whose driver sends more than there is room for, and no other", () => {
    const driver = new SocketDriver().start();
    const one = driver.connected();
    const other = driver.connected();
    for (let n = 0; n < 64; n++) driver.send(Op.Data, one.id, { data: bytes(4096) });
    expect(one.events.at(-1)?.kind).toBe("data");
    driver.send(Op.Data, one.id, { data: bytes(1) });
    expect(one.events.at(-1)).toEqual(closed("reset"));
    expect(driver.packets()).toMatchObject([{ op: Op.Reset, from: one.id }]);
    driver.send(Op.Data, other.id, { data: bytes(1) });
    expect(other.events.at(-1)?.kind).toBe("data");
  });

  test("ends a stream behind its last byte, and the connection when both have ended", () => {
    const driver = new SocketDriver().start();
    const { socket, id, events } = driver.connected();
    socket.send(bytes(5));
    socket.end();
    expect(() => socket.send(bytes(1))).toThrow("was ended");
    expect(driver.packets()).toMatchObject([{ op: Op.Data }, { op: Op.Shutdown, flags: SocketShutdown.Send }]);
    driver.send(Op.Data, id, { data: bytes(2) }); // the other direction goes on
    driver.send(Op.Shutdown, id, { flags: SocketShutdown.Send });
    expect(events.slice(-2).map(({ kind }) => kind)).toEqual(["data", "ended"]);
    expect(driver.packets()).toMatchObject([{ op: Op.Shutdown, flags: 3 }]);
    driver.send(Op.Reset, id);
    expect([events.at(-1), ops(driver)]).toEqual([closed("done"), []]);
  });

  test("answers a driver that closes at once with a reset, and whoever is outside hears both", () => {
    const driver = new SocketDriver().start();
    const { socket, id, events } = driver.connected();
    driver.buffer = 0;
    driver.send(Op.Shutdown, id, { flags: 3 });
    socket.send(bytes(9));
    expect(ops(driver)).toEqual([Op.Reset]);
    expect(events.slice(-2)).toEqual([{ kind: "ended" }, closed("done")]);
  });

  test("a port at which nobody listens is refused, and a connection that is aborted is reset", () => {
    const driver = new SocketDriver().start();
    const refused = driver.connect(9);
    driver.packets();
    driver.send(Op.Reset, 1, { from: 9 });
    expect(refused.events).toEqual([closed("refused")]);
    const { socket, id, events } = driver.connected();
    socket.send(bytes(100_000));
    socket.abort();
    socket.abort();
    expect(driver.packets().at(-1)).toMatchObject({ op: Op.Reset, from: id });
    driver.send(Op.Data, id, { data: bytes(1) });
    expect([ops(driver), events.some(({ kind }) => kind === "data")]).toEqual([[Op.Reset], false]);
  });

  test("resets packets of no connection, and hears no more of them than it may answer", () => {
    const driver = new SocketDriver().start(2);
    driver.send(Op.Request, 77);
    expect(driver.packets()).toMatchObject([{ op: Op.Reset, from: 77, to: 564 }]);
    driver.send(Op.Reset, 77); // is never answered by another one
    expect(driver.packets()).toEqual([]);
    // Two buffers for answers, and 128 answers that wait: eight packets fill the ring that nobody hears any more.
    for (let n = 0; n < 138; n++) driver.send(Op.Data, 500 + n);
    expect(driver.heard()).toBe(2 + 130);
    const answered = driver.packets(false).map(({ from }) => from);
    while (answered.length < 138) {
      driver.offer();
      answered.push(...driver.packets(false).map(({ from }) => from));
    }
    expect(answered).toEqual(Array.from({ length: 138 }, (_, n) => 500 + n));
    expect(driver.heard()).toBe(2 + 138);
  });

  test("connections take turns, so one with much to say keeps none waiting", () => {
    const driver = new SocketDriver().start();
    driver.buffer = 1_000_000;
    const [one, other] = [driver.connected(), driver.connected()];
    one.socket.send(bytes(900_000));
    other.socket.send(bytes(10));
    const froms = driver.packets().map(({ from }) => from);
    expect(froms.indexOf(other.id)).toBeLessThan(3);
    expect(froms.filter((from) => from === one.id)).toHaveLength(Math.ceil(900_000 / 4096));
  });

  test("a driver that starts anew finds no connection, and is asked for those that nobody has answered", () => {
    const driver = new SocketDriver();
    const early = driver.connect(1); // before there is any driver
    driver.start();
    const open = driver.connected(2);
    expect(driver.packets()).toEqual([]);
    driver.start();
    expect(driver.packets()).toMatchObject([{ op: Op.Request, to: 1 }]);
    expect(open.events.at(-1)).toEqual(closed("reset"));
    driver.send(Op.Response, 1, { from: 1 });
    expect(early.events).toEqual([{ kind: "opened" }]);
  });

  test("has 256 connections, and refuses the next one", () => {
    const driver = new SocketDriver().start();
    for (let n = 0; n < 256; n++) driver.sockets.connect(n);
    expect(driver.connect(1000).events).toEqual([closed("refused")]);
    expect(() => driver.sockets.connect(2 ** 32)).toThrow(RangeError);
  });

  test.each([
    ["too short for a header", (driver: SocketDriver) => driver.sendRaw(bytes(43))],
    ["with fewer bytes than it says", (driver: SocketDriver) => driver.send(Op.Data, 1, { data: bytes(4), length: 5 })],
    ["longer than a packet can be", (driver: SocketDriver) => driver.send(Op.Data, 1, { length: 2 ** 31 })],
  ])("a packet %s breaks the device until its driver resets it", (_, send) => {
    const driver = new SocketDriver().start();
    send(driver);
    expect(driver.status() & VirtioStatus.NeedsReset).not.toBe(0);
    expect(ops(driver.start())).toEqual([]);
    driver.connected();
    expect(driver.status() & VirtioStatus.NeedsReset).toBe(0);
  });

  test("inputs that no host makes change nothing, and are reported", () => {
    const driver = new SocketDriver().start();
    for (const input of [[], [9, 1, 0, 0, 0], [0, 1, 0, 0], [0, 1, 0, 0, 0, 1], [3, 1, 0, 0, 0, 0]]) {
      driver.machine.input("sockets", Uint8Array.from(input));
    }
    driver.machine.input("sockets", Uint8Array.from([1, 1, 0, 0, 0, 7])); // sent by a connection that is not
    expect(ops(driver)).toEqual([]);
    driver.machine.run();
    expect(driver.reports).toHaveLength(5);
  });
});

describe("The log of a machine with sockets", () => {
  test("holds what was done outside, and is replayed on such a machine alone", () => {
    const driver = new SocketDriver();
    const recorder = new RunRecorder(driver.machine);
    const socket = driver.sockets.connect(564);
    socket.send(bytes(3));
    socket.abort();
    const log = parseRunLog(runLogText(recorder.log(driver.machine.run())));
    expect(log.inputs.map(({ bytes }) => bytes[0])).toEqual([0, 1, 4]);
    expect(replayRun(new SocketDriver(replayOptions(log)).machine, log).divergence).toBe(null);
    const { sockets, ...identity } = log.identity;
    expect(sockets).toBe(true);
    const without = new SocketDriver({ ...replayOptions(log), inputs: [], sockets: true }).machine;
    expect(() => replayRun(without, { ...log, identity })).toThrow("of a machine with no socket device");
  });
});
