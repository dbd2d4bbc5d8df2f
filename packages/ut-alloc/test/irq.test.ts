import { cspace_alloc_slot, cspace_mint, type cspace_t } from "@tessera/cspace-lib";
import { copyIn, copyOut, type Thread } from "@tessera/hal-sim/isa";
import {
  seL4_AllRights,
  seL4_CapIRQControl,
  type seL4_CPtr,
  seL4_IllegalOperation,
  seL4_InvalidCapability,
  seL4_IRQHandler_Ack,
  seL4_NoError,
  seL4_NotificationBits,
  seL4_NotificationObject,
  seL4_Poll,
  seL4_RangeError,
  seL4_RevokeFirst,
  seL4_Wait,
} from "@tessera/libsel4";
import { bootWorld, expectNoLeaks, freeSlots, leaveSlots, world } from "@tessera/testing";
import { describe, expect, it } from "vitest";
import {
  alloc_retype,
  EINVAL,
  ENOMEM,
  IRQ_EP_BADGE,
  IRQ_IDENT_BADGE_BITS,
  type irq_dispatch_t,
  sos_handle_irq_notification,
  sos_init_irq_dispatch,
  sos_map_device,
  sos_register_irq_handler,
  ut_alloc_4k_device,
  VIRTUAL_UART_IRQ,
} from "../src/index.js";
import { runOut } from "./run-out.js";

const UART_IRQ = 10;
const RTC_IRQ = 11;
const UART = 0x1000_0000;
/** Registers of the UART: received byte, interrupt enable. */
const RECEIVED = 0;
const ENABLE = 1;

function* notification(cspace: cspace_t): Thread<seL4_CPtr<"Notification">> {
  return (yield* alloc_retype(seL4_NotificationObject, seL4_NotificationBits, cspace)).cptr;
}

function* dispatcher(cspace: cspace_t, idents = IRQ_IDENT_BADGE_BITS): Thread<irq_dispatch_t> {
  return sos_init_irq_dispatch(cspace, seL4_CapIRQControl, yield* notification(cspace), IRQ_EP_BADGE, idents);
}

/** A call-back that notes that it was called, and returns `result`. */
function noting(seen: unknown[], result = 0) {
  // biome-ignore lint/correctness/useYield: this one has nothing to acknowledge
  return function* (data: string, irq: number): Thread<number> {
    seen.push([data, irq]);
    return result;
  };
}

describe("A driver of the UART", () => {
  it("is called for each byte that comes in, by way of the notification's badge", () => {
    const bytes: number[] = [];
    const badges: number[] = [];
    const { machine, thrown } = bootWorld({
      *root(_, cspace) {
        const irqs = yield* dispatcher(cspace);
        const uart = yield* sos_map_device(cspace, UART, 0x100);
        const received = function* (vaddr: number, irq: number, handler: seL4_CPtr<"IRQHandler">): Thread<number> {
          const byte = new Uint8Array(1);
          yield* copyIn(vaddr + RECEIVED, byte);
          bytes.push(byte[0]!);
          expect(irq).toBe(UART_IRQ);
          return yield* seL4_IRQHandler_Ack(handler);
        };
        const { error, irq_handler } = yield* sos_register_irq_handler(UART_IRQ, true, received, uart!, irqs);
        expect(error).toBe(0);
        yield* seL4_IRQHandler_Ack(irq_handler);
        yield* copyOut(uart! + ENABLE, Uint8Array.of(1));
        for (;;) {
          const { badge } = yield* seL4_Wait(irqs.notification);
          badges.push(badge);
          const handled = yield* sos_handle_irq_notification(badge, irqs);
          expect(handled).toEqual({ error: 0, badge: IRQ_EP_BADGE, have_reply: false });
        }
      },
    });
    for (const character of "hi") {
      machine.run({ events: 1000 });
      machine.input("uart", Uint8Array.of(character.charCodeAt(0)));
      machine.run({ events: 1000 });
    }
    expect(thrown).toEqual([]);
    expect(String.fromCharCode(...bytes)).toBe("hi");
    expect(badges).toEqual([IRQ_EP_BADGE + 1, IRQ_EP_BADGE + 1]);
  });
});

