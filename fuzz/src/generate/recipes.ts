/**
 * What a generated program may do: a weight and a maker for each kind of call. A maker returns null when the model has
 * nothing that the call could be about. The weights are biased towards calls that do something with what exists.
 */
import type { Op } from "@tessera/conformance/recording";
import {
  CNodeCancelBadgedSends,
  CNodeCopy,
  CNodeDelete,
  CNodeMint,
  CNodeMove,
  CNodeMutate,
  CNodeRevoke,
  CNodeRotate,
  DomainScheduleConfigure,
  DomainScheduleSetStart,
  DomainSetSet,
  IRQAckIRQ,
  IRQClearIRQHandler,
  IRQIssueIRQHandler,
  IRQSetIRQHandler,
  nArchInvocationLabels,
  RISCVASIDControlMakePool,
  RISCVASIDPoolAssign,
  RISCVIRQIssueIRQHandlerTrigger,
  RISCVPageGetAddress,
  RISCVPageMap,
  RISCVPageTableMap,
  RISCVPageTableUnmap,
  RISCVPageUnmap,
  SchedContextBind,
  SchedContextConsumed,
  SchedContextUnbind,
  SchedContextUnbindObject,
  SchedContextYieldTo,
  SchedControlConfigureFlags,
  seL4_CapTableObject,
  seL4_EndpointObject,
  seL4_NotificationObject,
  seL4_ReplyObject,
  seL4_RISCV_4K_Page,
  seL4_RISCV_PageTableObject,
  seL4_SchedContextObject,
  seL4_TCBObject,
  seL4_UntypedObject,
  TCBBindNotification,
  TCBConfigure,
  TCBCopyRegisters,
  TCBReadRegisters,
  TCBResume,
  TCBSetFlags,
  TCBSetIPCBuffer,
  TCBSetMCPriority,
  TCBSetPriority,
  TCBSetSchedParams,
  TCBSetSpace,
  TCBSetTimeoutEndpoint,
  TCBSetTLSBase,
  TCBSuspend,
  TCBUnbindNotification,
  TCBWriteRegisters,
  UntypedRetype,
} from "@tessera/libsel4/abi";
import { DOMAIN_SLOT } from "../program/surroundings.js";
import { DEVICE_IRQS } from "../run/board.js";
import type { Chooser } from "./chooser.js";
import type { Kind } from "./model.js";
import { invocation, makeOp, type Words } from "./ops.js";

export interface Recipe {
  readonly weight: number;
  /** The thread may wait in it, or stop itself. */
  readonly mayBlock: boolean;
  /** `thread` is who will do it; `entryOf` is where a thread begins. */
  readonly make: (g: Chooser, thread: number, entryOf: (thread: number) => number) => Op | null;
}

type Make = Recipe["make"];

const recipe = (weight: number, make: Make): Recipe => ({ weight, mayBlock: false, make });
const blocking = (weight: number, make: Make): Recipe => ({ weight, mayBlock: true, make });

/** A maker of a call on one object. */
function on(
  kind: Kind,
  label: number,
  mr: (g: Chooser) => Words = () => [],
  caps: (g: Chooser) => Words | null = () => [],
): Make {
  return (g) => {
    const slot = g.slot(kind);
    const extra = caps(g);
    return slot === null || extra === null ? null : invocation(label, slot, mr(g), extra);
  };
}

/** Extra capabilities of these kinds; null when there are none. */
function caps(...kinds: readonly (readonly Kind[])[]): (g: Chooser) => Words | null {
  return (g) => {
    const slots = kinds.map((kind) => g.slot(...kind));
    return slots.includes(null) ? null : (slots as number[]);
  };
}

