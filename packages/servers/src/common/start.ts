/**
 * How a component becomes a program: it reads its environment, makes the handles of its declarations, and runs `main`.
 *
 * All that it uses is in its registers and its memory. Two threads that run the same component share nothing.
 */
import { cspace_adopt } from "@tessera/cspace-lib";
import type { Program, Thread } from "@tessera/hal-sim/isa";
import {
  program,
  seL4_Call,
  seL4_CapNull,
  type seL4_CPtr,
  seL4_IRQHandler_Ack,
  seL4_MessageInfo_new,
  seL4_SetMR,
} from "@tessera/libsel4";
import { Condition } from "./activity.js";
import { CALLER, runCaller } from "./caller.js";
import { type Belongings, belongingsOf, client } from "./client.js";
import type { Component, Offers, Status } from "./component.js";
import type { AnyInterface } from "./define.js";
import { type Environment, type GivenNeed, readEnvironment } from "./environment.js";
import type { Device, Handlers, Handles, Memory, Offer, Self } from "./handles.js";
import {
  callerPage,
  ENDPOINT_SLOT,
  hasNotification,
  NOTIFICATION_SLOT,
  OWN_CNODE_SLOT,
  PARENT_SLOT,
  slotLayout,
} from "./layout.js";
import type { Need, Needs } from "./need.js";
import { Callers } from "./parking.js";
import { compile } from "./protocol.js";
import { Raw } from "./raw.js";
import type { ImageProgram } from "./raw-program.js";
import { resourceHandle } from "./resource-handle.js";
import { Server } from "./server.js";
import type { AnyHandler, Dispatch, Edge } from "./session.js";
import { Signals } from "./signals.js";
import { Window } from "./window.js";

/** The label by which a component tells its parent that `main` has returned; the one word is what it has returned. */
export const ENDED = 0xffe;

/** What the handles of one program have in common. */
interface Parts extends Belongings {
  readonly signals: Signals;
  /** Null for components that offer nothing. */
  readonly server: Server | null;
  /** Null for components that declare none. */
  readonly callers: Callers | null;
}

/** A component as a program of an image; a raw program as it is. */
export function programOf(component: ImageProgram): Program {
  if ("program" in component) return component.program;
  return program(function* ({ a0, a1, a2, a3 }) {
    if (a2 === CALLER) return yield* runCaller(a1, a3);
    const environment = yield* readEnvironment(a0);
    const parts = assemble(component, environment);
    const main = component.main as (handles: Handles<Needs, Offers>) => Thread<Status>;
    const status = (yield* main(handlesOf(component, environment, parts))) ?? 0;
    parts.calls.checkAllBegun();
    if (!isStatus(status)) throw new RangeError(`${component.name}: main returns ${status}, which is no status`);
    seL4_SetMR(0, status);
    yield* seL4_Call(PARENT_SLOT, seL4_MessageInfo_new(ENDED, 0, 0, 1));
  });
}

/** Whether a number can be told as what `main` has returned. */
function isStatus(status: number): boolean {
  return Number.isInteger(status) && status >= 0 && status < 2 ** 32;
}

function assemble(component: Component, environment: Environment): Parts {
  const { firstFree, endFree, cnodeBits, replies, incarnation, clients } = environment;
  const free = { start: firstFree, end: endFree };
  const cspace = endFree > firstFree ? cspace_adopt(OWN_CNODE_SLOT, cnodeBits, free, null) : null;
  const belongings = belongingsOf(cspace);
  const devices = Object.values(component.needs).filter(({ need }) => need === "device").length;
  const serves = replies > 0;
  const signals = new Signals(hasNotification(component) ? NOTIFICATION_SLOT : seL4_CapNull, belongings, devices);
  if (!serves) return { ...belongings, signals, server: null, callers: null };
  const edges: Edge[] = clients.map(({ badge, offer, address, bytes }) => {
    return { badge, offer, window: bytes > 0 ? new Window(address, bytes) : null };
  });
  const { firstReply, firstCaller } = slotLayout(component);
  const replySlots = Array.from({ length: replies }, (_, i): seL4_CPtr<"Reply"> => firstReply + i);
  const server = new Server(
    {
      endpoint: ENDPOINT_SLOT,
      offers: Object.keys(component.offers),
      replies: replySlots,
      incarnation,
      edges,
      passive: component.passive,
    },
    belongings,
    signals,
  );
  const places = Array.from({ length: component.callers }, (_, i) => {
    return { page: callerPage(i), work: firstCaller + i };
  });
  const callers = places.length > 0 ? new Callers(places, server.agenda, belongings.slots, signals) : null;
  return { ...belongings, signals, server, callers };
}

