/** Drivers at user level, on the kernel: device pages, interrupts and DMA together. */
import { cspace_alloc_slot, type cspace_t } from "@tessera/cspace-lib";
import { RtcRegister, VirtioDeviceId, VirtioInterrupt, VirtioRegister, VirtioStatus } from "@tessera/hal-sim";
import { copyIn, copyOut, type Thread } from "@tessera/hal-sim/isa";
import {
  type seL4_BootInfo,
  seL4_CapInitThreadCNode,
  seL4_CapInitThreadVSpace,
  seL4_CapIRQControl,
  type seL4_CPtr,
  seL4_IRQControl_Get,
  seL4_IRQHandler_Ack,
  seL4_IRQHandler_SetNotification,
  seL4_NotificationBits,
  seL4_NotificationObject,
  seL4_RISCV_Mega_Page,
  seL4_RISCV_Page_GetAddress,
  seL4_Untyped_Retype,
  seL4_Wait,
  throwOnError,
} from "@tessera/libsel4";
import { world } from "@tessera/testing";
import { describe, expect, it } from "vitest";
import {
  alloc_retype,
  dma_init,
  type dma_t,
  SOS_DMA_SIZE_BITS,
  SOS_DMA_START,
  sos_dma_malloc,
  sos_map_device,
} from "../src/index.js";

const RTC = 0x10_1000;
const RTC_IRQ = 11;
const VIRTIO = 0x1000_1000;
const VIRTIO_SLOTS = 8;
const PAGE = 0x1000;

const word = (value: number) => new Uint8Array(Uint32Array.of(value).buffer);

function* load32(vaddr: number): Thread<number> {
  const bytes = new Uint8Array(4);
  yield* copyIn(vaddr, bytes);
  return new DataView(bytes.buffer).getUint32(0, true);
}

interface Interrupt {
  readonly handler: seL4_CPtr<"IRQHandler">;
  readonly notification: seL4_CPtr<"Notification">;
}

function* interrupt(cspace: cspace_t, irq: number): Thread<Interrupt> {
  const handler = (yield* cspace_alloc_slot(cspace)) as seL4_CPtr<"IRQHandler">;
  throwOnError(yield* seL4_IRQControl_Get(seL4_CapIRQControl, irq, seL4_CapInitThreadCNode, handler, 64));
  const notification = (yield* alloc_retype(seL4_NotificationObject, seL4_NotificationBits, cspace)).cptr;
  throwOnError(yield* seL4_IRQHandler_SetNotification(handler, notification));
  return { handler, notification };
}

function* dmaPage(bootinfo: seL4_BootInfo, cspace: cspace_t): Thread<dma_t> {
  const index = bootinfo.untypedList.findIndex(({ sizeBits, isDevice }) => !isDevice && sizeBits >= SOS_DMA_SIZE_BITS);
  const frame = yield* cspace_alloc_slot(cspace);
  const [untyped, cnode] = [bootinfo.untyped.start + index, seL4_CapInitThreadCNode];
  throwOnError(yield* seL4_Untyped_Retype(untyped, seL4_RISCV_Mega_Page, SOS_DMA_SIZE_BITS, cnode, 0, 0, frame, 1));
  const { paddr } = yield* seL4_RISCV_Page_GetAddress(frame);
  return (yield* dma_init(cspace, seL4_CapInitThreadVSpace, frame, paddr, SOS_DMA_START)).dma!;
}

