/** Names that programs give to what they create. */
import { lastRecords } from "@tessera/hal-sim";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_CapTableObject,
  seL4_CNode_Delete,
  type seL4_CPtr,
  seL4_DebugNameThread,
  seL4_EndpointObject,
  seL4_MinSchedContextBits,
  seL4_NoError,
  seL4_NotificationObject,
  seL4_ReplyObject,
  seL4_RISCV_4K_Page,
  seL4_SchedContextObject,
  seL4_Send,
  seL4_TCBObject,
  seL4_Untyped_Retype,
  seL4_UntypedObject,
  seL4_Wait,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import type { Kit } from "../support/kit.js";
import { EMPTY } from "../support/message.js";
import { bootScene, type Programs, scene } from "../support/scene.js";

function* named(kit: Kit, type: number, bits: number, name: string | undefined, count = 1): Thread<number> {
  const slot = kit.slots(count);
  const error = yield* seL4_Untyped_Retype(kit.memory, type, bits, kit.cnode, 0, 0, slot, count, name);
  expect(error).toBe(seL4_NoError);
  return slot;
}

/** What explanations call the capability in a slot that the root task receives from, which faults. */
function told(main: (kit: Kit) => Thread<number>): string {
  const world = bootScene<void>(function* (kit) {
    const slot = yield* main(kit);
    yield* seL4_Wait(slot as seL4_CPtr<"Notification">);
  });
  world.machine.run();
  return world.kernel.explanations("rootserver").at(-1)?.path.at(-1) ?? "";
}

describe("A name given with Retype", () => {
  const types: readonly [what: string, type: number, bits: number, kind: string][] = [
    ["a CNode", seL4_CapTableObject, 4, "CNode"],
    ["an untyped", seL4_UntypedObject, 6, "untyped memory"],
    ["a frame", seL4_RISCV_4K_Page, 0, "frame"],
    ["a scheduling context", seL4_SchedContextObject, seL4_MinSchedContextBits, "scheduling context"],
    ["a reply object", seL4_ReplyObject, 0, "reply object"],
  ];
  it.each(types)("is what explanations call %s", (_, type, bits, kind) => {
    expect(told((kit) => named(kit, type, bits, "log.thing"))).toMatch(new RegExp(`holds ${kind} \`log\\.thing\``));
  });

  it("is what a thread is called, whatever it runs", () => {
    expect(told((kit) => named(kit, seL4_TCBObject, 0, "worker"))).toMatch(/holds TCB of `worker`$/);
  });

  it("stays with an endpoint through badges, and after its capability is gone", () => {
    const { kernel } = scene(function* (kit) {
      const badged = yield* kit.mint(yield* named(kit, seL4_EndpointObject, 0, "files"), 7);
      yield* seL4_CNode_Delete(kit.cnode, badged, kit.depth);
      yield* seL4_Send(badged, EMPTY);
    }, {});
    expect(kernel.explanations().at(-1)?.history).toMatch(
      /^its capability, endpoint `files` with badge 0x7, was taken away/,
    );
  });

  it("numbers the objects of one Retype", () => {
    expect(
      told(function* (kit) {
        return (yield* named(kit, seL4_ReplyObject, 0, "replies", 3)) + 2;
      }),
    ).toContain("reply object `replies[2]`");
  });

  it("stands in the trace as text and in the snapshot", () => {
    const { kernel, machine } = scene(function* (kit) {
      yield* named(kit, seL4_NotificationObject, 0, "tick");
    });
    expect(lastRecords(machine.trace, 200).join("\n")).toMatch(/Created \d+ "tick"/);
    expect(kernel.snapshot().objects.map(({ name }) => name)).toContain("tick");
  });

  it("names nothing when the Retype is refused, nor what is created next", () => {
    const { machine, kernel } = scene(function* (kit) {
      const { memory, cnode } = kit;
      yield* seL4_Untyped_Retype(memory, seL4_CapTableObject, 0, cnode, 0, 0, kit.slots(), 1, "nothing");
      yield* named(kit, seL4_EndpointObject, 0, "something");
      yield* named(kit, seL4_EndpointObject, 0, undefined);
    });
    const names = Array.from({ length: kernel.state.lastId + 1 }, (_, id) => machine.trace.nameOf(id));
    expect(names.filter((name) => name !== "")).toEqual(["rootserver", "something"]);
  });

  it("is forgotten once the object is gone and the trace holds nothing of it", () => {
    const { machine, kernel } = scene(
      function* (kit) {
        yield* named(kit, seL4_EndpointObject, 0, "stays");
        for (let i = 0; i < 40; i++) {
          const slot = yield* named(kit, seL4_NotificationObject, 0, `goes ${i}`);
          expect(yield* seL4_CNode_Delete(kit.cnode, slot, kit.depth)).toBe(seL4_NoError);
        }
      },
      {},
      { machine: { traceRecords: 64 } },
    );
    const names = Array.from({ length: kernel.state.lastId + 1 }, (_, id) => machine.trace.nameOf(id));
    expect(names).toContain("stays");
    expect(names).toContain("goes 39");
    expect(names.filter((name) => name.startsWith("goes")).length).toBeLessThan(20);
  });

  it("is printed as what a terminal can show", () => {
    expect(told((kit) => named(kit, seL4_ReplyObject, 0, "a\u001b[31m\u009bb"))).toContain("`a?[31m?b`");
  });

  it("changes nothing in the run: the trace has the same hash with another name and with none", () => {
    const hashes = ["one", "another", undefined].map((name) => {
      const { machine } = scene(function* (kit) {
        yield* named(kit, seL4_EndpointObject, 0, name);
      });
      return machine.trace.hash;
    });
    expect(new Set(hashes).size).toBe(1);
  });
});

describe("A thread without a name of its own", () => {
  /** The names of the threads of a scene once its programs have run. */
  function names(programs: Programs, main: (kit: Kit) => Thread): string[] {
    const { kernel } = scene(main, programs);
    return [...kernel.state.threads].map(({ name }) => name);
  }

  it("is called after the program that it enters, from then on", () => {
    const all = names({ *client() {}, *later() {} }, function* (kit) {
      yield* kit.start("client");
      yield* kit.start("later", { stopped: true });
    });
    expect(all).toEqual(["rootserver", "client", "child of: 'rootserver'"]);
  });

  it("keeps a name that DebugNameThread or Retype gave", () => {
    const all = names({ *client() {} }, function* (kit) {
      yield* kit.start("client", { tcb: yield* named(kit, seL4_TCBObject, 0, "alice") });
      const bob = yield* kit.make(seL4_TCBObject);
      yield* seL4_DebugNameThread(bob, "bob");
      yield* kit.start("client", { tcb: bob });
    });
    expect(all).toEqual(["rootserver", "alice", "bob"]);
  });
});
