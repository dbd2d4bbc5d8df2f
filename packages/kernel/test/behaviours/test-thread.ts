/**
 * The stage of the behaviours: a test thread T (the root task at priority 254, MCP 255) and its helpers.
 *
 * A helper runs a role of the test in T's CSpace and VSpace: priority 253, MCP 0, round robin of 5 ms, a reply object of
 * its own, T's supervisor endpoint as fault handler. It ends by calling for ever on its own endpoint with what the role
 * returned; so T waits for it. A helper process has a CSpace and a VSpace of its own: capabilities that it is given lie
 * there at the addresses that they have in T's, so that a role runs in both.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  seL4_AllRights,
  seL4_Call,
  seL4_CapInitThreadTCB,
  seL4_CapInitThreadVSpace,
  seL4_CNode_CapData_new,
  seL4_CNode_Copy,
  seL4_GetMR,
  seL4_MinSchedContextBits,
  seL4_NBRecv,
  seL4_Recv,
  seL4_SchedContext_Bind,
  seL4_SchedContext_Unbind,
  seL4_SchedContextObject,
  seL4_TCB_Configure,
  seL4_TCB_Resume,
  seL4_TCB_SetPriority,
  seL4_TCB_SetSchedParams,
  seL4_TCB_SetTimeoutEndpoint,
  seL4_TCB_WriteRegisters,
  seL4_TCBObject,
  seL4_Wait,
  seL4_WordBits,
} from "@tessera/libsel4";
import type { World } from "@tessera/testing";
import { type Kit, must, type ThreadOptions } from "../support/kit.js";
import { message } from "../support/message.js";
import { BUFFER, DATA, makeVspace, mapCopy, PROGRAM } from "../support/process.js";
import { bootScene, type SceneOptions } from "../support/scene.js";

const T_PRIORITY = 254;
const HELPER_PRIORITY = 253;
const HELPER_BUDGET_US = 5000;
/** Slots of a helper process's CSpace: more than a test takes addresses. */
const PROCESS_CNODE_BITS = 12;
/** WriteRegisters from pc up to a1. */
const REGISTERS_TO_A1 = 18;

/** What a helper does; a number that it returns reaches whoever waits for it. */
export type Role = (argument: number, self: Helper) => Thread<unknown>;
export type Roles = Readonly<Record<string, Role>>;

export interface HelperOptions extends ThreadOptions {
  /** It is a process, and these of T's capabilities are copied into its CSpace. */
  readonly process?: readonly number[];
  /** The ASID pool of a process; by default the one that is there from boot. */
  readonly pool?: number;
  /** A frame that a process has at DATA. */
  readonly data?: number;
}

/** A helper: its capabilities in T's CSpace, and where it begins. */
export interface Helper {
  readonly role: string;
  readonly argument: number;
  /** T's notification `ready`. */
  readonly ready: number;
  /** It calls here when it has ended. */
  readonly end: number;
  /** Its own reply object. */
  readonly reply: number;
  /** The one that T answers it with. */
  readonly endReply: number;
  readonly tcb: number;
  readonly sc: number;
  readonly registers: { readonly pc: number; readonly a0: number; readonly a1: number };
}

/** T: what the body of a behaviour is written with. */
export class TestThread {
  readonly kit: Kit;
  readonly tcb = seL4_CapInitThreadTCB;
  /** Faults of helpers go here; one that is there at the end fails the test. */
  readonly faults: number;
  /** Passive helpers signal here that they are about to wait. */
  readonly ready: number;
  /** T's own reply object. */
  readonly reply: number;
  readonly #helpers: Helper[];

  constructor(kit: Kit, helpers: Helper[], caps: { readonly faults: number; readonly ready: number; reply: number }) {
    this.kit = kit;
    this.#helpers = helpers;
    this.faults = caps.faults;
    this.ready = caps.ready;
    this.reply = caps.reply;
  }