describe("A driver of the entropy device", () => {
  /** Look for the device, set it up, and ask for 32 bytes by interrupt, twice. */
  function* entropy(bootinfo: seL4_BootInfo, cspace: cspace_t): Thread<number[]> {
    let slot = 0;
    let vaddr = 0;
    for (; slot < VIRTIO_SLOTS; slot++) {
      vaddr = (yield* sos_map_device(cspace, VIRTIO + slot * PAGE, PAGE))!;
      if ((yield* load32(vaddr + VirtioRegister.DeviceID)) === VirtioDeviceId.Entropy) break;
    }
    const store = (register: number, value: number) => copyOut(vaddr + register, word(value));
    const { handler, notification } = yield* interrupt(cspace, slot + 1);
    const dma = yield* dmaPage(bootinfo, cspace);
    const [table, available, used, buffer] = [16, 6 + 8, 6 + 32, 32].map((size) => sos_dma_malloc(size, 128, dma));

    const { Acknowledge, Driver, FeaturesOk, DriverOk } = VirtioStatus;
    yield* store(VirtioRegister.Status, 0);
    yield* store(VirtioRegister.Status, Acknowledge | Driver);
    yield* store(VirtioRegister.DriverFeaturesSel, 1);
    yield* store(VirtioRegister.DriverFeatures, 1);
    yield* store(VirtioRegister.Status, FeaturesOk);
    expect(yield* load32(vaddr + VirtioRegister.Status)).toBe(Acknowledge | Driver | FeaturesOk);
    yield* store(VirtioRegister.QueueNum, 4);
    yield* store(VirtioRegister.QueueDescLow, table!.paddr);
    yield* store(VirtioRegister.QueueDriverLow, available!.paddr);
    yield* store(VirtioRegister.QueueDeviceLow, used!.paddr);
    yield* store(VirtioRegister.QueueReady, 1);
    yield* store(VirtioRegister.Status, DriverOk);

    const descriptor = [...word(buffer!.paddr), ...word(0), ...word(32), 2, 0, 0, 0];
    yield* copyOut(table!.vaddr, Uint8Array.from(descriptor));
    const seen: number[] = [];
    for (const round of [1, 2]) {
      yield* copyOut(available!.vaddr + 2, Uint8Array.of(round, 0));
      yield* store(VirtioRegister.QueueNotify, 0);
      yield* seL4_Wait(notification);
      const events = yield* load32(vaddr + VirtioRegister.InterruptStatus);
      expect(events).toBe(VirtioInterrupt.UsedBuffer);
      yield* store(VirtioRegister.InterruptACK, events);
      throwOnError(yield* seL4_IRQHandler_Ack(handler));
      expect((yield* load32(used!.vaddr)) >>> 16).toBe(round);
      const bytes = new Uint8Array(32);
      yield* copyIn(buffer!.vaddr, bytes);
      seen.push(...bytes);
    }
    return seen;
  }

  it("finds it, shares memory with it, and gets random bytes by interrupt: others each time and for each seed", () => {
    const [a, again, b] = [1, 1, 2].map((seed) => {
      let seen: number[] = [];
      world({
        machine: { seed },
        *root(bootinfo, cspace) {
          seen = yield* entropy(bootinfo, cspace);
        },
      });
      return seen;
    });
    expect(a).toHaveLength(64);
    expect(new Set(a).size).toBeGreaterThan(40);
    expect(a!.slice(32)).not.toEqual(a!.slice(0, 32));
    expect(again).toEqual(a);
    expect(b).not.toEqual(a);
  });
});

describe("A driver of the real-time clock", () => {
  it("sleeps by alarms: each comes at its time, and none is lost while another is handled", () => {
    const late: number[] = [];
    world({
      *root(_, cspace) {
        const rtc = (yield* sos_map_device(cspace, RTC, PAGE))!;
        const { handler, notification } = yield* interrupt(cspace, RTC_IRQ);
        const store = (register: number, value: number) => copyOut(rtc + register, word(value));
        yield* store(RtcRegister.IrqEnabled, 1);
        for (const wait of [1_000_000, 50_000, 1000, 0, 3_000_000]) {
          const due = (yield* load32(rtc + RtcRegister.TimeLow)) + wait;
          yield* store(RtcRegister.AlarmHigh, 0);
          yield* store(RtcRegister.AlarmLow, due);
          yield* seL4_Wait(notification);
          late.push((yield* load32(rtc + RtcRegister.TimeLow)) - due);
          expect(yield* load32(rtc + RtcRegister.AlarmStatus)).toBe(0);
          yield* store(RtcRegister.ClearInterrupt, 1);
          throwOnError(yield* seL4_IRQHandler_Ack(handler));
        }
      },
    });
    expect(late).toHaveLength(5);
    for (const nanoseconds of late) {
      expect(nanoseconds).toBeGreaterThanOrEqual(0);
      expect(nanoseconds).toBeLessThan(2000);
    }
  });
});
