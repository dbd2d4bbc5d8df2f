/**
 * Components wired by hand, without a personality: each as a process, with the capabilities in the slots where it looks
 * for them. Programs of a test share its variables, so what a component has seen is simply pushed to an array.
 */
import {
  cspace_alloc_slot,
  cspace_copy,
  cspace_delete,
  cspace_free_slot,
  cspace_mint,
  type cspace_t,
  cspace_untyped_retype,
} from "@tessera/cspace-lib";
import type { Program, Thread } from "@tessera/hal-sim/isa";
import {
  seL4_AllRights,
  type seL4_BootInfo,
  seL4_Call,
  seL4_CapInitThreadCNode,
  seL4_CapInitThreadTCB,
  seL4_CapInitThreadVSpace,
  seL4_CapIRQControl,
  type seL4_CPtr,
  seL4_EndpointBits,
  seL4_EndpointObject,
  seL4_IRQControl_Get,
  seL4_IRQHandler_SetNotification,
  seL4_MessageInfo_new,
  seL4_NotificationBits,
  seL4_NotificationObject,
  seL4_PageBits,
  seL4_Recv,
  seL4_ReplyBits,
  seL4_ReplyObject,
  seL4_RISCV_4K_Page,
  seL4_RISCV_ExecuteNever,
  seL4_RISCV_Page_GetAddress,
  seL4_SetMR,
  seL4_TCB_BindNotification,
  seL4_TCB_Resume,
  seL4_TCB_SetPriority,
  seL4_TCB_Suspend,
  throwOnError,
} from "@tessera/libsel4";
import { type BootedWorld, bootWorld, type World, type WorldHost, type WorldOptions } from "@tessera/testing";
import {
  alloc_retype,
  create_process,
  destroy_process,
  frame_table_init,
  type frame_table_t,
  free_retyped,
  map_frame,
  type process_t,
  program_page,
  type retyped_t,
  ut_alloc_4k_device,
} from "@tessera/ut-alloc";
import {
  type AnyInterface,
  CLIENT_DIED,
  type Component,
  type DeviceNeed,
  ENDPOINT_SLOT,
  type GivenNeed,
  type MemoryNeed,
  type Need,
  NOTIFICATION_SLOT,
  needAddress,
  OWN_CNODE_SLOT,
  PAGE_BYTES,
  PARENT_SLOT,
  programOf,
  rightsOf,
  SUPERVISOR_BADGE,
  signalBadge,
  slotLayout,
  writeEnvironment,
} from "../../src/index.js";

/** What the test's root task builds with. */
export interface Rig {
  readonly bootinfo: seL4_BootInfo;
  readonly cspace: cspace_t;
  readonly frames: frame_table_t;
  /** Components tell this endpoint that they have ended. */
  readonly parent: seL4_CPtr<"Endpoint">;
  readonly reply: seL4_CPtr<"Reply">;
  readonly host: WorldHost;
}

/** How a component is wired. */
export interface Wiring {
  readonly priority: number;
  readonly args?: string;
  readonly incarnation?: number;
  /** For each need: whose endpoint, and the badge; a session as it is where none is given. */
  readonly needs?: Readonly<Record<string, { readonly ep: seL4_CPtr<"Endpoint">; readonly badge?: number }>>;
  /** Badges of those who may call, by offer number. */
  readonly clients?: readonly { readonly badge: number; readonly offer: number }[];
}

/** A component that was started. */
export interface Started {
  readonly process: process_t;
  readonly ep: seL4_CPtr<"Endpoint">;
  readonly replies: readonly seL4_CPtr<"Reply">[];
  /** What it is made of beside the process. */
  readonly objects: readonly retyped_t[];
  /** The pages of each need that has some. */
  readonly pages: ReadonlyMap<string, PhysicalPages>;
}

type Start = (name: string, wiring: Wiring) => Thread<Started>;
type Build = (rig: Rig, start: Start) => Thread;
type Programs = Readonly<Record<string, Component | Program>>;

/** The world of some components: `build` is the root task, which starts them in the order it likes. It runs to its end. */
export function rigged(components: Programs, build: Build, options: Partial<WorldOptions<void>> = {}): World<void> {
  return bootRigged(components, build, options).finish();
}

