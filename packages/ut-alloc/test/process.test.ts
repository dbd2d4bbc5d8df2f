import { cspace_alloc_slot, cspace_mint, type cspace_t } from "@tessera/cspace-lib";
import { copyIn, load, store, type Thread } from "@tessera/hal-sim/isa";
import {
  program,
  seL4_AllRights,
  type seL4_BootInfo,
  seL4_Call,
  seL4_CapInitThreadVSpace,
  seL4_EndpointBits,
  seL4_EndpointObject,
  seL4_GetMR,
  seL4_getFault,
  seL4_MessageInfo_new,
  seL4_NotificationBits,
  seL4_NotificationObject,
  seL4_Recv,
  seL4_ReplyBits,
  seL4_ReplyObject,
  seL4_Send,
  seL4_SetMR,
  seL4_Signal,
  seL4_TCB_Resume,
  seL4_Wait,
} from "@tessera/libsel4";
import { expectNoLeaks, findLeaks, freeSlots, world } from "@tessera/testing";
import { describe, expect, it } from "vitest";
import {
  alloc_frame,
  alloc_retype,
  cpio_get_file,
  cpio_write,
  create_process,
  destroy_process,
  elf_newFile,
  type elf_t,
  elf_write,
  frame_table_init,
  type frame_table_t,
  free_frame,
  free_spawned,
  PF_R,
  PF_W,
  PROCESS_VMEM_START,
  type process_options,
  program_page,
  program_segment,
  read_image_data,
  SOS_IPC_EP_CAP,
  spawn,
  start_process,
  type thread_options,
} from "../src/index.js";
import { emptySlots, runOut, type Work } from "./run-out.js";

const DATA = 0x50_0000;

/** A client: sends the sum of what its parent told it and what it finds in its memory to its server. */
const client = program(function* ({ a0 }) {
  const told = a0 === 0 ? 0 : yield* load(a0);
  yield* store(PROCESS_VMEM_START + 0x1000, told);
  seL4_SetMR(0, 1 + (yield* load(PROCESS_VMEM_START + 0x1000)));
  yield* seL4_Call(SOS_IPC_EP_CAP, seL4_MessageInfo_new(0, 0, 0, 1));
});

/** Sends what its executable holds at DATA. */
const fromElf = program(function* () {
  const bytes = new Uint8Array(8);
  yield* copyIn(DATA, bytes);
  yield* store(DATA + 0x800, 5);
  seL4_SetMR(0, bytes[0]! + (yield* load(DATA + 0x800)));
  yield* seL4_Send(SOS_IPC_EP_CAP, seL4_MessageInfo_new(0, 0, 0, 1));
});

const PROGRAMS = { client, fromElf };
const CLIENT = 1;
const FROM_ELF = 2;

function* endpoint(cspace: cspace_t): Thread<number> {
  return (yield* alloc_retype(seL4_EndpointObject, seL4_EndpointBits, cspace)).cptr;
}

function optionsOf(bootinfo: seL4_BootInfo, more: Partial<process_options> = {}): process_options {
  return {
    name: "client",
    program: program_page(bootinfo, CLIENT),
    priority: 100,
    sched_control: bootinfo.schedcontrol.start,
    ...more,
  };
}

function* warm(cspace: cspace_t, count: number): Thread<frame_table_t> {
  const frames = frame_table_init(cspace, seL4_CapInitThreadVSpace);
  const refs: number[] = [];
  while (refs.length < count) refs.push(yield* alloc_frame(frames));
  for (const ref of refs) free_frame(ref, frames);
  return frames;
}

/** FROM_ELF, with a page of data that begins with a 7. */
function executable(): elf_t {
  const data = { vaddr: DATA, bytes: Uint8Array.of(7), memory_size: 0x1000, flags: PF_R | PF_W };
  return elf_newFile(elf_write(0x40_0000, [program_segment(FROM_ELF, 0x40_0000), data])).elf!;
}

const word = (value: number) => new Uint8Array(new BigUint64Array([BigInt(value)]).buffer);

/** Programs end here by returning, or are stopped by a fault, and that is reported otherwise. */
const quiet = { onReport: () => {} };

