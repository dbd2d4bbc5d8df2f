import {
  cspace_alloc_slot,
  cspace_copy,
  cspace_delete,
  cspace_free_slot,
  cspace_untyped_retype,
} from "@tessera/cspace-lib";
import {
  seL4_AllRights,
  seL4_CapInitThreadTCB,
  seL4_EndpointBits,
  seL4_EndpointObject,
  seL4_InvalidArgument,
  seL4_NoError,
  seL4_RISCV_4K_Page,
  seL4_RISCV_Page_GetAddress,
} from "@tessera/libsel4";
import { freeSlots, leaveSlots, world } from "@tessera/testing";
import { describe, expect, it } from "vitest";
import { ut_alloc_4k_device, ut_free } from "../src/index.js";

const UART = 0x1000_0000;
const RTC = 0x10_1000;

describe("ut_alloc_4k_device", () => {
  it("gives the page that holds an address: frames of it lie there, other objects are refused", () => {
    world({
      *root(_, cspace) {
        for (const page of [UART, RTC]) {
          const ut = yield* ut_alloc_4k_device(page + 5, cspace);
          expect(ut).toMatchObject({ paddr: page, size_bits: 12, device: true });
          const slot = yield* cspace_alloc_slot(cspace);
          const refused = yield* cspace_untyped_retype(cspace, ut!.cap, slot, seL4_EndpointObject, seL4_EndpointBits);
          expect(refused).toBe(seL4_InvalidArgument);
          expect(yield* cspace_untyped_retype(cspace, ut!.cap, slot, seL4_RISCV_4K_Page, 12)).toBe(seL4_NoError);
          expect((yield* seL4_RISCV_Page_GetAddress(slot)).paddr).toBe(page);
        }
      },
    });
  });

  it("gives each page to one holder at a time, and neighbours without cutting anew", () => {
    world({
      *root(_, cspace) {
        const uart = yield* ut_alloc_4k_device(UART, cspace);
        const left = freeSlots(cspace);
        const next = yield* ut_alloc_4k_device(UART + 0x1000, cspace);
        expect(next!.paddr).toBe(UART + 0x1000);
        expect(yield* ut_alloc_4k_device(UART, cspace)).toBe(null);
        ut_free(uart!);
        expect(yield* ut_alloc_4k_device(UART, cspace)).toBe(uart);
        expect(freeSlots(cspace)).toBe(left);
      },
    });
  });

  it("is null for memory and for addresses that nothing has", () => {
    world({
      *root(bootinfo, cspace) {
        const memory = bootinfo.untypedList.find((ut) => !ut.isDevice && ut.sizeBits >= 12)!;
        for (const paddr of [memory.paddr, -1, 2 ** 52, Number.NaN]) {
          expect(yield* ut_alloc_4k_device(paddr, cspace)).toBe(null);
        }
      },
    });
  });

  it("changes nothing when slots have run out, or the kernel refuses one", () => {
    world({
      *root(_, cspace) {
        const first = yield* cspace_alloc_slot(cspace);
        yield* cspace_free_slot(cspace, first);
        const free = freeSlots(cspace);
        for (const step of [0, 1, 2, 7]) {
          yield* cspace_copy(cspace, first + step, cspace, seL4_CapInitThreadTCB, seL4_AllRights);
          expect(yield* ut_alloc_4k_device(UART, cspace)).toBe(null);
          yield* cspace_delete(cspace, first + step);
          expect(freeSlots(cspace)).toBe(free);
        }
        const taken = yield* leaveSlots(cspace, 5);
        expect(yield* ut_alloc_4k_device(UART, cspace)).toBe(null);
        expect(freeSlots(cspace)).toBe(5);
        for (const slot of taken) yield* cspace_free_slot(cspace, slot);
        expect((yield* ut_alloc_4k_device(UART, cspace))!.paddr).toBe(UART);
      },
    });
  });
});