/** As `rigged`, and nothing has run yet. */
export function bootRigged(
  components: Programs,
  build: Build,
  options: Partial<WorldOptions<void>> = {},
): BootedWorld<void> {
  const names = Object.keys(components);
  return bootWorld({
    ...options,
    *root(bootinfo, cspace, host) {
      const frames = frame_table_init(cspace, seL4_CapInitThreadVSpace);
      const parent = (yield* alloc_retype(seL4_EndpointObject, seL4_EndpointBits, cspace)).cptr;
      const reply = (yield* alloc_retype(seL4_ReplyObject, seL4_ReplyBits, cspace)).cptr;
      const rig = { bootinfo, cspace, frames, parent, reply, host };
      yield* build(rig, (name, wiring) => {
        const component = components[name];
        if (component === undefined || typeof component === "function") throw new Error(`no component "${name}"`);
        return start(rig, component, names.indexOf(name) + 1, wiring);
      });
    },
    programs: Object.fromEntries(
      Object.entries(components).map(([name, it]) => [name, typeof it === "function" ? it : programOf(it)]),
    ),
  });
}

/** Wait until a component has ended. */
export function* awaitEnd({ parent, reply }: Rig): Thread {
  yield* seL4_Recv(parent, reply);
}

/** Step back, so that all who are ready run until they wait, then go on as the most urgent. */
export function* letRun(): Thread {
  yield* seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, 1);
  yield* seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, 255);
}

/** Tell a server, as its supervisor, that the client of this badge is dead. */
export function* tellDeath({ cspace }: Rig, server: seL4_CPtr<"Endpoint">, badge: number): Thread {
  const slot = yield* cspace_alloc_slot(cspace);
  yield* cspace_mint(cspace, slot, cspace, server, seL4_AllRights, SUPERVISOR_BADGE);
  seL4_SetMR(0, badge);
  yield* seL4_Call(slot, seL4_MessageInfo_new(CLIENT_DIED, 0, 0, 1));
  yield* cspace_delete(cspace, slot);
  yield* cspace_free_slot(cspace, slot);
}

/** Kill a client, tell its servers, and give back what it was made of. */
export function* bury(
  rig: Rig,
  dead: Started,
  servers: readonly { ep: seL4_CPtr<"Endpoint">; badge: number }[],
): Thread {
  yield* seL4_TCB_Suspend(dead.process.thread.tcb);
  for (const { ep, badge } of servers) yield* tellDeath(rig, ep, badge);
  yield* destroy_process(dead.process, rig.cspace, rig.frames);
  for (const object of dead.objects) yield* free_retyped(object, rig.cspace);
}

function* start(rig: Rig, component: Component, number: number, wiring: Wiring): Thread<Started> {
  const { cspace, bootinfo, frames } = rig;
  const layout = slotLayout(component);
  const { priority, args = "", incarnation = 0, needs = {}, clients = [] } = wiring;
  const memory = yield* memoryOf(rig, component);
  let sources = 0;
  const environment = writeEnvironment({
    incarnation,
    firstFree: layout.firstFree,
    endFree: Math.min(layout.endFree, 128),
    cnodeBits: 7,
    replies: layout.replies,
    needs: Object.entries(component.needs).map(([name, need], index): GivenNeed => {
      const slot = layout.needs.get(name) ?? 0;
      if (need.need === "calls") return { slot, address: 0, bytes: 0, extra: 0 };
      if (!hasPages(need)) throw new Error(`${component.name}: a rig has nothing for "${name}"`);
      const extra = need.need === "device" ? sources++ : (memory.get(name)?.physical ?? 0);
      return { slot, address: needAddress(index), bytes: need.pages * 4096, extra };
    }),
    clients: clients.map(({ badge, offer }) => ({ badge, offer, address: 0, bytes: 0 })),
    args,
  });
  const options = {
    name: component.name,
    program: program_page(bootinfo, number),
    priority,
    sched_control: bootinfo.schedcontrol.start,
    environment,
  };
  const created = yield* create_process(cspace, options, frames);
  if (created.error !== 0) throw new Error(created.reason);
  const { cspace: its, thread, vspace, contents } = created.made;
  const copy = function* (slot: number, from: seL4_CPtr): Thread {
    const error = yield* cspace_copy(its, slot, cspace, from, seL4_AllRights);
    if (error !== 0) throw new Error(`slot ${slot}: error ${error}`);
  };
  const objects: retyped_t[] = [];
  const make = function* (type: number, bits: number): Thread<seL4_CPtr> {
    const made = yield* alloc_retype(type, bits, cspace);
    if (made.ut === null) throw new Error("no memory is left for the rig");
    objects.push(made);
    return made.cptr;
  };
  yield* copy(OWN_CNODE_SLOT, its.root_cnode);
  yield* copy(PARENT_SLOT, rig.parent);
  const ep = (yield* make(seL4_EndpointObject, seL4_EndpointBits)) as seL4_CPtr<"Endpoint">;
  const notification = yield* make(seL4_NotificationObject, seL4_NotificationBits);
  yield* copy(ENDPOINT_SLOT, ep);
  yield* copy(NOTIFICATION_SLOT, notification);
  yield* seL4_TCB_BindNotification(thread.tcb, notification);
  const replies: seL4_CPtr<"Reply">[] = [];
  for (let i = 0; i < layout.replies; i++) {
    const reply = (yield* make(seL4_ReplyObject, seL4_ReplyBits)) as seL4_CPtr<"Reply">;
    yield* copy(layout.firstReply + i, reply);
    replies.push(reply);
  }
  for (const [name, { ep: server, badge }] of Object.entries(needs)) {
    const slot = layout.needs.get(name);
    if (slot === undefined) throw new Error(`${component.name} has no need "${name}"`);
    if (badge === undefined) {
      yield* copy(slot, server);
      continue;
    }
    const need = component.needs[name] as { of: AnyInterface };
    const error = yield* cspace_mint(its, slot, cspace, server, rightsOf(need.of), badge);
    if (error !== 0) throw new Error(`${name}: error ${error}`);
  }
  for (const [index, [name, need]] of Object.entries(component.needs).entries()) {
    if (!hasPages(need)) continue;
    const { tables } = contents;
    for (const [i, page] of (memory.get(name)?.pages ?? []).entries()) {
      const address = needAddress(index) + i * PAGE_BYTES;
      throwOnError(yield* map_frame(cspace, page, vspace, address, seL4_AllRights, seL4_RISCV_ExecuteNever, tables));
    }
    if (need.need === "device")
      yield* copy(layout.needs.get(name) ?? 0, yield* interrupt(rig, component, name, notification));
  }
  yield* seL4_TCB_Resume(thread.tcb);
  return { process: created.made, ep, replies, objects, pages: memory };
}

