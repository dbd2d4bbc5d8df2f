/** Explanations: what a person is told beside the bare error, made on the real path of the failing call. */
import type { MachineOptions } from "@tessera/hal-sim";
import type { Thread } from "@tessera/hal-sim/isa";
import { load } from "@tessera/hal-sim/isa";
import { type Explanation, type Kernel, renderExplanation } from "@tessera/kernel";
import {
  seL4_AllRights,
  seL4_Call,
  seL4_CanRead,
  seL4_CNode_Delete,
  seL4_CNode_Mint,
  seL4_MessageInfo_new,
  seL4_NBSend,
  seL4_NBSendRecv,
  seL4_Recv,
  seL4_Send,
  seL4_Untyped_Retype,
  seL4_Yield,
} from "@tessera/libsel4";
import {
  seL4_CapInitThreadCNode,
  seL4_CapTableObject,
  seL4_EndpointObject,
  seL4_ReplyObject,
} from "@tessera/libsel4/abi";
import { world } from "@tessera/testing";
import { describe, expect, it } from "vitest";

const EMPTY = seL4_MessageInfo_new(0, 0, 0, 0);
const ROOT = seL4_CapInitThreadCNode;

interface Ground {
  readonly untyped: number;
  readonly endpoint: number;
  /** The first slot behind the endpoint's. */
  readonly free: number;
}

/** Run a root task that has made an endpoint; returns the kernel it failed on. */
function failing(main: (ground: Ground) => Thread, machine: Partial<MachineOptions> = {}): Kernel {
  const { kernel } = world({
    machine,
    *root(bootinfo) {
      const index = bootinfo.untypedList.findIndex((u) => !u.isDevice && u.sizeBits >= 16);
      const untyped = bootinfo.untyped.start + index;
      const endpoint = bootinfo.empty.start;
      yield* seL4_Untyped_Retype(untyped, seL4_EndpointObject, 0, ROOT, 0, 0, endpoint, 1);
      yield* main({ untyped, endpoint, free: endpoint + 1 });
    },
    mayThrow: ["root"],
  });
  return kernel;
}

function only(kernel: Kernel): Explanation {
  const [explanation, ...more] = kernel.explanations("rootserver");
  expect(more).toEqual([]);
  return explanation as Explanation;
}

describe("an invocation that is refused is explained", () => {
  it("by thread, place in the program, call, path, check and history", () => {
    const e = only(
      failing(function* ({ endpoint, free }) {
        yield* seL4_CNode_Mint(ROOT, free, 64, ROOT, endpoint, 64, seL4_CanRead, 0x103);
        yield* seL4_Call(free, EMPTY);
      }),
    );
    expect(e.thread).toBe("rootserver");
    expect(e.place).toMatch(/explain\.test\.ts:\d+:\d+$/);
    expect(e.call).toMatch(/^seL4_Call on 0x[0-9a-f]+$/);
    expect(e.outcome).toBe("InvalidCapability: the invoked capability");
    expect(e.path[0]).toMatch(/^CNode `rootserver\.cspace`: guard of 51 bits matched, 13 bits -> slot \d+$/);
    expect(e.path[1]).toMatch(/^slot \d+ holds endpoint \d+ of `rootserver` with badge 0x103 \(rights: Read\)$/);
    expect(e.why).toBe("sending needs an endpoint capability with the Write right");
    expect(e.history).toMatch(/^the capability was put there at tick \d+ by `rootserver`$/);
  });

  it("a slot in the way is named, with who filled it", () => {
    const e = only(
      failing(function* ({ endpoint }) {
        yield* seL4_CNode_Mint(ROOT, endpoint, 64, ROOT, ROOT, 64, seL4_AllRights, 0);
      }),
    );
    expect(e.call).toBe("seL4_Call on 0x2 (CNode_Mint)");
    expect(e.outcome).toBe("DeleteFirst");
    expect(e.path.at(-1)).toMatch(/^slot \d+ of CNode `rootserver\.cspace` holds endpoint \d+ of `rootserver`/);
    expect(e.why).toBe("the destination slot is not empty");
    expect(e.history).toMatch(/^the capability was put there/);
  });

  it("an empty slot tells whose capability was taken away, when and by whom", () => {
    const e = only(
      failing(function* ({ endpoint, free }) {
        yield* seL4_CNode_Mint(ROOT, free, 64, ROOT, endpoint, 64, seL4_AllRights, 0x103);
        yield* seL4_CNode_Delete(ROOT, free, 64);
        yield* seL4_Call(free, EMPTY);
      }),
    );
    expect(e.path.at(-1)).toMatch(/^slot \d+ is empty$/);
    expect(e.why).toBe("there is nothing to invoke");
    expect(e.history).toMatch(
      /^its capability, endpoint \d+ of `rootserver` with badge 0x103, was taken away at tick \d+ by `rootserver`$/,
    );
  });

  it("an argument's address is walked step by step", () => {
    const e = only(
      failing(function* () {
        yield* seL4_CNode_Delete(ROOT, 0x12345, 9);
      }),
    );
    expect(e.outcome).toBe("FailedLookup: the destination");
    expect(e.path.slice(-2)).toEqual([
      "the address 0x12345 with depth 9:",
      "CNode `rootserver.cspace`: its guard has 51 bits, but 9 are left",
    ]);
    expect(e.why).toBe("the destination does not resolve");
  });

  it("an argument out of range says what it must be", () => {
    const e = only(
      failing(function* ({ untyped, free }) {
        yield* seL4_Untyped_Retype(untyped, seL4_CapTableObject, 0, ROOT, 0, 0, free, 1);
      }),
    );
    expect(e.outcome).toBe("InvalidArgument: argument 1");
    expect(e.why).toBe("a CNode has 2 slots at least: its size in bits must be 1 or more, not 0");
  });
});