  /** A helper that is configured and not started. */
  *make(role: string, options: HelperOptions = {}): Thread<Helper> {
    const { kit } = this;
    const { argument = 0, priority = HELPER_PRIORITY, mcp = 0, faultHandler = this.faults } = options;
    const [end, reply, endReply] = [yield* kit.endpoint(), yield* kit.reply(), yield* kit.reply()];
    const tcb = yield* kit.make(seL4_TCBObject);
    const sc = yield* kit.make(seL4_SchedContextObject, options.scBits ?? seL4_MinSchedContextBits);
    yield* kit.configure(sc, { budget: HELPER_BUDGET_US, ...options });
    const given = options.process === undefined ? null : [...options.process, this.ready, end, reply, tcb];
    const { pc, buffer } =
      given === null ? yield* this.#beside(role, tcb) : yield* this.#apart(role, tcb, given, options);
    must(yield* seL4_TCB_SetSchedParams(tcb, this.tcb, mcp, priority, sc, faultHandler), "SetSchedParams");
    if (options.timeoutHandler !== undefined) {
      must(yield* seL4_TCB_SetTimeoutEndpoint(tcb, options.timeoutHandler), "SetTimeoutEndpoint");
    }
    const registers = { pc, a0: this.#helpers.length, a1: buffer };
    must(yield* seL4_TCB_WriteRegisters(tcb, false, 0, REGISTERS_TO_A1, registers), "WriteRegisters");
    const helper = { role, argument, ready: this.ready, end, reply, endReply, tcb, sc, registers };
    this.#helpers.push(helper);
    return helper;
  }

  *start(role: string, options: HelperOptions = {}): Thread<Helper> {
    const helper = yield* this.make(role, options);
    must(yield* seL4_TCB_Resume(helper.tcb), "Resume");
    return helper;
  }

  /** Start a helper from scratch, wherever it was. */
  *restart({ tcb, registers }: Helper): Thread {
    must(yield* seL4_TCB_WriteRegisters(tcb, true, 0, REGISTERS_TO_A1, registers), "WriteRegisters");
  }

  /** A helper that has signalled `ready` with the call in which it waits, and lost its scheduling context there. */
  *passive(role: string, options: HelperOptions = {}): Thread<Helper> {
    const helper = yield* this.start(role, options);
    yield* seL4_Wait(this.ready);
    must(yield* seL4_SchedContext_Unbind(helper.sc), "Unbind");
    return helper;
  }

  /** Wait until a helper has ended; what its role returned. */
  *wait({ end, endReply }: Helper): Thread<number> {
    yield* seL4_Recv(end, endReply);
    return seL4_GetMR(0);
  }

  /** Whether a helper has ended, without waiting. */
  *hasEnded({ end, endReply }: Helper): Thread<boolean> {
    return (yield* seL4_NBRecv(end, endReply)).info.length === 1;
  }

  *setPriority(priority: number, tcb: number = this.tcb): Thread {
    must(yield* seL4_TCB_SetPriority(tcb, this.tcb, priority), "SetPriority");
  }

  *unbind(sc: number): Thread {
    must(yield* seL4_SchedContext_Unbind(sc), "Unbind");
  }

  *bind(sc: number, object: number): Thread {
    must(yield* seL4_SchedContext_Bind(sc, object), "Bind");
  }

  *#beside(role: string, tcb: number): Thread<{ pc: number; buffer: number }> {
    const { kit } = this;
    const { frame, address } = yield* kit.mappedFrame();
    must(yield* seL4_TCB_Configure(tcb, kit.cnode, 0, seL4_CapInitThreadVSpace, 0, address, frame), "Configure");
    return { pc: kit.entryOf(role), buffer: address };
  }

  *#apart(
    role: string,
    tcb: number,
    caps: readonly number[],
    { pool, data }: HelperOptions,
  ): Thread<{ pc: number; buffer: number }> {
    const { kit } = this;
    const vspace = yield* makeVspace(kit, pool);
    yield* mapCopy(kit, vspace, kit.frameOf(role), PROGRAM);
    if (data !== undefined) yield* mapCopy(kit, vspace, data, DATA);
    const buffer = yield* kit.frame();
    yield* mapCopy(kit, vspace, buffer, BUFFER);
    const guard = seL4_CNode_CapData_new(0, seL4_WordBits - PROCESS_CNODE_BITS);
    const cnode = yield* kit.mint(yield* kit.cnodeOf(PROCESS_CNODE_BITS), guard);
    for (const cap of caps) yield* this.#give(cnode, cap);
    must(yield* seL4_TCB_Configure(tcb, cnode, 0, vspace, 0, BUFFER, buffer), "Configure");
    return { pc: PROGRAM, buffer: BUFFER };
  }

  /** A copy of what is in `slot`, at the same address of a process's CSpace. */
  *#give(cnode: number, slot: number): Thread {
    const { kit } = this;
    const copy = seL4_CNode_Copy(cnode, slot, seL4_WordBits, kit.cnode, slot, kit.depth, seL4_AllRights);
    must(yield* copy, "Copy into a process");
  }
}

/** For worlds of many threads or calls, which would be slow otherwise: invariants are checked at the end alone. */
export const CHECKED_AT_END: SceneOptions = { kernel: { checkInvariants: false } };

/** Run T's `body` with helpers in `roles`, every invariant checked, to the end; `output` is the console's. */
export function behaviour<R>(
  body: (t: TestThread) => Thread<R>,
  roles: Roles = {},
  options: SceneOptions = {},
): World<R> & { readonly output: string } {
  const helpers: Helper[] = [];
  const programs = Object.fromEntries(
    Object.entries(roles).map(([name, role]) => [name, (index: number) => perform(role, helpers[index]!)]),
  );
  const booted = bootScene((kit) => testThread(kit, helpers, body), programs, options);
  const world = booted.finish();
  // Where there are too many calls to look behind each, the end is looked at.
  const violations = world.kernel.checkInvariants();
  if (violations.length > 0) throw new Error(violations.join("\n"));
  return { ...world, output: booted.output };
}

function* testThread<R>(kit: Kit, helpers: Helper[], body: (t: TestThread) => Thread<R>): Thread<R> {
  const caps = { faults: yield* kit.endpoint(), ready: yield* kit.notification(), reply: yield* kit.reply() };
  const t = new TestThread(kit, helpers, caps);
  yield* t.setPriority(T_PRIORITY);
  const result = yield* body(t);
  const { info } = yield* seL4_NBRecv(t.faults, t.reply);
  if (info.length > 0)
    throw new Error(`a helper faulted (label ${info.label}, address 0x${seL4_GetMR(1).toString(16)})`);
  return result;
}

function* perform(role: Role, self: Helper): Thread {
  const result = yield* role(self.argument, self);
  for (;;) yield* seL4_Call(self.end, message([typeof result === "number" ? result : 0]));
}
