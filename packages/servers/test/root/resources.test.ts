/** What processes are made of: given as the plan says, of use for that and no more, and taken back when its owner dies. */
import { copyIn, copyOut, load, type Thread } from "@tessera/hal-sim/isa";
import {
  seL4_AllRights,
  seL4_CNode_Mint,
  type seL4_CPtr,
  seL4_EndpointBits,
  seL4_EndpointObject,
  seL4_IllegalOperation,
  seL4_NoError,
  seL4_PageBits,
  seL4_PageTableBits,
  seL4_RangeError,
  seL4_RISCV_4K_Page,
  seL4_RISCV_ASIDPool_Assign,
  seL4_RISCV_Default_VMAttributes,
  seL4_RISCV_ExecuteNever,
  seL4_RISCV_Page_Map,
  seL4_RISCV_PageTable_Map,
  seL4_RISCV_PageTableObject,
  seL4_SchedContext_Bind,
  seL4_TCB_SetPriority,
  seL4_TCBBits,
  seL4_TCBObject,
  seL4_Untyped_Retype,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import {
  addressSpaces,
  component,
  leftover,
  OWN_CNODE_SLOT,
  ownSpace,
  priorities,
  programs,
  time,
  untyped,
} from "../../src/index.js";
import { existing, type Snapshot } from "./existing.js";
import { bootPlan, type Entry, planOf } from "./planned.js";

const cat = component("cat", { *main() {} });
const ls = component("ls", { *main() {} });

const NEEDS = {
  store: untyped(20),
  spaces: addressSpaces(),
  view: ownSpace(),
  urgency: priorities(80),
  time: time(2, "1ms/10ms"),
  turns: leftover(3, "5ms"),
  programs: programs([cat, ls]),
};
/** Free slots of a maker, from here on. */
const FREE = 20;

/** What a maker has seen of each of its lives. */
interface Seen {
  readonly errors: Record<string, number>[];
  readonly snapshots: Snapshot[];
  readonly read: number[];
}

/** Makes one of each thing, says what came out of it, and dies of a fault the first two times. */
function makerOf(seen: Seen, snapshot: () => Snapshot): Entry {
  const maker = component("maker", {
    needs: NEEDS,
    slots: 16,
    *main({ store, spaces, view, urgency, time, turns, programs, self }) {
      const errors: Record<string, number> = {};
      let next = FREE;
      function* make(type: number, bits: number): Thread<seL4_CPtr> {
        errors[`make ${next}`] = yield* seL4_Untyped_Retype(store.cptr, type, bits, OWN_CNODE_SLOT, 0, 0, next, 1);
        return next++;
      }
      const tcb = yield* make(seL4_TCBObject, seL4_TCBBits);
      const space = yield* make(seL4_RISCV_PageTableObject, seL4_PageTableBits);
      errors["assign"] = yield* seL4_RISCV_ASIDPool_Assign(spaces, space);
      errors["priority 80"] = yield* seL4_TCB_SetPriority(tcb, urgency.authority, 80);
      errors["priority 81"] = yield* seL4_TCB_SetPriority(tcb, urgency.authority, 81);
      errors["time"] = yield* seL4_SchedContext_Bind(time[1] as number, tcb);
      errors["turn"] = yield* seL4_SchedContext_Bind(turns[2] as number, tcb);
      for (let level = 0; level < 2; level++) {
        const table = yield* make(seL4_RISCV_PageTableObject, seL4_PageTableBits);
        const attributes = seL4_RISCV_Default_VMAttributes;
        errors[`table ${level}`] = yield* seL4_RISCV_PageTable_Map(table, view.vspace, view.address, attributes);
      }
      const page = yield* make(seL4_RISCV_4K_Page, seL4_PageBits);
      const never = seL4_RISCV_ExecuteNever;
      errors["page"] = yield* seL4_RISCV_Page_Map(page, view.vspace, view.address, seL4_AllRights, never);
      const byte = new Uint8Array(1);
      yield* copyIn(view.address, byte);
      seen.read.push(byte[0] as number);
      yield* copyOut(view.address, Uint8Array.of(7));
      yield* make(seL4_EndpointObject, seL4_EndpointBits);
      // What is made of its memory it may hand on as it likes: a copy of it ends with it.
      const copy = [OWN_CNODE_SLOT, next, 64, OWN_CNODE_SLOT, next - 1, 64] as const;
      errors["copy"] = yield* seL4_CNode_Mint(...copy, seL4_AllRights, 5);
      expect(programs.map(({ program }) => program)).toEqual([cat, ls]);
      seen.errors.push(errors);
      seen.snapshots.push(snapshot());
      if (self.incarnation < 2) yield* load(0);
    },
  });
  return { component: maker, priority: 100 };
}

describe("What processes are made of", () => {
  const seen: Seen = { errors: [], snapshots: [], read: [] };
  const entry = makerOf(seen, () => world.kernel.snapshot());
  const world = bootPlan([entry], { kernel: { checkInvariants: true } });
  const before = () => existing(seen.snapshots[0] as Snapshot);

  it("is of use, up to the priority and for one thread each", () => {
    expect(world.machine.run({ events: 200_000 }).reason).toBe("idle");
    const { "priority 81": above, turn, ...others } = seen.errors[0] as Record<string, number>;
    expect(above).toBe(seL4_RangeError);
    expect(turn).toBe(seL4_IllegalOperation);
    for (const [what, error] of Object.entries(others)) expect(error, what).toBe(seL4_NoError);
  });

  it("is the same in the next life, and what was made in the last one is gone", () => {
    expect(world.output).toMatch(/^(maker died: VMFault at 0x0, restarting in \d+ ms\n){2}maker has ended\n$/);
    expect(seen.errors).toHaveLength(3);
    expect(seen.errors[1]).toEqual(seen.errors[0]);
    // Memory that was written is zeroed before it is used again.
    expect(seen.read).toEqual([0, 0, 0]);
    expect(existing(seen.snapshots[1] as Snapshot)).toEqual(before());
    expect(existing(seen.snapshots[2] as Snapshot)).toEqual(before());
  });

  it("is gone with its owner, all but what the root task keeps of it", () => {
    const { capabilities, objects } = world.kernel.snapshot();
    const [cspace, root] = ["maker.cspace", "rootserver.cspace"].map((name) =>
      objects.find((one) => one.name === name),
    );
    expect(capabilities.filter(({ home }) => home === cspace?.id)).toEqual([]);
    const kept = capabilities.filter(({ home, kind }) => home === root?.id && kind === "untyped");
    expect(kept).toHaveLength(1);
    for (const kind of ["irqControl", "asidControl", "schedControl", "domain"]) {
      expect(capabilities.map((capability) => capability.kind)).not.toContain(kind);
    }
  });

  it("stands in the plan slot by slot, and the kernel has it there", () => {
    const slots = planOf([entry]).components[0]?.slots ?? [];
    expect(slots.map(({ what, slot }) => `${slot} ${what}`)).toEqual([
      ...["1 cnode", "4 parent", "5 untyped", "6 spaces", "7 ownSpace", "8 priorities"],
      ...["9 time", "11 leftover", "14 programs"],
    ]);
    const { capabilities, objects } = seen.snapshots[0] as Snapshot;
    const cspace = objects.find(({ name }) => name === "maker.cspace");
    const there = capabilities.filter(({ home, index }) => home === cspace?.id && index < FREE);
    expect(there.map(({ kind }) => kind)).toEqual([
      ...["cnode", "endpoint", "untyped", "asidPool", "pageTable", "thread"],
      ...["schedContext", "schedContext", "schedContext", "schedContext", "schedContext", "frame", "frame"],
    ]);
    const frames = there.filter(({ kind }) => kind === "frame");
    expect(frames.map(({ rights }) => rights)).toEqual(["R", "R"]);
  });
});