/** Types with the sizes that are asked for; some are more than there is. */
const TYPES = [
  [seL4_EndpointObject, 0],
  [seL4_EndpointObject, 0],
  [seL4_NotificationObject, 0],
  [seL4_NotificationObject, 0],
  [seL4_ReplyObject, 0],
  [seL4_ReplyObject, 0],
  [seL4_CapTableObject, 3],
  [seL4_CapTableObject, 1],
  [seL4_TCBObject, 0],
  [seL4_SchedContextObject, 8],
  [seL4_RISCV_4K_Page, 0],
  [seL4_RISCV_PageTableObject, 0],
  [seL4_UntypedObject, 12],
  [seL4_UntypedObject, 14],
  [seL4_UntypedObject, 5],
  [seL4_UntypedObject, 17],
] as const;

const retype: Make = (g) => {
  const untyped = g.slot("ut");
  if (untyped === null) return null;
  const [type, bits] = g.dice.pick(TYPES);
  const count = g.dice.oneIn(6) ? 1 + g.dice.below(6) : 1;
  const size = g.isWrong() ? g.strange() : bits;
  return invocation(
    UntypedRetype,
    untyped,
    [g.isWrong() ? g.dice.below(16) : type, size, 0, 0, g.free(count), count],
    [g.cnode()],
  );
};

/** Delete and Revoke mostly spare what the threads live of. */
const victim = (g: Chooser): number | null => (g.scene.isLate && g.dice.oneIn(8) ? 1 + g.dice.below(15) : g.made());

const onSlot =
  (label: number): Make =>
  (g) => {
    const slot = victim(g);
    return slot === null ? null : invocation(label, g.cnode(), [slot, g.depth()]);
  };

const cancelSends: Make = (g) => {
  const slot = g.dice.oneIn(6) ? g.made() : g.slot("ep");
  return slot === null ? null : invocation(CNodeCancelBadgedSends, g.cnode(), [slot, g.depth()]);
};

const SOURCES: readonly Kind[] = ["ep", "ep", "nt", "cn", "tcb", "sc", "fr", "rp", "pt", "ut", "irqh"];

/** A badge, or the guard of a CNode. */
const capData = (g: Chooser, slot: number): number => (g.model.kindOf(slot) === "cn" ? 56 : g.badge());

const copyOf =
  (label: number, sources: readonly Kind[]): Make =>
  (g) => {
    const kind = g.dice.any(sources) ?? "ep";
    const source = label === CNodeCopy || label === CNodeMint ? g.slot(kind) : g.madeOf(kind);
    if (source === null) return null;
    const mr: number[] = [g.free(), g.depth(), source, g.depth()];
    if (label === CNodeCopy || label === CNodeMint) mr.push(g.rights());
    if (label === CNodeMint || label === CNodeMutate) mr.push(capData(g, source));
    return invocation(label, g.cnode(), mr, [g.cnode()]);
  };

const rotate: Make = (g) => {
  const [pivot, source] = [g.made(), g.made()];
  if (pivot === null || source === null) return null;
  const dest = g.dice.oneIn(3) ? source : g.free();
  return invocation(
    CNodeRotate,
    g.cnode(),
    [dest, g.depth(), 0, pivot, g.depth(), 0, source, g.depth()],
    [g.cnode(), g.cnode()],
  );
};

/** Capabilities that a message carries, and where they go. */
const baggage = (g: Chooser): number[] => {
  const cap = g.dice.oneIn(5) ? g.made() : null;
  return cap === null ? [] : [cap];
};
const path = (g: Chooser): number[] => (g.dice.oneIn(4) ? [1, g.free(), g.depth()] : []);

const sends =
  (kind: "Call" | "Send" | "NBSend", targets: readonly Kind[]): Make =>
  (g) => {
    const c = g.meeting("Recv", "ReplyRecv", "NBSendRecv") ?? g.slot(...targets);
    if (c === null) return null;
    return makeOp(kind, { c, lab: g.label(), mr: g.message(), caps: baggage(g), rx: kind === "Call" ? path(g) : [] });
  };

const signal: Make = (g) => {
  const c = g.slot("nt");
  return c === null ? null : makeOp("Send", { name: "Signal", c });
};