function handlesOf(component: Component, environment: Environment, parts: Parts): Handles<Needs, Offers> {
  const handles: Record<string, unknown> = { self: selfOf(component, environment, parts) };
  for (const [i, [name, need]] of Object.entries(component.needs).entries()) {
    const given = environment.needs[i];
    if (given === undefined) throw new Error(`${component.name}: its environment has nothing for "${name}"`);
    handles[name] = needHandle(need, given, parts);
  }
  for (const [i, [name, of]] of Object.entries(component.offers).entries()) {
    handles[name] = offerHandle(of, i + 1, serverOf(component, parts));
  }
  return handles as Handles<Needs, Offers>;
}

function needHandle(need: Need, given: GivenNeed, parts: Parts): unknown {
  const { slot, address, bytes, extra } = given;
  switch (need.need) {
    case "calls":
      return Object.assign(client(need.of, slot, parts, { given: true }), {
        window: bytes > 0 ? new Window(address, bytes) : null,
      });
    case "memory":
      return { address, bytes, physical: extra } satisfies Memory;
    case "device":
      return deviceHandle(given, parts.signals);
    default:
      return resourceHandle(need, given);
  }
}

function deviceHandle({ slot, address, bytes, extra }: GivenNeed, signals: Signals): Device {
  return {
    address,
    bytes,
    handler: slot,
    onInterrupt(handler) {
      interruptOf(slot, address);
      signals.on(extra, handler);
    },
    *acknowledge() {
      yield* seL4_IRQHandler_Ack(interruptOf(slot, address));
    },
  };
}

function interruptOf(slot: seL4_CPtr<"IRQHandler">, address: number): seL4_CPtr<"IRQHandler"> {
  if (slot !== 0) return slot;
  throw new Error(`the device at 0x${address.toString(16)} was declared without an interrupt: device({ interrupt })`);
}

function offerHandle<I extends AnyInterface>(of: I, offer: number, server: Server): Offer<I> {
  return {
    clients: server.clientsOf(offer),
    on(admit, handlers, closed) {
      server.route(offer, admit, dispatchOf(of, handlers, closed));
    },
    serve(admit, handlers, closed) {
      server.route(offer, admit, dispatchOf(of, handlers, closed));
      return server.run();
    },
    session(inner, state, handlers, closed, options) {
      return { ...server.open(dispatchOf(inner, handlers, closed), state, options), of: inner };
    },
    hasRoom: () => server.hasRoom(),
    hear(state, hears, { waits = false, closed } = {}) {
      const handlers: Handlers<typeof Raw, never> = { hear: hears as never };
      return { ...server.open({ ...dispatchOf(Raw, handlers, closed), waits }, state, { detached: true }), of: Raw };
    },
    end: ({ badge }) => server.close(badge),
  };
}

function dispatchOf(of: AnyInterface, handlers: object, closed?: (state: never) => unknown): Dispatch {
  const byName = handlers as Readonly<Record<string, AnyHandler>>;
  const list = Object.keys(of.operations).map((name) => {
    const handler = byName[name];
    if (handler === undefined) throw new TypeError(`${of.name}.${name} has no handler`);
    return (state: unknown, args: unknown) => handler.call(handlers, state, args);
  });
  return { of, operations: compile(of), handlers: list, closed: (closed as Dispatch["closed"] | undefined) ?? null };
}

function selfOf(component: Component, { args, incarnation }: Environment, parts: Parts): Self {
  const { slots, signals, server, callers } = parts;
  return {
    args,
    incarnation,
    condition: <T>() => new Condition<T>(serverOf(component, parts).agenda),
    task: (work) => serverOf(component, parts).task(work),
    signal: (handler) => signals.source(handler),
    client: (of, cptr) => client(of, cptr, parts),
    parking: (client) => {
      if (callers !== null) return callers.parking(client);
      throw new Error(`${component.name} has no callers: component(name, { callers: 2, … })`);
    },
    signalled: () => signalled(component, parts),
    serve: () => server?.run() ?? signals.run(),
    get cspace() {
      return slots.cspace;
    },
    drop: (cptr) => slots.drop(cptr),
  };
}

function* signalled({ name }: Component, { signals, server }: Parts): Thread<void> {
  if (server !== null) throw new Error(`${name} offers something, so it hears signals while it serves: self.serve()`);
  yield* signals.next();
}

function serverOf({ name }: Component, { server }: Parts): Server {
  if (server === null) throw new Error(`${name} offers nothing, so there is nothing to serve`);
  return server;
}