describe("start_process", () => {
  it("runs a program of the image, which finds its server, its environment and its memory", () => {
    world({
      ...quiet,
      programs: PROGRAMS,
      *root(bootinfo, cspace) {
        const frames = yield* warm(cspace, 4);
        const ep = yield* endpoint(cspace);
        const { cptr: reply } = yield* alloc_retype(seL4_ReplyObject, seL4_ReplyBits, cspace);
        const options = optionsOf(bootinfo, { server: { ep, badge: 101 }, environment: word(41), vmem_pages: 2 });
        expect((yield* start_process(cspace, options, frames)).error).toBe(0);
        expect((yield* seL4_Recv(ep, reply)).badge).toBe(101);
        expect(seL4_GetMR(0)).toBe(42);
      },
    });
  });

  it("runs an executable with data of its own", () => {
    world({
      ...quiet,
      programs: PROGRAMS,
      *root(bootinfo, cspace) {
        const frames = yield* warm(cspace, 4);
        const ep = yield* endpoint(cspace);
        const { cptr: reply } = yield* alloc_retype(seL4_ReplyObject, seL4_ReplyBits, cspace);
        const options = optionsOf(bootinfo, { program: executable(), server: { ep, badge: 1 } });
        expect((yield* start_process(cspace, options, frames)).error).toBe(0);
        yield* seL4_Recv(ep, reply);
        expect(seL4_GetMR(0)).toBe(12);
      },
    });
  });

  it("runs an executable out of an archive in the data of the image", () => {
    const data = { vaddr: DATA, bytes: Uint8Array.of(9), memory_size: 0x1000, flags: PF_R | PF_W };
    const file = elf_write(0x40_0000, [program_segment(FROM_ELF, 0x40_0000), data]);
    world({
      ...quiet,
      programs: PROGRAMS,
      data: cpio_write({ other: new Uint8Array(5000), hello: file }),
      *root(bootinfo, cspace) {
        const archive = yield* read_image_data(bootinfo, 3);
        const hello = cpio_get_file(archive, archive.length, "hello");
        expect(hello).toEqual(file);
        const frames = yield* warm(cspace, 4);
        const ep = yield* endpoint(cspace);
        const { cptr: reply } = yield* alloc_retype(seL4_ReplyObject, seL4_ReplyBits, cspace);
        const { elf } = elf_newFile(hello!);
        yield* start_process(cspace, optionsOf(bootinfo, { program: elf!, server: { ep, badge: 1 } }), frames);
        yield* seL4_Recv(ep, reply);
        expect(seL4_GetMR(0)).toBe(14);

        let message = "";
        try {
          yield* read_image_data(bootinfo, 6);
        } catch (error) {
          message = (error as Error).message;
        }
        expect(message).toBe("read_image_data: the image has 5 pages, so it has not 6 programs");
      },
    });
  });

  it("a process that faults is heard of at its fault endpoint", () => {
    world({
      ...quiet,
      programs: PROGRAMS,
      *root(bootinfo, cspace) {
        const frames = yield* warm(cspace, 4);
        const fault_ep = yield* endpoint(cspace);
        const { cptr: reply } = yield* alloc_retype(seL4_ReplyObject, seL4_ReplyBits, cspace);
        // Without memory, its first store faults.
        yield* start_process(cspace, optionsOf(bootinfo, { fault_ep }), frames);
        const { info } = yield* seL4_Recv(fault_ep, reply);
        expect(seL4_getFault(info)).toMatchObject({ type: "VMFault", Addr: PROCESS_VMEM_START + 0x1000 });
      },
    });
  });
});

