/** Ctrl-C that comes when its job is just over: between its end and the prompt. */
import { MachineEvent, memoryDisk } from "@tessera/hal-sim";
import { expect, it } from "vitest";
import { bootDesk } from "../src/machine.js";

/** Of a disk on which nothing is yet. */
const DISK_BYTES = 4 * 2 ** 20;

const CTRL_C = Uint8Array.of(0x03);
const UART = 10;

/** `echo a`, with a ctrl-C at a tick or none, and then a command that takes some time. */
function session(interruptAt: number | null) {
  const { machine } = bootDesk({ disks: [memoryDisk(DISK_BYTES)], isTerminal: true, seed: 1, epochMs: 0 });
  let out = "";
  machine.output.subscribe((bytes) => {
    out += new TextDecoder().decode(bytes);
  });
  const type = (line: string) => {
    machine.input("uart", new TextEncoder().encode(line));
    expect(machine.run({ events: 100_000 }).reason).toBe("idle");
  };
  machine.run({ events: 100_000 });
  if (interruptAt !== null) machine.input("uart", CTRL_C, interruptAt);
  type("echo a\r");
  const ticks: number[] = [];
  for (let n = machine.trace.first; n < machine.trace.count; n++) {
    const record = machine.trace.record(n);
    if (record?.kind === MachineEvent.Output && record.subject === UART) ticks.push(record.tick);
  }
  const [before, after] = [out.lastIndexOf("a\n"), out.length];
  type("msleep 50; echo status $?\r");
  return { out: out.slice(after), outAt: ticks[before] as number, promptAt: ticks[before + 2] as number };
}

it("a ctrl-C that comes too late for a job ends no other one, whenever it comes", () => {
  const { out, outAt, promptAt } = session(null);
  expect(out).toContain("status 0\n");
  const wrong: number[] = [];
  for (let tick = outAt; tick < promptAt; tick += 8) {
    if (!session(tick).out.includes("status 0\n")) wrong.push(tick);
  }
  expect(promptAt - outAt).toBeGreaterThan(50);
  expect(wrong).toEqual([]);
});
