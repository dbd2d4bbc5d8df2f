/**
 * The root task's part in a program's surroundings: the devices whose interrupts the threads may handle, and the turns
 * of domains. What it makes for them it gives back in the end.
 */
import { granted } from "@tessera/conformance/replay";
import { copyOut, type Thread } from "@tessera/hal-sim/isa";
import {
  type seL4_BootInfo,
  seL4_CNode_Copy,
  seL4_CNode_Revoke,
  seL4_DomainSet_ScheduleConfigure,
  seL4_DomainSet_ScheduleSetStart,
  seL4_RISCV_Page_Map,
  seL4_Untyped_Retype,
} from "@tessera/libsel4";
import {
  seL4_AllRights,
  seL4_CapDomain,
  seL4_CapInitThreadCNode,
  seL4_CapInitThreadVSpace,
  seL4_ReadWrite,
  seL4_RISCV_4K_Page,
  seL4_RISCV_Default_VMAttributes,
  seL4_UntypedObject,
  seL4_WordBits,
} from "@tessera/libsel4/abi";
import { DOMAIN_SLOT, type Surroundings } from "../program/surroundings.js";

/** The interrupts of the UART and the clock. */
export const DEVICE_IRQS: readonly [number, number] = [10, 11];
const UART_PADDR = 0x1000_0000;
const RTC_PADDR = 0x10_1000;
/** Behind the threads' IPC buffers, below the same page table. */
const UART = 0x120000;
const RTC = 0x121000;
const UART_IER = UART + 1;
const RTC_ALARM_LOW = RTC + 0x08;
const RTC_IRQ_ENABLED = RTC + 0x10;

const PAGE_BITS = 12;
/** A page and the untypeds before it. */
const SLOTS_OF_A_DEVICE = 8;
/** Slots at the end of the root task's CSpace that are taken for all of this. */
export const BOARD_SLOTS = 2 * SLOTS_OF_A_DEVICE;

/** Turns in ticks: that of domain 0, in which the root task is, and those of the others. */
const OWN_TURN = 20_000;
const TURN = 10_000;
const WITHOUT_END = 2 ** 52;

/** Make ready what the program's surroundings take. */
export function* prepareBoard(bootinfo: seL4_BootInfo, cnode: number, surroundings: Surroundings): Thread {
  const { domains, inputEvery } = surroundings;
  if (domains > 1) yield* takeTurns(cnode, domains);
  if (inputEvery === 0) return;
  yield* mapDevice(bootinfo, UART_PADDR, UART, bootinfo.empty.end - SLOTS_OF_A_DEVICE);
  yield* mapDevice(bootinfo, RTC_PADDR, RTC, bootinfo.empty.end - 2 * SLOTS_OF_A_DEVICE);
  yield* copyOut(UART_IER, Uint8Array.of(1));
  yield* copyOut(RTC_IRQ_ENABLED, Uint8Array.of(1, 0, 0, 0));
  yield* ringClock(surroundings);
}

/** Let the clock's alarm ring at once: one that was set to the past does. */
export function* ringClock({ inputEvery }: Surroundings): Thread {
  if (inputEvery > 0) yield* copyOut(RTC_ALARM_LOW, new Uint8Array(4));
}

/** Give the devices back. */
export function* clearBoard(bootinfo: seL4_BootInfo, { inputEvery }: Surroundings): Thread {
  if (inputEvery === 0) return;
  for (const paddr of [UART_PADDR, RTC_PADDR]) {
    const { slot } = deviceUntyped(bootinfo, paddr);
    granted(yield* seL4_CNode_Revoke(seL4_CapInitThreadCNode, slot, seL4_WordBits), "CNode_Revoke of a device");
  }
}

/** End the turns: a machine whose domains take turns never comes to rest. */
export function* endTurns({ domains }: Surroundings): Thread {
  if (domains === 1) return;
  yield* seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, 0, 0, WITHOUT_END);
  yield* seL4_DomainSet_ScheduleSetStart(seL4_CapDomain, 0);
}

function* takeTurns(cnode: number, domains: number): Thread {
  const copy = yield* seL4_CNode_Copy(
    ...([cnode, DOMAIN_SLOT, 8, seL4_CapInitThreadCNode, seL4_CapDomain, seL4_WordBits, seL4_AllRights] as const),
  );
  granted(copy, "CNode_Copy of DomainSet");
  for (let domain = 0; domain < domains; domain++) {
    const turn = domain === 0 ? OWN_TURN : TURN;
    granted(
      yield* seL4_DomainSet_ScheduleConfigure(seL4_CapDomain, domain, domain, turn),
      "DomainSet_ScheduleConfigure",
    );
  }
  granted(yield* seL4_DomainSet_ScheduleSetStart(seL4_CapDomain, 0), "DomainSet_ScheduleSetStart");
}

/**
 * A device's page, mapped for everybody. Memory is given out in order of address: what lies before the page goes into
 * untypeds, the largest first. They take the root task's slots from `slot` on, and the page the one behind.
 */
function* mapDevice(bootinfo: seL4_BootInfo, paddr: number, vaddr: number, slot: number): Thread {
  const untyped = deviceUntyped(bootinfo, paddr);
  let frame = slot;
  for (let bits = 31; bits >= PAGE_BITS; bits--) {
    if (((paddr - untyped.paddr) & (2 ** bits)) === 0) continue;
    yield* retypeDevice(untyped.slot, seL4_UntypedObject, bits, frame);
    frame++;
  }
  yield* retypeDevice(untyped.slot, seL4_RISCV_4K_Page, 0, frame);
  const map = yield* seL4_RISCV_Page_Map(
    ...([frame, seL4_CapInitThreadVSpace, vaddr, seL4_ReadWrite, seL4_RISCV_Default_VMAttributes] as const),
  );
  granted(map, "Page_Map of a device");
}

function* retypeDevice(untyped: number, type: number, bits: number, slot: number): Thread {
  const retype = yield* seL4_Untyped_Retype(
    ...([untyped, type, bits, seL4_CapInitThreadCNode, 0, 0, slot, 1] as const),
  );
  granted(retype, "Untyped_Retype of a device");
}

function deviceUntyped({ untyped, untypedList }: seL4_BootInfo, at: number): { slot: number; paddr: number } {
  for (const [index, { paddr, isDevice, sizeBits }] of untypedList.entries()) {
    if (isDevice && paddr <= at && at < paddr + 2 ** sizeBits) return { slot: untyped.start + index, paddr };
  }
  throw new Error(`no device untyped holds 0x${at.toString(16)}`);
}
