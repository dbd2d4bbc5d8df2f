import {
  cspace_alloc_slot,
  cspace_copy,
  cspace_delete,
  cspace_free_slot,
  cspace_mint,
  type cspace_t,
} from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_AllRights,
  seL4_CapInitThreadCNode,
  seL4_CapInitThreadVSpace,
  seL4_CapTableObject,
  seL4_CNode_Mint,
  seL4_EndpointBits,
  seL4_EndpointObject,
  seL4_MinSchedContextBits,
  seL4_PageBits,
  seL4_PageTableBits,
  seL4_ReadWrite,
  seL4_ReplyBits,
  seL4_ReplyObject,
  seL4_RISCV_4K_Page,
  seL4_RISCV_Default_VMAttributes,
  seL4_RISCV_Page_Map,
  seL4_RISCV_Page_Unmap,
  seL4_RISCV_PageTableObject,
  seL4_SchedContextObject,
  seL4_TCBBits,
  seL4_TCBObject,
  seL4_Yield,
} from "@tessera/libsel4";
import { alloc_retype, ut_alloc, ut_alloc_4k_untyped, ut_free } from "@tessera/ut-alloc";
import { describe, expect, it } from "vitest";
import { expectNoLeaks, findLeaks, LeakError, type LeakKind, type LeakReport, world } from "../src/index.js";

/** What a stretch of a root task's work leaves behind; `warmUp` comes before it. */
function leaksOf(
  work: (cspace: cspace_t) => Thread,
  warmUp: (cspace: cspace_t) => Thread = function* () {},
  allow: readonly LeakKind[] = [],
): LeakReport {
  const { value } = world({
    *root(_, cspace, { kernel }) {
      yield* warmUp(cspace);
      const before = kernel.snapshot();
      yield* work(cspace);
      return findLeaks(kernel, before, { allow });
    },
  });
  return value;
}

/** Memory that is there in pages from boot on, so that further pages are cut from blocks. */
function* usePagesOfBoot(cspace: cspace_t): Thread {
  for (let i = 0; i < 4; i++) yield* ut_alloc_4k_untyped(cspace);
}

/** Make an object and give all of it back. */
function* makeAndFree(cspace: cspace_t): Thread {
  const { ut, cptr } = yield* alloc_retype(seL4_RISCV_4K_Page, seL4_PageBits, cspace);
  yield* cspace_delete(cspace, cptr);
  yield* cspace_free_slot(cspace, cptr);
  ut_free(ut!);
}

