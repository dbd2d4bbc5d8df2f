/**
 * Components wired by hand, without a personality: each as a process, with the capabilities in the slots where it looks
 * for them. Programs of a test share its variables, so what a component has seen is simply pushed to an array.
 */
import { cspace_alloc_slot, cspace_copy, cspace_mint, type cspace_t } from "@tessera/cspace-lib";
import type { Program, Thread } from "@tessera/hal-sim/isa";
import {
  seL4_AllRights,
  type seL4_BootInfo,
  seL4_Call,
  seL4_CapInitThreadTCB,
  seL4_CapInitThreadVSpace,
  type seL4_CPtr,
  seL4_EndpointBits,
  seL4_EndpointObject,
  seL4_MessageInfo_new,
  seL4_NotificationBits,
  seL4_NotificationObject,
  seL4_Recv,
  seL4_ReplyBits,
  seL4_ReplyObject,
  seL4_SetMR,
  seL4_TCB_BindNotification,
  seL4_TCB_Resume,
  seL4_TCB_SetPriority,
} from "@tessera/libsel4";
import { type World, world } from "@tessera/testing";
import {
  alloc_retype,
  create_process,
  frame_table_init,
  type frame_table_t,
  type process_t,
  program_page,
} from "@tessera/ut-alloc";
import {
  type AnyInterface,
  CLIENT_DIED,
  type Component,
  ENDPOINT_SLOT,
  NOTIFICATION_SLOT,
  OWN_CNODE_SLOT,
  PARENT_SLOT,
  programOf,
  rightsOf,
  SUPERVISOR_BADGE,
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
}

/** How a component is wired. */
export interface Wiring {
  readonly priority: number;
  readonly args?: string;
  readonly incarnation?: number;
  /** For each need: whose endpoint, and the badge. */
  readonly needs?: Readonly<Record<string, { readonly ep: seL4_CPtr<"Endpoint">; readonly badge: number }>>;
  /** Badges of those who may call, by offer number. */
  readonly clients?: readonly { readonly badge: number; readonly offer: number }[];
}

/** A component that was started. */
export interface Started {
  readonly process: process_t;
  readonly ep: seL4_CPtr<"Endpoint">;
  readonly replies: readonly seL4_CPtr<"Reply">[];
}

/** The world of some components: `build` is the root task, which starts them in the order it likes. */
export function rigged(
  components: Readonly<Record<string, Component | Program>>,
  build: (rig: Rig, start: (name: string, wiring: Wiring) => Thread<Started>) => Thread,
  options: { readonly mayThrow?: readonly string[] } = {},
): World<void> {
  const names = Object.keys(components);
  return world({
    ...options,
    *root(bootinfo, cspace) {
      const frames = frame_table_init(cspace, seL4_CapInitThreadVSpace);
      const parent = (yield* alloc_retype(seL4_EndpointObject, seL4_EndpointBits, cspace)).cptr;
      const reply = (yield* alloc_retype(seL4_ReplyObject, seL4_ReplyBits, cspace)).cptr;
      const rig = { bootinfo, cspace, frames, parent, reply };
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
}

function* start(rig: Rig, component: Component, number: number, wiring: Wiring): Thread<Started> {
  const { cspace, bootinfo, frames } = rig;
  const layout = slotLayout(component);
  const { priority, args = "", incarnation = 0, needs = {}, clients = [] } = wiring;
  const environment = writeEnvironment({
    incarnation,
    firstFree: layout.firstFree,
    endFree: Math.min(layout.endFree, 128),
    cnodeBits: 7,
    replies: layout.replies,
    needs: Object.keys(component.needs).map((name) => ({
      slot: layout.needs.get(name) ?? 0,
      address: 0,
      bytes: 0,
      extra: 0,
    })),
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
  const { cspace: its, thread } = created.made;
  const copy = function* (slot: number, from: seL4_CPtr): Thread {
    const error = yield* cspace_copy(its, slot, cspace, from, seL4_AllRights);
    if (error !== 0) throw new Error(`slot ${slot}: error ${error}`);
  };
  yield* copy(OWN_CNODE_SLOT, its.root_cnode);
  yield* copy(PARENT_SLOT, rig.parent);
  const ep = (yield* alloc_retype(seL4_EndpointObject, seL4_EndpointBits, cspace)).cptr;
  const notification = (yield* alloc_retype(seL4_NotificationObject, seL4_NotificationBits, cspace)).cptr;
  yield* copy(ENDPOINT_SLOT, ep);
  yield* copy(NOTIFICATION_SLOT, notification);
  yield* seL4_TCB_BindNotification(thread.tcb, notification);
  const replies: seL4_CPtr<"Reply">[] = [];
  for (let i = 0; i < layout.replies; i++) {
    const reply = (yield* alloc_retype(seL4_ReplyObject, seL4_ReplyBits, cspace)).cptr;
    yield* copy(layout.firstReply + i, reply);
    replies.push(reply);
  }
  for (const [name, { ep: server, badge }] of Object.entries(needs)) {
    const slot = layout.needs.get(name);
    if (slot === undefined) throw new Error(`${component.name} has no need "${name}"`);
    const need = component.needs[name] as { of: AnyInterface };
    const error = yield* cspace_mint(its, slot, cspace, server, rightsOf(need.of), badge);
    if (error !== 0) throw new Error(`${name}: error ${error}`);
  }
  yield* seL4_TCB_Resume(thread.tcb);
  return { process: created.made, ep, replies };
}