/** Pages of memory or of registers, and where the first one is; no device finds the others of a rig. */
export interface PhysicalPages {
  readonly pages: readonly seL4_CPtr<"Page">[];
  readonly physical: number;
}

/** The pages of each need that has some. */
function* memoryOf({ cspace }: Rig, { needs }: Component): Thread<Map<string, PhysicalPages>> {
  const memory = new Map<string, PhysicalPages>();
  for (const [name, need] of Object.entries(needs)) {
    if (!hasPages(need)) continue;
    const pages: seL4_CPtr<"Page">[] = [];
    while (pages.length < need.pages) pages.push(yield* pageOf(cspace, need, pages.length));
    memory.set(name, { pages, physical: (yield* seL4_RISCV_Page_GetAddress(pages[0] as seL4_CPtr<"Page">)).paddr });
  }
  return memory;
}

function hasPages(need: Need): need is DeviceNeed | MemoryNeed {
  return need.need === "memory" || need.need === "device";
}

function* pageOf(cspace: cspace_t, need: DeviceNeed | MemoryNeed, i: number): Thread<seL4_CPtr<"Page">> {
  if (need.need === "memory") return (yield* alloc_retype(seL4_RISCV_4K_Page, seL4_PageBits, cspace)).cptr;
  const ut = yield* ut_alloc_4k_device(need.address + i * PAGE_BYTES, cspace);
  if (ut === null) throw new Error(`no device memory at ${need.address}, page ${i}`);
  const page = (yield* cspace_alloc_slot(cspace)) as seL4_CPtr<"Page">;
  throwOnError(yield* cspace_untyped_retype(cspace, ut.cap, page, seL4_RISCV_4K_Page, seL4_PageBits));
  return page;
}

/** The handler of a device's interrupt, which signals the component by the bit of the device. */
function* interrupt({ cspace }: Rig, { needs }: Component, name: string, notification: seL4_CPtr): Thread<seL4_CPtr> {
  const devices = Object.entries(needs).filter(([, { need }]) => need === "device");
  const need = needs[name];
  if (need?.need !== "device") throw new Error(`"${name}" is no device`);
  const handler = (yield* cspace_alloc_slot(cspace)) as seL4_CPtr<"IRQHandler">;
  throwOnError(yield* seL4_IRQControl_Get(seL4_CapIRQControl, need.interrupt, seL4_CapInitThreadCNode, handler, 64));
  const badged = (yield* cspace_alloc_slot(cspace)) as seL4_CPtr<"Notification">;
  const badge = signalBadge(devices.findIndex(([device]) => device === name));
  throwOnError(yield* cspace_mint(cspace, badged, cspace, notification, seL4_AllRights, badge));
  throwOnError(yield* seL4_IRQHandler_SetNotification(handler, badged));
  return handler;
}
