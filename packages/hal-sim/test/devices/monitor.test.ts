import { describe, expect, test } from "vitest";
import type { Machine } from "../../src/index.js";
import { copyIn, copyOut } from "../../src/isa/index.js";
import { Rig, RW, syscall } from "../support/rig.js";

const MONITOR = 0x60000;
const UART = 0x61000;
const text = (bytes: string) => new TextEncoder().encode(bytes);

function* send(bytes: string) {
  for (const byte of text(bytes)) yield* copyOut(UART, Uint8Array.of(byte));
}

/** Runs `root`, and tells what came out, in order; requests stand in brackets. */
function played(root: ConstructorParameters<typeof Rig>[0][string], watch: (machine: Machine) => void = () => {}) {
  const told: string[] = [];
  const rig = new Rig({ root });
  const { machine } = rig;
  rig.map(MONITOR, machine.description.devices.monitor.base, RW);
  rig.map(UART, machine.description.devices.uart.base, RW);
  machine.output.subscribe((bytes) => told.push(new TextDecoder().decode(bytes)));
  machine.monitor.requests.subscribe((request) => told.push(`[${request}]`));
  watch(machine);
  rig.spawn();
  machine.run();
  return { told, machine };
}

describe("The monitor", () => {
  test("a line that is stored is a request, behind what was sent before it and in front of what is sent after", () => {
    const { told } = played(function* () {
      yield* send("before ");
      yield* copyOut(MONITOR, text("caps äöü\n"));
      yield* send("after");
      yield* syscall(1);
    });
    expect(told).toEqual(["before ", "[caps äöü]", "after"]);
  });

  test("the machine is seen as it was when it was asked", () => {
    const counts: number[] = [];
    played(
      function* () {
        yield* syscall(1);
        yield* copyOut(MONITOR, text("one\n"));
        yield* syscall(1);
        yield* copyOut(MONITOR, text("two\n"));
        yield* syscall(1);
        yield* syscall(1);
      },
      (machine) => machine.monitor.requests.subscribe(() => counts.push(machine.events)),
    );
    expect(counts).toEqual([1, 2]);
  });

  test("the run is the same whether anybody listens, and another one when something else is asked", () => {
    const asking = (request: string) =>
      function* () {
        yield* copyOut(MONITOR, text(request));
        yield* syscall(1);
      };
    const heard = played(asking("top\n")).machine.trace.hash;
    const rig = new Rig({ root: asking("top\n") });
    rig.map(MONITOR, rig.machine.description.devices.monitor.base, RW);
    rig.map(UART, rig.machine.description.devices.uart.base, RW);
    rig.spawn();
    rig.machine.run();
    expect(rig.machine.trace.hash).toBe(heard);
    expect(played(asking("tap\n")).machine.trace.hash).not.toBe(heard);
  });

  test("a request without end takes no more than its bytes, and the next one is whole", () => {
    const { told } = played(function* () {
      yield* copyOut(MONITOR, text("x".repeat(3000)));
      yield* copyOut(MONITOR, text("\nnext\n"));
      yield* syscall(1);
    });
    expect(told).toEqual([`[${"x".repeat(1024)}]`, "[next]"]);
  });

  test("nothing comes back", () => {
    const read = new Uint8Array(4).fill(0xff);
    played(function* () {
      yield* copyOut(MONITOR, text("why\n"));
      yield* copyIn(MONITOR, read);
      yield* syscall(1);
    });
    expect([...read]).toEqual([0, 0, 0, 0]);
  });
});