describe("sos_handle_irq_notification", () => {
  it("calls the lowest ident first, and leaves what nobody registered in the badge", () => {
    world({
      *root(_, cspace) {
        const irqs = yield* dispatcher(cspace, 0b11010);
        const seen: unknown[] = [];
        yield* sos_register_irq_handler(UART_IRQ, true, noting(seen), "uart", irqs);
        yield* sos_register_irq_handler(RTC_IRQ, false, noting(seen), "rtc", irqs);
        const badge = IRQ_EP_BADGE + 0b11111;
        expect(yield* sos_handle_irq_notification(badge, irqs)).toEqual({
          error: 0,
          badge: IRQ_EP_BADGE + 0b10101,
          have_reply: false,
        });
        expect(seen).toEqual([
          ["uart", UART_IRQ],
          ["rtc", RTC_IRQ],
        ]);
      },
    });
  });

  it("stops at the first call-back that does not return 0, and says which idents are left", () => {
    world({
      *root(_, cspace) {
        const irqs = yield* dispatcher(cspace);
        const seen: unknown[] = [];
        yield* sos_register_irq_handler(UART_IRQ, true, noting(seen, 5), "uart", irqs);
        yield* sos_register_irq_handler(RTC_IRQ, true, noting(seen), "rtc", irqs);
        const stopped = yield* sos_handle_irq_notification(IRQ_EP_BADGE + 0b11, irqs);
        expect(stopped).toEqual({ error: 5, badge: IRQ_EP_BADGE + 0b10, have_reply: undefined });
        expect(yield* sos_handle_irq_notification(stopped.badge, irqs)).toMatchObject({
          error: 0,
          badge: IRQ_EP_BADGE,
        });
        expect(seen.length).toBe(2);
      },
    });
  });

  it("knows the highest ident from the flag above it", () => {
    world({
      *root(_, cspace) {
        const irqs = yield* dispatcher(cspace, 2 ** 51);
        const seen: unknown[] = [];
        yield* sos_register_irq_handler(UART_IRQ, true, noting(seen), "uart", irqs);
        yield* sos_handle_irq_notification(IRQ_EP_BADGE, irqs);
        expect(seen).toEqual([]);
        yield* sos_handle_irq_notification(IRQ_EP_BADGE + 2 ** 51, irqs);
        expect(seen.length).toBe(1);
      },
    });
  });
});

describe("sos_register_irq_handler", () => {
  it("returns the declared error, and gives back its slots and its ident", () => {
    world({
      *root(_, cspace, { kernel }) {
        const ntfn = yield* notification(cspace);
        const badged = yield* cspace_alloc_slot(cspace);
        yield* cspace_mint(cspace, badged, cspace, ntfn, seL4_AllRights, 1);
        const over = (notification: number, control = seL4_CapIRQControl) =>
          sos_init_irq_dispatch(cspace, control, notification, IRQ_EP_BADGE, 1);
        const irqs = over(ntfn);
        const register = (irq: number, d = irqs) => sos_register_irq_handler(irq, true, noting([]), "", d);
        const before = kernel.snapshot();
        const slots = freeSlots(cspace);
        for (const [attempt, error] of [
          [register(VIRTUAL_UART_IRQ), EINVAL],
          [register(0), seL4_RangeError],
          [register(97), seL4_RangeError],
          [register(96), seL4_RevokeFirst],
          [register(UART_IRQ, over(badged)), seL4_IllegalOperation],
          [register(UART_IRQ, over(ntfn, ntfn as seL4_CPtr)), seL4_InvalidCapability],
        ] as const) {
          expect(yield* attempt).toEqual({ error, irq_handler: 0 });
        }
        expectNoLeaks(kernel, before);
        expect(freeSlots(cspace)).toBe(slots);

        expect((yield* register(UART_IRQ)).error).toBe(seL4_NoError);
        expect(yield* register(RTC_IRQ)).toEqual({ error: ENOMEM, irq_handler: 0 });
        expect((yield* register(UART_IRQ, over(ntfn))).error).toBe(seL4_RevokeFirst);
        expect((yield* seL4_Poll(ntfn)).badge).toBe(0);
      },
    });
  });

  it("says what is no interrupt, and takes nothing", () => {
    world({
      *root(_, cspace) {
        const irqs = yield* dispatcher(cspace);
        const slots = freeSlots(cspace);
        for (const irq of [Number.NaN, 1.5, -1]) {
          let message = "";
          try {
            yield* sos_register_irq_handler(irq, true, noting([]), "", irqs);
          } catch (error) {
            message = (error as Error).message;
          }
          expect(message).toBe(`sos_register_irq_handler: ${irq} is no interrupt`);
        }
        expect(freeSlots(cspace)).toBe(slots);
      },
    });
  });

  it("is ENOMEM when slots run out, whichever it is, and then nothing has changed", () => {
    const needs = runOut(function* (cspace) {
      const irqs = yield* dispatcher(cspace);
      return function* () {
        const { error } = yield* sos_register_irq_handler(UART_IRQ, true, noting([]), "", irqs);
        if (error !== 0) expect(error).toBe(ENOMEM);
        return error === 0;
      };
    });
    expect(needs).toEqual({ pages: 0, slots: 2 });
  });
});