describe("create_process", () => {
  it("makes a process that waits for its parent to fill its CSpace and resume it", () => {
    world({
      ...quiet,
      programs: {
        child: program(function* ({ a0 }) {
          yield* seL4_Signal(a0);
        }),
      },
      *root(bootinfo, cspace) {
        const frames = yield* warm(cspace, 4);
        const { cptr: ntfn } = yield* alloc_retype(seL4_NotificationObject, seL4_NotificationBits, cspace);
        const { made } = yield* create_process(cspace, optionsOf(bootinfo, { arg: 2 }), frames);
        const slot = yield* cspace_alloc_slot(made!.cspace);
        expect(slot).toBe(2);
        yield* cspace_mint(made!.cspace, slot, cspace, ntfn, seL4_AllRights, 77);
        yield* seL4_TCB_Resume(made!.thread.tcb);
        expect((yield* seL4_Wait(ntfn)).badge).toBe(77);
      },
    });
  });

  it("says which step failed", () => {
    world({
      ...quiet,
      programs: PROGRAMS,
      *root(bootinfo, cspace, { kernel }) {
        const frames = yield* warm(cspace, 4);
        const before = kernel.snapshot();
        const empty = emptySlots(cspace, kernel);
        for (const [more, reason] of [
          [{ priority: 300 }, /client: seL4_TCB_SetSchedParams: seL4_RangeError/],
          [{ budget_us: 1, period_us: 1 }, /client: seL4_SchedControl_Configure: seL4_RangeError/],
          [{ server: { ep: 8000, badge: 1 } }, /client: minting the endpoint to its server: seL4_FailedLookup/],
          [{ program: bootinfo.empty.end - 1 }, /client: the page of its program cannot be mapped/],
          [{ asid_pool: 2 }, /client: seL4_RISCV_ASIDPool_Assign/],
        ] as const) {
          const created = yield* create_process(cspace, optionsOf(bootinfo, more), frames);
          expect(created.error).toBe(-1);
          expect(created.error === -1 && created.reason).toMatch(reason);
        }
        expectNoLeaks(kernel, before, { allow: ["untyped"] });
        expect(emptySlots(cspace, kernel)).toBe(empty);
        expect(frames.allocated.length).toBe(0);
      },
    });
  });

  it("says what is no environment and no number of pages", () => {
    world({
      ...quiet,
      programs: PROGRAMS,
      *root(bootinfo, cspace) {
        const frames = yield* warm(cspace, 1);
        for (const more of [{ environment: new Uint8Array(4097) }, { vmem_pages: -1 }, { vmem_pages: Number.NaN }]) {
          let error: unknown;
          try {
            yield* create_process(cspace, optionsOf(bootinfo, more), frames);
          } catch (thrown) {
            error = thrown;
          }
          expect(error).toBeInstanceOf(RangeError);
        }
        expect(() => program_page(bootinfo, 3)).toThrow(/has pages 0 to 2, not 3/);
      },
    });
  });

  it("throws for what is no number, and gives back what it had made by then", () => {
    world({
      ...quiet,
      programs: PROGRAMS,
      *root(bootinfo, cspace, { kernel }) {
        const frames = yield* warm(cspace, 2);
        const before = kernel.snapshot();
        for (const more of [{ priority: Number.NaN }, { budget_us: 1.5 }, { arg: Number.NaN }]) {
          let error: unknown;
          try {
            yield* create_process(cspace, optionsOf(bootinfo, more), frames);
          } catch (thrown) {
            error = thrown;
          }
          expect(String(error)).toMatch(/(Type|Range)Error: .*(NaN|1.5)/);
        }
        expectNoLeaks(kernel, before, { allow: ["untyped"] });
        expect(frames.allocated.length).toBe(0);
      },
    });
  });

  const work: Work = function* (cspace, bootinfo) {
    const frames = yield* warm(cspace, 5);
    const ep = yield* endpoint(cspace);
    const more = { program: executable(), environment: word(1), vmem_pages: 1 };
    const options = optionsOf(bootinfo, { server: { ep, badge: 1 }, ...more });
    return function* () {
      const { error } = yield* create_process(cspace, options, frames);
      if (error !== 0) expect(frames.allocated.length).toBe(0);
      return error === 0;
    };
  };

  it("leaves nothing behind when memory or slots run out, whichever allocation it is", () => {
    const { pages, slots } = runOut(work, PROGRAMS);
    expect(pages).toBeGreaterThan(8);
    expect(slots).toBeGreaterThan(16);
  });
});