const receives =
  (kind: "Recv" | "NBRecv" | "Wait" | "NBWait", targets: readonly Kind[]): Make =>
  (g) => {
    const c = (kind === "Recv" || kind === "NBRecv" ? g.meeting("Call", "Send") : null) ?? g.source(...targets);
    const reply = kind === "Recv" || kind === "NBRecv" ? g.slot("rp") : 0;
    return c === null || reply === null ? null : makeOp(kind, { c, reply, rx: path(g) });
  };

const replyRecv: Make = (g) => {
  const [c, reply] = [g.meeting("Call", "Send") ?? g.source("ep"), g.replyInUse()];
  if (c === null || reply === null) return null;
  return makeOp("ReplyRecv", { c, reply, lab: g.label(), mr: g.message(), caps: baggage(g), rx: path(g) });
};

const sendRecv: Make = (g) => {
  const [c, dest, reply] = [g.source("ep", "nt"), g.slot("ep", "nt"), g.slot("rp")];
  if (c === null || dest === null || reply === null) return null;
  return makeOp("NBSendRecv", { c, dest, reply, lab: g.label(), mr: g.message() });
};

const sendWait: Make = (g) => {
  const [c, to] = [g.source("nt", "ep"), g.slot("ep", "nt")];
  return c === null || to === null
    ? null
    : makeOp("NBSendWait", { c, reply: to, dest: to, lab: g.label(), mr: g.message() });
};

const replySend: Make = (g) => {
  const c = g.replyInUse();
  return c === null ? null : makeOp("Send", { c, mr: g.message(), caps: baggage(g) });
};

/** To a fault handler's caller: goes on behind the instruction that faulted. */
const answerFault: Make = (g) => {
  const c = g.slot("rp");
  return c === null ? null : makeOp("Send", { c, mr: [0], ip4: true });
};

const mapPage: Make = (g) => {
  const page = g.slot("fr");
  return page === null
    ? null
    : invocation(RISCVPageMap, page, [g.page(), g.dice.below(4), 0], [g.isWrong() ? (g.madeOf("pt") ?? 2) : 2]);
};

const mapTable: Make = (g) => {
  const table = g.madeOf("pt");
  return table === null ? null : invocation(RISCVPageTableMap, table, [g.page(), 0], [2]);
};

const schedParams: Make = (g) => {
  const [tcb, authority, sc] = [g.slot("tcb"), g.slot("tcb"), g.slot("sc")];
  const handler = g.dice.oneIn(2) ? 0 : g.slot("ep");
  if (tcb === null || authority === null || sc === null || handler === null) return null;
  return invocation(TCBSetSchedParams, tcb, [254, g.priority()], [authority, sc, handler]);
};

/** Give a scheduling context back to its thread: a thread without time does nothing any more. */
const rebind: Make = (g) => {
  const sc = g.scene.unbound.pop();
  return sc === undefined
    ? null
    : invocation(SchedContextBind, sc, [], [sc >= 7 && sc <= 10 ? sc - 4 : (g.slot("tcb") ?? 0)]);
};

const setSpace: Make = (g) => {
  const tcb = g.slot("tcb");
  const handler = g.dice.oneIn(3) ? 0 : g.slot("ep");
  if (tcb === null || handler === null) return null;
  return invocation(TCBSetSpace, tcb, [g.scene.isLate && g.isWrong() ? g.strange() : 56, 0], [handler, 1, 2]);
};

const configure: Make = (g) => {
  const tcb = g.madeOf("tcb");
  return tcb === null ? null : invocation(TCBConfigure, tcb, [56, 0, 0], [1, 2, 0]);
};

/** Mostly of a thread that was made: without a buffer none can pass a capability. */
const setBuffer: Make = (g) => {
  const [tcb, frame] = [g.madeOf("tcb"), g.dice.oneIn(2) ? 0 : g.slot("fr")];
  return tcb === null || frame === null
    ? null
    : invocation(TCBSetIPCBuffer, tcb, [frame === 0 ? 0 : g.page()], [frame]);
};