describe("what nobody is told otherwise is explained too", () => {
  it("a send through a reply object that stands for nobody; a server that begins with ReplyRecv is let be", () => {
    const make = function* ({ untyped, free }: Ground): Thread<number> {
      yield* seL4_Untyped_Retype(untyped, seL4_ReplyObject, 0, ROOT, 0, 0, free, 1);
      return free;
    };
    for (const send of [seL4_NBSend, seL4_Send]) {
      const e = only(
        failing(function* (ground) {
          const reply = yield* make(ground);
          yield* send(reply, EMPTY);
        }),
      );
      expect([e.outcome, e.why]).toEqual([
        "nothing happens",
        "the reply object stands for nobody: its caller has been answered, or there was none yet",
      ]);
      expect(e.path.at(-1)).toMatch(/slot \d+ holds reply object/);
    }
    const silent = failing(function* (ground) {
      const reply = yield* make(ground);
      yield* seL4_NBSendRecv(reply, EMPTY, ground.untyped, reply);
    });
    expect(silent.explanations().map(({ outcome }) => outcome)).toEqual([expect.stringContaining("CapFault")]);
  });

  it("a non-blocking send to an address that does not resolve", () => {
    const e = only(
      failing(function* () {
        yield* seL4_NBSend(0x123456, EMPTY);
      }),
    );
    expect(e.outcome).toBe("nothing happens, as with every non-blocking send");
    expect(e.path).toEqual(["CNode `rootserver.cspace`: its guard is 0x0 (51 bits), the address has 0x91 there"]);
  });

  it("a fault without a handler is reported, and stops that thread alone", () => {
    const e = only(
      failing(function* ({ free }) {
        yield* seL4_Recv(free, 0);
      }),
    );
    expect(e.outcome).toBe("CapFault, and the thread is stopped: it has no fault handler");
    expect(renderExplanation(e)).toContain("receiving, on 0x");
  });

  it("an access to memory says what it met in the page tables", () => {
    const e = only(
      failing(function* () {
        yield* load(0x5001_0000);
      }),
    );
    expect(e.call).toMatch(/^reading 0x50010000 at pc 0x[0-9a-f]+$/);
    expect(e.path).toEqual(["`rootserver.vspace`: entry 1 of the table for 2^30 bytes an entry is empty"]);
    expect(e.why).toBe("nothing is mapped at this address");
  });

  it("a program that throws is quoted with its stack", () => {
    const e = only(
      failing(function* () {
        yield* seL4_Yield();
        throw new Error("what now?");
      }),
    );
    expect(e.outcome).toContain("UserException");
    expect(e.why).toMatch(/^program "root" threw Error: what now\?\n/);
  });
});

it("explanations stay outside the trace: the place in the program does not change the hash", () => {
  const here = failing(function* () {
    yield* load(0x5001_0000);
  });
  const there = failing(function* () {
    yield* load(0x5001_0000);
  });
  expect(only(here).place).not.toBe(only(there).place);
  expect(here.machine.trace.hash).toBe(there.machine.trace.hash);
});

it("without call sites an explanation tells no place, and all the rest; the hash is the same", () => {
  const refused = ({ untyped }: Ground) => seL4_CNode_Delete(untyped, 5, 64);
  const [told, untold] = [true, false].map((callSites) => {
    const kernel = failing(
      function* (ground) {
        yield* refused(ground);
      },
      { callSites },
    );
    return { hash: kernel.machine.trace.hash, ...only(kernel) };
  });
  expect(told?.place).toMatch(/explain\.test\.ts:\d+:\d+$/);
  expect(untold).toEqual({ ...told, place: "" });
});