describe("sos_init_irq_dispatch", () => {
  it("says what is no mask, and which masks overlap", () => {
    world({
      *root(_, cspace) {
        const ntfn = yield* notification(cspace);
        const init = (flag: number, idents: number) =>
          sos_init_irq_dispatch(cspace, seL4_CapIRQControl, ntfn, flag, idents);
        expect(() => init(2 ** 53, 1)).toThrow(/no mask of badge bits/);
        expect(() => init(1, Number.NaN)).toThrow(/no mask of badge bits/);
        expect(() => init(0b110, 0b11)).toThrow(/overlap/);
      },
    });
  });
});

describe("sos_map_device", () => {
  it("maps all pages of a range one behind the other, and the next device behind them", () => {
    world({
      *root(_, cspace) {
        const a = yield* sos_map_device(cspace, UART + 4, 0x2000);
        const b = yield* sos_map_device(cspace, 0x10_1000, 8);
        expect([a, b]).toEqual([0xb000_0004, 0xb000_3000]);
        expect(yield* sos_map_device(cspace, UART, 8)).toBe(null);
      },
    });
  });

  it("leaves nothing behind when a page of the range is no device's, or has a holder", () => {
    world({
      *root(_, cspace, { kernel }) {
        yield* sos_map_device(cspace, UART + 0x2000, 8);
        const before = kernel.snapshot();
        expect(yield* sos_map_device(cspace, UART, 0x3000)).toBe(null);
        expectNoLeaks(kernel, before, { allow: ["untyped"] });
        expect(yield* sos_map_device(cspace, 2 ** 50, 8)).toBe(null);
        expect(yield* sos_map_device(cspace, UART, 0x2000)).toBe(0xb000_1000);
        yield* leaveSlots(cspace, 0);
        expect(yield* sos_map_device(cspace, UART + 0x8000, 8)).toBe(null);
      },
    });
  });

  it("changes nothing when memory or slots run out, whichever allocation it is", () => {
    const needs = runOut(function* (cspace) {
      // Most of the way down to the device's pages is cut already.
      yield* ut_alloc_4k_device(UART + 0x3000, cspace);
      return () => done(cspace);
    });
    // Two page tables; in slots, with an untyped each, two frames, and one cut.
    expect(needs).toEqual({ pages: 2, slots: 8 });
    function* done(cspace: cspace_t): Thread<boolean> {
      return (yield* sos_map_device(cspace, UART, 0x2000)) !== null;
    }
  });

  it("says what is no range of addresses", () => {
    world({
      *root(_, cspace) {
        for (const [addr, size] of [
          [Number.NaN, 8],
          [UART, 0],
          [UART, 1.5],
        ] as const) {
          let message = "";
          try {
            yield* sos_map_device(cspace, addr, size);
          } catch (error) {
            message = (error as Error).message;
          }
          expect(message).toMatch(/no range of addresses/);
        }
      },
    });
  });
});