/** Send a thread back to its beginning, where it goes on with its next op. */
const restart: Make = (g, self, entryOf) => {
  const thread = (self + 1 + g.dice.below(3)) % 4;
  return invocation(TCBWriteRegisters, 3 + thread, [1, 1, entryOf(thread)]);
};

const configureTime: Make = (g) => {
  const [control, sc] = [g.slot("scc"), g.slot("sc")];
  if (control === null || sc === null) return null;
  const [budget, period] = g.times();
  return invocation(
    SchedControlConfigureFlags,
    control,
    [budget, period, g.dice.below(4), g.badge(), g.dice.oneIn(5) ? 1 : 0],
    [sc],
  );
};

/** Resume, of one of the four or of one that was made. */
const resume: Make = (g, self) => {
  const slot = g.dice.oneIn(4) ? g.slot("tcb") : 3 + ((self + 1 + g.dice.below(3)) % 4);
  return slot === null ? null : invocation(TCBResume, slot);
};

const identify: Make = (g) => makeOp("DebugCapIdentify", { c: g.model.doubtful.pop() ?? g.dice.below(40) });

/** Any label on any object with any words. */
const arbitrary: Make = (g) => {
  const c = g.dice.oneIn(3) ? (g.made() ?? 1) : 1 + g.dice.below(15);
  const label = g.dice.below(nArchInvocationLabels);
  const mr = Array.from({ length: g.dice.below(8) }, () => (g.dice.oneIn(3) ? g.strange() : g.dice.below(64)));
  const extra = Array.from({ length: g.dice.below(4) }, () => g.dice.below(40));
  return label === 0 ? makeOp("Call", { name: "raw", c, lab: 0, mr, caps: extra }) : invocation(label, c, mr, extra);
};

const unknownSyscall: Make = (g) =>
  makeOp("UnknownSyscall", { sysno: g.dice.pick([0, 1, 7, 1000] as const), c: g.dice.below(99), mr: [1, 2] });
const spin: Make = (g) => makeOp("Spin", { c: g.dice.pick([10, 100, 500, 3000, 20_000] as const) });

/** Where something was mapped, mostly. */
const touched = (g: Chooser): number | null => {
  const mapped = g.model.slots.filter(({ kind, mappedAt }) => kind === "fr" && mappedAt !== 0);
  const page = g.dice.any(mapped)?.mappedAt ?? (g.isWrong() ? g.page() : null);
  return page === null ? null : page + 8 * g.dice.below(4);
};

const load: Make = (g) => {
  const c = touched(g);
  return c === null ? null : makeOp("Load", { c });
};

const store: Make = (g) => {
  const c = touched(g);
  return c === null ? null : makeOp("Store", { c, mr: [g.dice.below(1000)] });
};