describe("findLeaks", () => {
  it("finds nothing when all is given back", () => {
    expect(leaksOf(makeAndFree, makeAndFree)).toEqual({ leaks: [], slots: 0, bytes: 0, text: "" });
  });

  it("names a slot that was forgotten: what it holds, since when and by whom", () => {
    let endpoint = 0;
    const report = leaksOf(
      function* (cspace) {
        const slot = yield* cspace_alloc_slot(cspace);
        yield* cspace_mint(cspace, slot, cspace, endpoint, seL4_ReadWrite, 0x103);
      },
      function* (cspace) {
        endpoint = (yield* alloc_retype(seL4_EndpointObject, seL4_EndpointBits, cspace)).cptr;
      },
    );
    expect(report.text).toMatch(/^1 leak: 1 slot\n/);
    expect(report.text).toMatch(
      /slot 0x[\da-f]+ of CNode `rootserver.cspace` still holds an endpoint capability \(endpoint \d+, badge 0x103, rights RW\), put there at tick \d+ by `rootserver`/,
    );
    expect(report).toMatchObject({ slots: 1, bytes: 0, leaks: [{ kind: "slot", bytes: 0 }] });
  });

  it("names a frame that was forgotten: its memory, its slot, where it is mapped", () => {
    const vaddr = 0x20000;
    const report = leaksOf(function* (cspace) {
      const { cptr } = yield* alloc_retype(seL4_RISCV_4K_Page, seL4_PageBits, cspace);
      yield* seL4_RISCV_Page_Map(
        cptr,
        seL4_CapInitThreadVSpace,
        vaddr,
        seL4_ReadWrite,
        seL4_RISCV_Default_VMAttributes,
      );
    }, makeAndFree);
    expect(report).toMatchObject({ slots: 1, bytes: 4096, leaks: [{ kind: "frame", bytes: 4096 }] });
    expect(report.text).toMatch(
      /frame \d+: 4096 bytes of untyped \d+ \(slot 0x[\da-f]+ of CNode `rootserver.cspace`\) are in use by it, made at tick \d+ by `rootserver`/,
    );
    expect(report.text).toMatch(/slot 0x[\da-f]+ of CNode `rootserver.cspace` holds it, rights RW, put there at tick/);
    expect(report.text).toContain("mapped at 0x20000 (RWX) in VSpace `rootserver.vspace`");
  });

  it.each([
    ["thread", seL4_TCBObject, seL4_TCBBits, /1 TCB\n.*TCB `child of: 'rootserver'` \(\d+\): 2048 bytes of untyped/],
    [
      "schedContext",
      seL4_SchedContextObject,
      seL4_MinSchedContextBits,
      /1 scheduling context\n.*scheduling context \d+: 128/,
    ],
    ["reply", seL4_ReplyObject, seL4_ReplyBits, /1 reply object\n.*reply object \d+: 32 bytes/],
    ["pageTable", seL4_RISCV_PageTableObject, seL4_PageTableBits, /1 page table\n.*page table \d+: 4096 bytes/],
  ] as const)("names a forgotten %s", (kind, type, bits, sentence) => {
    const report = leaksOf(
      function* (cspace) {
        yield* alloc_retype(type, bits, cspace);
      },
      function* (cspace) {
        const ut = yield* ut_alloc(bits, cspace);
        ut_free(ut!);
      },
    );
    expect(report.leaks.map((leak) => leak.kind)).toEqual([kind]);
    expect(report.text).toMatch(sentence);
  });

  it("calls an object by the name that it was given", () => {
    const { text } = leaksOf(function* (cspace) {
      yield* alloc_retype(seL4_RISCV_4K_Page, seL4_PageBits, cspace, "picture");
    }, makeAndFree);
    expect(text).toMatch(/\n {2}frame `picture` \(\d+\): 4096 bytes of untyped/);
  });

  it("tells a leaked CNode with what is in it, once", () => {
    let endpoint = 0;
    const report = leaksOf(
      function* (cspace) {
        const { cptr } = yield* alloc_retype(seL4_CapTableObject, 2, cspace);
        for (const slot of [0, 3]) {
          yield* seL4_CNode_Mint(cptr, slot, 2, seL4_CapInitThreadCNode, endpoint, 64, seL4_AllRights, 7);
        }
      },
      function* (cspace) {
        endpoint = (yield* alloc_retype(seL4_EndpointObject, seL4_EndpointBits, cspace)).cptr;
        const ut = yield* ut_alloc(7, cspace);
        ut_free(ut!);
      },
    );
    expect(report.leaks.map(({ kind }) => kind)).toEqual(["cnode"]);
    expect(report.text).toMatch(/CNode `rootserver.cspace\/\d+` \(\d+\): 128 bytes/);
    expect(report.text).toContain("2 capabilities in it");
  });

  it("counts memory that is given out and used by nothing", () => {
    const { leaks, bytes, text } = leaksOf(function* (cspace) {
      // Pages of one block: the first is given back to the kernel, but its memory only with the last one.
      const first = yield* ut_alloc_4k_untyped(cspace);
      yield* ut_alloc_4k_untyped(cspace);
      yield* cspace_delete(cspace, first!.cap);
    }, usePagesOfBoot);
    expect(leaks.map(({ kind }) => kind)).toEqual(["untyped", "memory"]);
    expect(bytes).toBe(8192);
    expect(text).toMatch(/4096 bytes of untyped \d+ \(slot 0x[\da-f]+ of .*\) are given out and in use by nothing/);
  });

  it("names an older frame that stays mapped", () => {
    const vaddr = 0x30000;
    let frame = 0;
    const work = (unmap: boolean) =>
      leaksOf(
        function* () {
          yield* seL4_RISCV_Page_Map(
            frame,
            seL4_CapInitThreadVSpace,
            vaddr,
            seL4_ReadWrite,
            seL4_RISCV_Default_VMAttributes,
          );
          if (unmap) yield* seL4_RISCV_Page_Unmap(frame);
        },
        function* (cspace) {
          frame = (yield* alloc_retype(seL4_RISCV_4K_Page, seL4_PageBits, cspace)).cptr;
        },
      );
    expect(work(true).text).toBe("");
    expect(work(false).text).toMatch(/1 frame mapped anew\n.*frame \d+, which was there before:\n.*mapped at 0x30000/);
  });

  it("lets an allocator keep memory cut into pieces, and still finds what is made of a piece", () => {
    expect(leaksOf(makeAndFree, usePagesOfBoot).leaks.map(({ kind }) => kind)).toEqual(["untyped"]);
    expect(leaksOf(makeAndFree, usePagesOfBoot, ["untyped"]).leaks).toEqual([]);
    const forgets = function* (cspace: cspace_t) {
      yield* alloc_retype(seL4_RISCV_4K_Page, seL4_PageBits, cspace);
    };
    expect(leaksOf(forgets, usePagesOfBoot, ["untyped"]).leaks.map(({ kind }) => kind)).toEqual(["frame"]);
  });

  it("does not count a capability that was exchanged for another", () => {
    let slot = 0;
    let endpoint = 0;
    const report = leaksOf(
      function* (cspace) {
        yield* cspace_delete(cspace, slot);
        yield* cspace_mint(cspace, slot, cspace, endpoint, seL4_AllRights, 9);
      },
      function* (cspace) {
        endpoint = (yield* alloc_retype(seL4_EndpointObject, seL4_EndpointBits, cspace)).cptr;
        slot = yield* cspace_alloc_slot(cspace);
        yield* cspace_copy(cspace, slot, cspace, endpoint, seL4_AllRights);
      },
    );
    expect(report.leaks).toEqual([]);
  });

  it("says when the trace has passed the moment", () => {
    const { value } = world({
      machine: { traceRecords: 64 },
      *root(_, cspace, { kernel }) {
        yield* usePagesOfBoot(cspace);
        const before = kernel.snapshot();
        yield* ut_alloc_4k_untyped(cspace);
        for (let i = 0; i < 100; i++) yield* seL4_Yield();
        return findLeaks(kernel, before);
      },
    });
    expect(value.text).toContain("made earlier than the trace remembers");
  });

  it("tells the first twenty of many, and counts all", () => {
    const report = leaksOf(function* (cspace) {
      for (let i = 0; i < 30; i++) yield* ut_alloc_4k_untyped(cspace);
    }, usePagesOfBoot);
    expect(report.text).toMatch(/^30 leaks: 30 slots, 122880 bytes of untyped memory, 30 untypeds\n/);
    expect(report.text).toMatch(/\n {2}and 10 more$/);
    expect(report.bytes).toBe(30 * 4096);
  });

  it("refuses snapshots in the wrong order", () => {
    world({
      *root(_, __, { kernel }) {
        const before = kernel.snapshot();
        yield* seL4_Yield();
        const after = kernel.snapshot();
        expect(() => findLeaks(kernel, after, { after: before })).toThrow(/later than the one after/);
      },
    });
  });
});

describe("expectNoLeaks", () => {
  it("throws what findLeaks tells, and passes when there is nothing to tell", () => {
    const { kernel, value: before } = world({
      *root(_, cspace, host) {
        yield* usePagesOfBoot(cspace);
        const snapshot = host.kernel.snapshot();
        yield* ut_alloc_4k_untyped(cspace);
        return snapshot;
      },
    });
    expect(() => expectNoLeaks(kernel, before)).toThrow(LeakError);
    expect(() => expectNoLeaks(kernel, before)).toThrow(
      /1 leak: 1 slot, 4096 bytes of untyped memory, 1 untyped\n {2}untyped \d+: 4096 bytes of untyped/,
    );
    expectNoLeaks(kernel, before, { allow: ["untyped"] });
    expectNoLeaks(kernel, kernel.snapshot());
  });
});
