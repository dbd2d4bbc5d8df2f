import type { Thread } from "@tessera/hal-sim/isa";
import type { KernelSnapshot, ObjectKind, ObjectSnapshot } from "@tessera/kernel";
import {
  seL4_CapInitThreadCNode,
  seL4_CapInitThreadVSpace,
  seL4_CapTableObject,
  seL4_CNode_Delete,
  seL4_CNode_Move,
  seL4_EndpointObject,
  seL4_RISCV_Default_VMAttributes,
  seL4_RISCV_PageTable_Map,
  seL4_RISCV_PageTable_Unmap,
  seL4_Untyped_Retype,
  seL4_Yield,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { isParentOf } from "../../src/caps/mdb.js";
import type { Slot } from "../../src/caps/slot.js";
import { reachableSlots } from "../../src/debug/reachable.js";
import { crowd } from "../support/crowd.js";
import type { Kit } from "../support/kit.js";
import { watchedScene } from "../support/scene.js";

type Of<Kind extends ObjectKind> = Extract<ObjectSnapshot, { kind: Kind }>;

function objectsOf<Kind extends ObjectKind>(snapshot: KernelSnapshot, kind: Kind): Of<Kind>[] {
  return snapshot.objects.filter((object): object is Of<Kind> => object.kind === kind);
}

function objectOf<Kind extends ObjectKind>(snapshot: KernelSnapshot, kind: Kind, id: number): Of<Kind> {
  const found = objectsOf(snapshot, kind).find((object) => object.id === id);
  if (found === undefined) throw new Error(`the snapshot has no ${kind} ${id}`);
  return found;
}

describe("A snapshot", () => {
  it("is plain data, the same for the same run", () => {
    const snapshot = crowd().world.kernel.snapshot();
    expect(JSON.parse(JSON.stringify(snapshot))).toEqual(snapshot);
    expect(crowd().world.kernel.snapshot()).toEqual(snapshot);
  });

  it("changes nothing: the run goes on as without it", () => {
    const runs = [false, true].map((looks) => {
      const { world } = crowd();
      const { machine, kernel } = world;
      for (let i = 0; i < 20; i++) {
        if (looks) expect(kernel.snapshot()).toEqual(kernel.snapshot());
        machine.run({ events: 7 });
      }
      return [machine.trace.hash, machine.clock.cycles, kernel.snapshot()];
    });
    expect(runs[1]).toEqual(runs[0]);
  });

  it("lists every object and capability once, in order", () => {
    const { world, state } = crowd();
    const { objects, capabilities } = world.kernel.snapshot();
    expect(capabilities.length).toBe(reachableSlots(state).size);
    const keys = capabilities.map(({ home, index }) => home * 2 ** 20 + index);
    expect(keys).toEqual([...new Set(keys)].sort((a, b) => a - b));
    const ids = objects.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].sort((a, b) => a - b));
    for (const { object } of capabilities) if (object !== 0) expect(ids).toContain(object);
  });

  it("says of each capability what it was derived from, so that Revoke could be told from it", () => {
    const { world, state } = crowd();
    const { capabilities } = world.kernel.snapshot();
    const keyOf = (home: number, index: number): string => `${home}/${index}`;
    const key = (slot: Slot): string => keyOf(slot.home?.id ?? 0, slot.index);
    const parents = new Map(capabilities.map((c) => [keyOf(c.home, c.index), c.parent]));
    const isBelow = (child: string, ancestor: string): boolean => {
      const parent = parents.get(child) ?? null;
      if (parent === null) return false;
      const above = keyOf(parent.home, parent.index);
      return above === ancestor || isBelow(above, ancestor);
    };
    let derived = 0;
    for (const slot of reachableSlots(state)) {
      const below = new Set<string>();
      for (let next = slot.next; next !== null && isParentOf(slot, next); next = next.next) below.add(key(next));
      derived += below.size;
      const told = [...parents.keys()].filter((other) => isBelow(other, key(slot)));
      expect(told.sort()).toEqual([...below].sort());
    }
    expect(derived).toBeGreaterThan(20);
  });

  it("tells who waits for whom, and on whose time", () => {
    const { world, thread } = crowdWithThreads();
    const snapshot = world.kernel.snapshot();
    const [server, caller] = [thread("server"), thread("caller")];
    expect(server).toMatchObject({ state: "BlockedOnNotification", priority: 200 });
    expect(caller).toMatchObject({ state: "BlockedOnReply", schedContext: 0, fault: "" });
    const reply = objectOf(snapshot, "reply", caller.reply);
    expect(reply.thread).toBe(caller.id);
    expect(objectOf(snapshot, "schedContext", reply.schedContext)).toMatchObject({
      thread: server.id,
      reply: reply.id,
    });
    const senders = [thread("sender1"), thread("sender2")];
    expect(objectOf(snapshot, "endpoint", senders[0]!.blockedOn).queue).toEqual(senders.map(({ id }) => id));
    const lamp = objectOf(snapshot, "notification", thread("bound").boundNotification);
    expect(lamp).toMatchObject({ boundThread: thread("bound").id, word: "0x0" });
    expect(snapshot.current).toBe(thread("last").id);
  });

  it("tells budgets, periods and refills of scheduling contexts", () => {
    const { world, thread } = crowdWithThreads();
    const late = objectOf(world.kernel.snapshot(), "schedContext", thread("late1").schedContext);
    expect(late).toMatchObject({ periodTicks: 10_000_000, budgetTicks: 300, thread: thread("late1").id });
    expect(late.refills.reduce((sum, { ticks }) => sum + ticks, 0)).toBe(300);
  });

  it("gives badges, rights and guards of capabilities", () => {
    const { capabilities } = crowd().world.kernel.snapshot();
    const badges = capabilities
      .filter(({ kind }) => kind === "endpoint")
      .map(({ badge, rights }) => `${badge} ${rights}`);
    expect(badges.sort()).toEqual(["0x0 RWGP", "0x0 RWGP", "0x5 RWGP", "0x5 RWGP", "0x6 RWGP"]);
    const root = capabilities.find(({ kind, index }) => kind === "cnode" && index === seL4_CapInitThreadCNode);
    expect(root?.guard).toEqual({ bits: 52, value: "0x0" });
  });

  it("follows an untyped's memory: given out, in use, and free again when the last child has gone", () => {
    lookAtScene(function* (kit, look) {
      const untyped = yield* kit.untyped(12);
      const piece = look().objects.at(-1)!;
      const memory = (): unknown => {
        const { usedBytes, freeBytes } = objectOf(look(), "untyped", piece.id);
        return { usedBytes, freeBytes };
      };
      expect(memory()).toEqual({ usedBytes: 0, freeBytes: 4096 });
      const slot = yield* kit.make(seL4_CapTableObject, 4, 2, untyped);
      expect(look().objects.at(-1)).toMatchObject({ kind: "cnode", bytes: 512, slots: 16, untyped: piece.id });
      expect(memory()).toEqual({ usedBytes: 1024, freeBytes: 3072 });
      yield* seL4_CNode_Delete(kit.cnode, slot, kit.depth);
      expect(memory()).toEqual({ usedBytes: 1024, freeBytes: 3072 });
      yield* seL4_CNode_Delete(kit.cnode, slot + 1, kit.depth);
      expect(memory()).toEqual({ usedBytes: 0, freeBytes: 4096 });
      expect(look().objects.at(-1)!.id).toBe(piece.id);
    });
  });

  it("tells where a frame is really mapped, as long as it is", () => {
    lookAtScene(function* (kit, look) {
      const frame = yield* kit.frame();
      const { id } = look().objects.at(-1)!;
      const mappings = () => objectOf(look(), "frame", id).mappings;
      expect(mappings()).toEqual([]);
      yield* kit.map(frame, 0x20_0000 - 0x1000);
      const [root] = objectsOf(look(), "pageTable").filter((table) => table.vspace === table.id);
      expect(mappings()).toEqual([{ asid: 1, vspace: root!.id, vaddr: 0x1f_f000, access: "RWX" }]);
      const copy = yield* kit.copy(frame);
      yield* kit.map(copy, 0x10_0000);
      expect(mappings().map(({ vaddr }) => vaddr)).toEqual([0x10_0000, 0x1f_f000]);
      yield* seL4_CNode_Delete(kit.cnode, copy, kit.depth);
      expect(mappings().length).toBe(1);
    });
  });

  it("shows a page table linked where it is, and nowhere once it is unmapped", () => {
    lookAtScene(function* (kit, look) {
      const table = yield* kit.pageTable();
      const { id } = look().objects.at(-1)!;
      const place = (): unknown => {
        const { asid, vspace, vaddr } = objectOf(look(), "pageTable", id);
        return { asid, isLinked: vspace !== 0, vaddr };
      };
      expect(place()).toEqual({ asid: 0, isLinked: false, vaddr: 0 });
      yield* seL4_RISCV_PageTable_Map(table, seL4_CapInitThreadVSpace, 0x4000_0000, seL4_RISCV_Default_VMAttributes);
      expect(place()).toEqual({ asid: 1, isLinked: true, vaddr: 0x4000_0000 });
      yield* seL4_RISCV_PageTable_Unmap(table);
      expect(place()).toEqual({ asid: 0, isLinked: false, vaddr: 0 });
      expect(objectsOf(look(), "asidPool").map(({ asids }) => asids)).toEqual([[1]]);
    });
  });

  it("shows a CNode whose deletion was preempted as a zombie, with what is left in it", () => {
    const left: number[] = [];
    let isDeleting = false;
    watchedScene(
      function* (kit) {
        const cnode = yield* kit.cnodeOf(8);
        yield* seL4_Untyped_Retype(kit.memory, seL4_EndpointObject, 0, kit.cnode, cnode, kit.depth, 0, 200);
        yield* kit.start("deleter", { argument: cnode, budget: 100_000 });
        yield* kit.start("urgent", { priority: 200, budget: 30, period: 100 });
      },
      (kernel) => ({
        *deleter(cnode) {
          isDeleting = true;
          yield* seL4_CNode_Delete(seL4_CapInitThreadCNode, cnode, 64);
          isDeleting = false;
        },
        *urgent() {
          for (let i = 0; i < 30; i++) {
            const { capabilities, objects } = kernel().snapshot();
            const zombie = capabilities.find(({ kind }) => kind === "zombie");
            expect(zombie !== undefined).toBe(isDeleting);
            const object = objects.find(({ id }) => id === zombie?.object);
            if (object?.kind === "cnode") left.push(object.usedSlots);
            yield* seL4_Yield();
          }
        },
      }),
      { machine: { cost: { kernelWorkUnit: 2000 } } },
    );
    expect(left.length).toBeGreaterThanOrEqual(2);
    expect(left).toEqual([...new Set(left)].sort((a, b) => b - a));
  });

  it("calls what belongs to a thread by its name, and CNodes by the way to them", () => {
    lookAtScene(function* (kit, look) {
      const outer = yield* kit.cnodeOf(2);
      const inner = yield* kit.cnodeOf(2);
      yield* seL4_CNode_Move(outer, 3, 2, kit.cnode, inner, kit.depth);
      const names = look().objects.map(({ name }) => name);
      for (const part of ["", ".cspace", ".vspace", ".buffer", ".sc"])
        expect(names.filter((name) => name === `rootserver${part}`)).toEqual([`rootserver${part}`]);
      expect(names.filter((name) => name.includes("/"))).toEqual([
        `rootserver.cspace/${outer}`,
        `rootserver.cspace/${outer}/3`,
      ]);
    });
  });
});

/** Run a root task that looks at snapshots on its way. */
function lookAtScene(main: (kit: Kit, look: () => KernelSnapshot) => Thread): void {
  watchedScene(
    (kit, kernel) => main(kit, () => kernel().snapshot()),
    () => ({}),
  );
}

/** A crowd, and its threads as the snapshot shows them, by the program that each runs. */
function crowdWithThreads() {
  const gathered = crowd();
  const threads = objectsOf(gathered.world.kernel.snapshot(), "thread");
  const thread = (program: string): Of<"thread"> => {
    const found = threads.find((one) => one.program === program);
    if (found === undefined) throw new Error(`no thread runs the program "${program}"`);
    return found;
  };
  return { world: gathered.world, thread };
}