describe("destroy_process", () => {
  it("gives everything back, while the process runs, twenty times", () => {
    world({
      ...quiet,
      programs: PROGRAMS,
      kernel: { checkInvariants: false },
      *root(bootinfo, cspace, { kernel }) {
        const frames = yield* warm(cspace, 5);
        const ep = yield* endpoint(cspace);
        const { cptr: reply } = yield* alloc_retype(seL4_ReplyObject, seL4_ReplyBits, cspace);
        const options = optionsOf(bootinfo, { server: { ep, badge: 1 }, vmem_pages: 2 });
        const once = function* (): Thread<void> {
          for (const program of [options.program, executable()]) {
            const { made } = yield* start_process(cspace, { ...options, program }, frames);
            // The first waits for an answer that never comes, the second goes on.
            yield* seL4_Recv(ep, reply);
            yield* destroy_process(made!, cspace, frames);
          }
        };
        yield* once();
        const before = kernel.snapshot();
        const slots = freeSlots(cspace);
        for (let i = 0; i < 20; i++) yield* once();
        expectNoLeaks(kernel, before);
        expect(freeSlots(cspace)).toBe(slots);
        expect(frames.allocated.length).toBe(0);
      },
    });
  });

  it("says so when it is done twice", () => {
    world({
      ...quiet,
      programs: PROGRAMS,
      *root(bootinfo, cspace) {
        const frames = yield* warm(cspace, 1);
        const { made } = yield* create_process(cspace, optionsOf(bootinfo), frames);
        yield* destroy_process(made!, cspace, frames);
        let message = "";
        try {
          yield* destroy_process(made!, cspace, frames);
        } catch (error) {
          message = (error as Error).message;
        }
        expect(message).toMatch(/client is destroyed already/);
      },
    });
  });
});

describe("spawn", () => {
  const threadOf = (bootinfo: seL4_BootInfo): thread_options => ({
    name: "helper",
    priority: 100,
    sched_control: bootinfo.schedcontrol.start,
  });

  it("runs a program beside its maker, on the same capabilities and memory", () => {
    world({
      ...quiet,
      programs: {
        helper: program(function* ({ a0 }) {
          seL4_SetMR(5, 55);
          yield* seL4_Send(a0, seL4_MessageInfo_new(0, 0, 0, 6));
        }),
      },
      *root(bootinfo, cspace) {
        const ep = yield* endpoint(cspace);
        const { cptr: reply } = yield* alloc_retype(seL4_ReplyObject, seL4_ReplyBits, cspace);
        for (let i = 0; i < 2; i++) expect((yield* spawn(cspace, 1, ep, threadOf(bootinfo))).error).toBe(0);
        for (let i = 0; i < 2; i++) {
          yield* seL4_Recv(ep, reply);
          expect(seL4_GetMR(5)).toBe(55);
        }
      },
    });
  });

  it("uses the place of a thread that is gone, and leaves nothing of it", () => {
    world({
      ...quiet,
      programs: PROGRAMS,
      *root(bootinfo, cspace, { kernel }) {
        const first = yield* spawn(cspace, CLIENT, 0, threadOf(bootinfo));
        yield* free_spawned(first.made!, cspace);
        const before = kernel.snapshot();
        const second = yield* spawn(cspace, CLIENT, 0, threadOf(bootinfo));
        expect(second.made!.ipc_buffer).toBe(first.made!.ipc_buffer);
        yield* free_spawned(second.made!, cspace);
        expectNoLeaks(kernel, before, { allow: ["untyped"] });

        // The planted bug: its last object is forgotten.
        const third = yield* spawn(cspace, CLIENT, 0, threadOf(bootinfo));
        yield* free_spawned({ ...third.made!, objects: third.made!.objects.slice(0, 1) }, cspace);
        const { text } = findLeaks(kernel, before, { allow: ["untyped"] });
        expect(text).toMatch(/TCB `helper`/);
      },
    });
  });

  it("leaves nothing behind when memory or slots run out, whichever allocation it is", () => {
    // biome-ignore lint/correctness/useYield: there is nothing to prepare
    const { slots } = runOut(function* (cspace, bootinfo) {
      return function* () {
        return (yield* spawn(cspace, CLIENT, 0, threadOf(bootinfo))).error === 0;
      };
    }, PROGRAMS);
    expect(slots).toBeGreaterThan(8);
  });
});