export const RECIPES: readonly Recipe[] = [
  recipe(70, retype),
  recipe(22, copyOf(CNodeCopy, SOURCES)),
  recipe(24, copyOf(CNodeMint, SOURCES)),
  recipe(12, copyOf(CNodeMove, SOURCES)),
  recipe(8, copyOf(CNodeMutate, ["ep", "nt", "cn"])),
  recipe(8, rotate),
  recipe(26, onSlot(CNodeDelete)),
  recipe(14, onSlot(CNodeRevoke)),
  recipe(6, cancelSends),
  blocking(26, sends("Call", ["ep"])),
  blocking(14, sends("Send", ["ep", "ep", "nt"])),
  recipe(16, sends("NBSend", ["ep", "nt", "rp"])),
  recipe(24, replySend),
  recipe(20, signal),
  blocking(28, receives("Recv", ["ep", "ep", "nt"])),
  recipe(12, receives("NBRecv", ["ep", "nt"])),
  blocking(12, receives("Wait", ["nt"])),
  recipe(10, receives("NBWait", ["nt"])),
  blocking(24, replyRecv),
  blocking(8, sendRecv),
  blocking(6, sendWait),
  recipe(8, answerFault),
  blocking(14, () => makeOp("Yield")),
  recipe(10, identify),
  recipe(16, resume),
  blocking(9, on("tcb", TCBSuspend)),
  blocking(
    14,
    on("tcb", TCBSetPriority, (g) => [g.priority()], caps(["tcb"])),
  ),
  recipe(
    4,
    on("tcb", TCBSetMCPriority, (g) => [g.dice.oneIn(3) ? g.priority() : 254], caps(["tcb"])),
  ),
  blocking(10, schedParams),
  recipe(
    6,
    on("tcb", TCBSetTimeoutEndpoint, undefined, (g) => [g.dice.oneIn(3) ? 0 : (g.slot("ep") ?? 0)]),
  ),
  recipe(8, setSpace),
  recipe(1, configure),
  recipe(2, setBuffer),
  recipe(8, on("tcb", TCBBindNotification, undefined, caps(["nt"]))),
  recipe(3, on("tcb", TCBUnbindNotification)),
  recipe(
    5,
    on("tcb", TCBReadRegisters, (g) => [g.dice.oneIn(8) ? 1 : 0, 1 + g.dice.below(32)]),
  ),
  blocking(4, restart),
  recipe(
    3,
    on("tcb", TCBCopyRegisters, (g) => [g.dice.oneIn(2) ? 0 : 8], caps(["tcb"])),
  ),
  recipe(
    3,
    on("tcb", TCBSetTLSBase, (g) => [g.strange()]),
  ),
  recipe(
    3,
    on("tcb", TCBSetFlags, (g) => [g.dice.below(2), g.dice.below(2)]),
  ),
  blocking(16, configureTime),
  blocking(3, on("sc", SchedContextBind, undefined, caps(["tcb", "nt"]))),
  recipe(8, rebind),
  blocking(4, on("sc", SchedContextUnbind)),
  blocking(4, on("sc", SchedContextUnbindObject, undefined, caps(["tcb", "nt"]))),
  recipe(6, on("sc", SchedContextConsumed)),
  blocking(9, on("sc", SchedContextYieldTo)),
  recipe(12, mapTable),
  recipe(14, mapPage),
  recipe(5, on("fr", RISCVPageUnmap)),
  recipe(4, on("fr", RISCVPageGetAddress)),
  recipe(5, (g) => {
    const c = g.madeOf("pt");
    return c === null ? null : invocation(RISCVPageTableUnmap, c);
  }),
  recipe(4, on("asidp", RISCVASIDPoolAssign, undefined, caps(["pt"]))),
  recipe(3, (g) => {
    const [control, untyped] = [g.slot("asidc"), g.slot("ut")];
    return control === null || untyped === null
      ? null
      : invocation(RISCVASIDControlMakePool, control, [g.free(), g.depth()], [untyped, g.cnode()]);
  }),
  recipe(
    4,
    on(
      "irqc",
      IRQIssueIRQHandler,
      (g) => [g.irq(), g.free(), g.depth()],
      (g) => [g.cnode()],
    ),
  ),
  recipe(
    3,
    on(
      "irqc",
      RISCVIRQIssueIRQHandlerTrigger,
      (g) => [g.irq(), g.dice.below(2), g.free(), g.depth()],
      (g) => [g.cnode()],
    ),
  ),
  recipe(4, on("irqh", IRQSetIRQHandler, undefined, caps(["nt"]))),
  recipe(4, on("irqh", IRQAckIRQ)),
  recipe(2, on("irqh", IRQClearIRQHandler)),
  recipe(6, arbitrary),
  blocking(2, unknownSyscall),
  blocking(2, () => makeOp("Illegal")),
  blocking(5, load),
  blocking(5, store),
  blocking(8, spin),
];

