/**
 * Wiring: what a component has of others and of the machine. Calls with their badge and rights, windows that two share,
 * registers and interrupts of devices, memory.
 */
import { cspace_irq_control_get, cspace_untyped_retype } from "@tessera/cspace-lib";
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_AllRights,
  seL4_CapIRQControl,
  seL4_CapRights_new,
  type seL4_CapRights_t,
  seL4_PageBits,
  seL4_RISCV_4K_Page,
  type seL4_RISCV_Page,
  seL4_RISCV_Page_GetAddress,
} from "@tessera/libsel4";
import { ut_alloc_4k_device } from "@tessera/ut-alloc";
import { PAGE_BYTES } from "../common/need.js";
import { signalBadge } from "../common/signals.js";
import type { PlannedMemory, PlannedRights, PlannedSlot } from "../plan/plan.js";
import type { MadePart, Making } from "./make-part.js";
import { mapPage, sharePage } from "./pages.js";
import type { Part } from "./part.js";
import { addResource } from "./resources.js";

/** Level-triggered, as all devices of this board are. */
const LEVEL = 0;
const RIGHTS: Readonly<Record<PlannedRights, seL4_CapRights_t>> = {
  WP: seL4_CapRights_new(1, 0, 0, 1),
  WGP: seL4_CapRights_new(1, 1, 0, 1),
  RWGP: seL4_AllRights,
};

type Planned<What> = Extract<PlannedSlot | PlannedMemory, { what: What }>;

/** Parts by name. */
export type Parts = ReadonlyMap<string, MadePart>;

/** Connect a component with all that it needs. @throws NotBuilt */
export function* wire(making: Making, made: MadePart, parts: Parts): Thread<void> {
  const { part } = made;
  const { name, slots, memory } = part.planned;
  for (const slot of slots) {
    if (slot.what === "calls") {
      making.stock.at(name, `its need "${slot.need}"`);
      yield* wireCalls(making, part, slot, parts);
    } else if (slot.what === "interrupt") {
      making.stock.at(name, `interrupt ${slot.interrupt} of its need "${slot.need}"`);
      yield* wireInterrupt(making, part, slot);
    } else if ("need" in slot) {
      making.stock.at(name, `its need "${slot.need}"`);
      yield* addResource(making, made, slot);
    }
  }
  part.given.sort((a, b) => a.slot - b.slot);
  for (const pages of memory) {
    making.stock.at(name, `the ${pages.what} of its need "${pages.need}"`);
    if (pages.what === "memory" || pages.what === "kept") yield* addMemory(making, made, pages);
    else if (pages.what === "device") yield* addRegisters(making, made, pages);
    else yield* addWindow(making, made, pages, parts);
  }
}

function* wireCalls({ stock }: Making, part: Part, planned: Planned<"calls">, parts: Parts): Thread<void> {
  const { slot, badge, rights } = planned;
  const { part: server } = serverOf(stock, planned, parts);
  if (server.endpoint === 0) stock.fail(`${planned.server} has no endpoint`);
  const master = stock.keep(yield* stock.mint(server.endpoint, seL4_AllRights, badge));
  part.edges.push({ server, badge, master });
  part.given.push({ slot, from: master, rights: RIGHTS[rights], server });
}

function* wireInterrupt({ stock }: Making, part: Part, planned: Planned<"interrupt">): Thread<void> {
  const { slot, interrupt, source } = planned;
  if (part.notification === 0) stock.fail("it has no notification");
  const handler = stock.keep(yield* stock.slot());
  stock.check(yield* cspace_irq_control_get(stock.cspace, handler, seL4_CapIRQControl, interrupt, LEVEL));
  const signal = stock.keep(yield* stock.slot());
  part.interrupts.push({ handler, badge: signalBadge(source), signal });
  part.given.push({ slot, from: handler, rights: seL4_AllRights, server: null });
}

/** Memory of its own. The root task sees what it has to zero, and what is kept it does not. */
function* addMemory(
  { stock, views }: Making,
  { part, vspace }: MadePart,
  planned: Planned<"memory"> | Planned<"kept">,
): Thread<void> {
  const { what, need, address, pages } = planned;
  const frames = yield* stock.row(seL4_RISCV_4K_Page, seL4_PageBits, pages, `${part.planned.name}.${need}`);
  for (const [i, frame] of frames.entries()) yield* mapPage(stock, vspace, frame, address + i * PAGE_BYTES, "write");
  if (what === "memory") part.memory.push({ address: yield* views.show(frames), pages });
  const { error, paddr } = yield* seL4_RISCV_Page_GetAddress(frames[0] as seL4_RISCV_Page);
  stock.check(error);
  part.physical.set(need, paddr);
}

function* addRegisters({ stock }: Making, { part, vspace }: MadePart, planned: Planned<"device">): Thread<void> {
  const { need, address, pages, physical } = planned;
  for (let at = 0; at < pages * PAGE_BYTES; at += PAGE_BYTES) {
    const untyped = yield* ut_alloc_4k_device(physical + at, stock.cspace);
    if (untyped === null) {
      return stock.fail(
        `there is no device at 0x${(physical + at).toString(16)}, or another has it, or no slots are left`,
      );
    }
    const frame = yield* stock.slot();
    const name = `${part.planned.name}.${need}`;
    stock.check(
      yield* cspace_untyped_retype(stock.cspace, untyped.cap, frame, seL4_RISCV_4K_Page, seL4_PageBits, name),
    );
    yield* mapPage(stock, vspace, frame, address + at, "write");
  }
}

/** The same pages in both; neither side has their capabilities. */
function* addWindow({ stock }: Making, made: MadePart, planned: Planned<"window">, parts: Parts): Thread<void> {
  const { need, address, pages, serverAddress } = planned;
  const server = serverOf(stock, planned, parts);
  const name = `${made.part.planned.name}.${need}`;
  const frames = yield* stock.row(seL4_RISCV_4K_Page, seL4_PageBits, pages, name);
  for (const [i, frame] of frames.entries()) {
    yield* mapPage(stock, made.vspace, frame, address + i * PAGE_BYTES, "write");
    yield* sharePage(stock, server.vspace, frame, serverAddress + i * PAGE_BYTES, "write");
  }
}

function serverOf(stock: Making["stock"], { server }: { readonly server: string }, parts: Parts): MadePart {
  return parts.get(server) ?? stock.fail(`${server} is not in the plan`);
}
