/** What a fault says. */
import { breakpoint, load, store } from "@tessera/hal-sim/isa";
import {
  seL4_MessageInfo_new,
  seL4_NBRecv,
  seL4_NBSendRecv,
  seL4_Send,
  seL4_SetIPCBuffer,
  seL4_SetMR,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { EMPTY } from "../support/message.js";
import { bootScene, type Programs } from "../support/scene.js";

/** What `program`, a child without a handler, is reported for. */
function reportOf(program: Programs[string]): string {
  const scene = bootScene<void>(
    function* (kit) {
      yield* kit.start("client", { priority: 110, argument: yield* kit.endpoint() });
    },
    { client: program },
    { mayThrow: ["client"] },
  );
  const heard: string[] = [];
  scene.machine.reports.subscribe((text) => heard.push(text));
  expect(scene.machine.run().reason).toBe("idle");
  expect(heard).toHaveLength(1);
  return heard[0]!;
}

const cases: readonly [claim: string, program: Programs[string], sentence: RegExp][] = [
  [
    "a program that returned",
    function* () {},
    /^thread `client`, tick \d+: program "client" ended: main returned: VMFault, and the thread is stopped[^\n]*\n {2}it went on at ra = 0x0, where nothing is mapped/,
  ],
  [
    "a load that is not aligned",
    function* () {
      yield* load(0x10001);
    },
    /exception 4 .*\n {2}a load of 8 bytes from 0x10001, which is not a multiple of 8$/,
  ],
  [
    "a store that is not aligned",
    function* () {
      yield* store(0x10004, 1);
    },
    /exception 6 .*\n {2}a store of 8 bytes to 0x10004, which is not a multiple of 8$/,
  ],
  [
    "ebreak",
    function* () {
      yield* breakpoint();
    },
    /exception 3 .*\n {2}a breakpoint: the program executed ebreak/,
  ],
  [
    "a program that calls itself without end",
    function* client(): Generator<void, void, void> {
      yield* client();
    },
    /program "client" threw RangeError: it calls itself without end, and the host's stack is used up \(Maximum call stack/,
  ],
  [
    "a program that throws no Error, with its last call",
    function* () {
      yield* load(0x10000);
      throw null;
    },
    /threw Error: the program threw null, which is no Error and has no stack; it came after load at .*faults\.test\.ts:\d+:\d+$/,
  ],
  [
    "message words without an IPC buffer",
    function* (endpoint) {
      seL4_SetIPCBuffer(0);
      seL4_SetMR(5, 1);
      yield* seL4_Send(endpoint, seL4_MessageInfo_new(0, 0, 0, 6));
    },
    /program "client" has no IPC buffer, where message words from MR4 on and capabilities go \(seL4_SetIPCBuffer\)$/,
  ],
  [
    "NBRecv on an empty slot",
    function* () {
      yield* seL4_NBRecv(0, 0);
    },
    /seL4_NBRecv, receiving, on 0x0: CapFault.*(\n.*)*\n {2}there is nothing to receive from/,
  ],
  [
    "NBSendRecv, whose receive phase is on an empty slot",
    function* (endpoint) {
      yield* seL4_NBSendRecv(endpoint, EMPTY, 0, 0);
    },
    /seL4_NBSendRecv, receiving, on 0x0: CapFault.*(\n.*)*\n {2}there is nothing to receive from/,
  ],
];

describe("A fault that nobody handles is told in words", () => {
  it.each(cases)("%s", (_, program, sentence) => {
    expect(reportOf(program)).toMatch(sentence);
  });
});