/** Domains: who is in which, and how long their turns last. The first entry and the start stay as they are. */
const setDomain: Make = (g) => {
  const tcb = g.slot("tcb");
  const domain = g.isWrong() ? g.strange() : g.dice.below(g.scene.surroundings.domains);
  return tcb === null ? null : invocation(DomainSetSet, DOMAIN_SLOT, [domain], [tcb]);
};
const configureTurn: Make = (g) => {
  const { domains } = g.scene.surroundings;
  const index = g.isWrong() ? 0 : 1 + g.dice.below(domains);
  const turn = index === 0 ? 0 : g.dice.pick([0, 500, 2000, 10_000] as const);
  const domain = turn === 0 && !g.isWrong() ? 0 : g.dice.below(domains + (g.isWrong() ? 2 : 0));
  return invocation(DomainScheduleConfigure, DOMAIN_SLOT, [index, domain, turn]);
};
const startTurns: Make = (g) =>
  invocation(DomainScheduleSetStart, DOMAIN_SLOT, [g.isWrong() ? 90 + g.dice.below(20) : 0]);

/** What worlds with domains do beside the rest. */
export const DOMAIN_RECIPES: readonly Recipe[] = [
  blocking(12, setDomain),
  recipe(4, configureTurn),
  blocking(2, startTurns),
];

/** Handlers of the interrupts that come, and who waits for them. */
export function interruptBeginning(): Op[] {
  const [uart, clock] = DEVICE_IRQS;
  return [
    invocation(IRQIssueIRQHandler, 14, [uart, 30, 64], [1]),
    invocation(IRQIssueIRQHandler, 14, [clock, 31, 64], [1]),
    invocation(IRQSetIRQHandler, 30, [], [19]),
    invocation(IRQSetIRQHandler, 31, [], [20]),
  ];
}

/** All memory is given back, what has been made of it with it. */
export const clear = (): Op => invocation(CNodeRevoke, 1, [11, 64]);

/** Take the time of its own from a server that waits: its clients lend it theirs. */
export const makePassive = (server: number): Op => invocation(SchedContextUnbind, 7 + server);

/** The call to a server that waits in `op`, and the server's loop: what the fast path is for. */
export const request = (g: Chooser, op: Op): Op => makeOp("Call", { c: Number(op.c), lab: g.label(), mr: words(g) });
export const serve = (g: Chooser, { endpoint, reply }: Service): Op =>
  makeOp("ReplyRecv", { c: endpoint, reply, lab: g.label(), mr: words(g) });

/** What a server works with. */
export interface Service {
  endpoint: number;
  reply: number;
}

/** As many as registers hold. */
function words(g: Chooser): number[] {
  return Array.from({ length: g.dice.below(5) }, () => g.dice.below(256));
}

/** What a program begins with: something of each kind. */
export function beginning(): Op[] {
  const make = (type: number, bits: number, slot: number, count: number) =>
    invocation(UntypedRetype, 11, [type, bits, 0, 0, slot, count], [1]);
  return [
    make(seL4_EndpointObject, 0, 16, 3),
    make(seL4_NotificationObject, 0, 19, 2),
    make(seL4_ReplyObject, 0, 21, 4),
    make(seL4_RISCV_PageTableObject, 0, 25, 3),
    make(seL4_RISCV_4K_Page, 0, 28, 2),
    invocation(RISCVPageTableMap, 25, [0x1000000000, 0], [2]),
    invocation(RISCVPageTableMap, 26, [0x1000000000, 0], [2]),
    invocation(RISCVPageMap, 28, [0x1000001000, 3, 0], [2]),
  ];
}

/** What a thread does that is the last one awake: wake the others. */
export const WAKERS: readonly Recipe[] = [
  recipe(10, resume),
  recipe(8, restart),
  recipe(8, rebind),
  recipe(5, signal),
  recipe(5, sends("NBSend", ["ep", "rp"])),
  recipe(8, replySend),
  recipe(4, receives("NBRecv", ["ep"])),
  recipe(3, answerFault),
  recipe(2, retype),
];
