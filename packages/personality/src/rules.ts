/**
 * Rules of a composition whose needs have all found their offers: who may wait for whom, and on whose time; one driver a
 * device; no more time than there is.
 *
 * Sources: seL4 manual, "Passive servers"; Microkit manual, "Protected procedure" (a callee is above its callers);
 * seL4 issue 1616 (a caller that takes its time away leaves a passive server in the middle of nowhere).
 */
import { durationText, hex, PAGE_BYTES } from "@tessera/servers";
import type { Edge } from "./edges.js";
import { andList, meant } from "./near.js";
import type { Placed } from "./placing.js";

/** Clients that a server can tell apart: a badge has eight bits for them. */
const MOST_CLIENTS = 255;

/** What is wrong with components that find one another. */
export function brokenRules(all: readonly Placed[], edges: readonly Edge[]): string[] {
  return [
    ...edges.flatMap(waitsForLess),
    ...edges.flatMap(distrusted),
    ...all.flatMap((server) => idleTrust(server, edges, all)),
    ...all.flatMap((server) => tooManyClients(server, edges)),
    ...sharedDevices(all),
    ...moreTimeThanThereIs(all),
    ...all.flatMap(threadsAboveTheirMaker),
    ...all.flatMap((placed) => leftoverAbove(placed, all)),
  ];
}

/** While a client waits for a server that is less urgent than itself, whoever is between them keeps both waiting. */
function waitsForLess({ client, need, server }: Edge): string[] {
  if (server.priority > client.priority || server.trusts.includes(client.name)) return [];
  return [
    `priorities against the direction of calls: ${client.name} (prio ${client.priority}) calls ${server.name} ` +
      `(prio ${server.priority}) by its need "${need}", and whoever is between them would keep both waiting: ` +
      `give ${server.name} more than ${client.priority}, or ${client.name} less than ${server.priority}, ` +
      `or have ${server.name} say trusts: ["${client.name}"]`,
  ];
}

/** A passive server is left without time in the middle of a call when its caller's ends. */
function distrusted({ client, need, server }: Edge): string[] {
  if (!server.component.passive || server.trusts.includes(client.name)) return [];
  return [
    `${client.name} calls ${server.name} by its need "${need}", and ${server.name} is passive and does not trust it: ` +
      `when ${client.name}'s time ends in the middle of a call, all others wait. Let ${server.name} say ` +
      `trusts: ["${client.name}"], or give it time of its own (no "passive", and a budget)`,
  ];
}

/** Trust in somebody who is not there, or needs none, is a mistake or has been forgotten. */
function idleTrust(server: Placed, edges: readonly Edge[], all: readonly Placed[]): string[] {
  return server.trusts.flatMap((name) => {
    const clients = edges.filter((edge) => edge.server === server).map(({ client }) => client);
    const client = clients.find((other) => other.name === name);
    if (client === undefined) {
      const names = all.map((other) => other.name);
      const why = names.includes(name)
        ? "which does not call it: leave it out"
        : `and ${meant(name, names, "components")}`;
      return [`${server.name} trusts "${name}", ${why}`];
    }
    if (server.component.passive || client.priority >= server.priority) return [];
    return [`${server.name} trusts "${name}" and has no need to: it is active and above it; leave it out`];
  });
}

function tooManyClients(server: Placed, edges: readonly Edge[]): string[] {
  const clients = edges.filter((edge) => edge.server === server).length;
  if (clients <= MOST_CLIENTS) return [];
  return [`${server.name} has ${clients} clients, and can tell ${MOST_CLIENTS} apart: put another one beside it`];
}

/** What drives a device has it for itself: registers that two write, or an interrupt that two acknowledge, are nobody's. */
function sharedDevices(all: readonly Placed[]): string[] {
  const drivers = all.flatMap((placed) =>
    Object.entries(placed.component.needs).flatMap(([need, device]) => {
      return device.need === "device" ? [{ who: `${placed.name}.${need}`, device }] : [];
    }),
  );
  return drivers.flatMap(({ who, device }, i) =>
    drivers.slice(0, i).flatMap((other) => {
      const end = other.device.address + other.device.pages * PAGE_BYTES;
      const overlap = device.address < end && other.device.address < device.address + device.pages * PAGE_BYTES;
      const interrupt = device.interrupt !== 0 && device.interrupt === other.device.interrupt;
      if (!overlap && !interrupt) return [];
      const address = hex(Math.max(device.address, other.device.address));
      const what = [
        ...(overlap ? [`the registers at ${address}`] : []),
        ...(interrupt ? [`interrupt ${device.interrupt}`] : []),
      ];
      const both = `two drivers of one device: ${other.who} and ${who} both need ${andList(what)}`;
      return [`${both}. Let one of them drive it and offer it to the other`];
    }),
  );
}

/** Who makes threads has to be able to stop them. */
function threadsAboveTheirMaker({ name, priority, component }: Placed): string[] {
  return Object.entries(component.needs).flatMap(([need, declared]) => {
    if (declared.need !== "priorities" || declared.most < priority) return [];
    return [
      `${name}.${need} lets threads run at up to ${declared.most}, and ${name} at ${priority} could not stop them: ` +
        `give ${name} more than ${declared.most}, or its threads less`,
    ];
  });
}

/** Time that nobody has counted is for when nobody with a budget wants to run. */
function leftoverAbove(placed: Placed, all: readonly Placed[]): string[] {
  const leftover = Object.entries(placed.component.needs).find(([, { need }]) => need === "leftover");
  if (leftover === undefined) return [];
  const most = mostUrgent(placed);
  const who = `${placed.name}.${leftover[0]}`;
  return all.flatMap((other) => {
    if (other.periodUs > 0 && other.priority <= most) {
      return [
        `${who} is time that nobody has counted, and its threads at up to ${most} could take all of ${other.name}'s ` +
          `(prio ${other.priority}): let them have less than ${other.priority}`,
      ];
    }
    const reserved = Object.entries(other.component.needs).find(([, { need }]) => need === "time");
    if (reserved === undefined || other === placed || mostUrgent(other) > most) return [];
    return [
      `${who} is time that nobody has counted, and its threads at up to ${most} could take all of ` +
        `${other.name}.${reserved[0]} (prio ${mostUrgent(other)} at most): let them have less`,
    ];
  });
}

/** The highest priority of the threads that a component makes: 0 if it has authority over none. */
function mostUrgent({ component }: Placed): number {
  const needs = Object.values(component.needs);
  return Math.max(0, ...needs.map((declared) => (declared.need === "priorities" ? declared.most : 0)));
}

/** Something that is to run by a budget: a component, or each thread of a need. */
interface Reservation {
  readonly name: string;
  readonly count: number;
  readonly budgetUs: number;
  readonly periodUs: number;
}

function reservationsOf({ name, component, budgetUs, periodUs }: Placed): Reservation[] {
  const own = periodUs > 0 ? [{ name, count: 1, budgetUs, periodUs }] : [];
  const made = Object.entries(component.needs).flatMap(([need, declared]): Reservation[] => {
    if (declared.need !== "time") return [];
    const { count, budgetUs, periodUs } = declared;
    return [{ name: `${name}.${need}`, count, budgetUs, periodUs }];
  });
  return [...own, ...made];
}

function moreTimeThanThereIs(all: readonly Placed[]): string[] {
  const active = all.flatMap(reservationsOf);
  // Exact, so that ten times a tenth is one.
  const common = active.reduce((multiple, { periodUs }) => leastCommonMultiple(multiple, BigInt(periodUs)), 1n);
  const used = active.reduce((sum, { count, budgetUs, periodUs }) => {
    return sum + (BigInt(count) * BigInt(budgetUs) * common) / BigInt(periodUs);
  }, 0n);
  if (used <= common) return [];
  const share = ({ count, budgetUs, periodUs }: Reservation) => (count * budgetUs) / periodUs;
  const shares = [...active]
    .sort((a, b) => share(b) - share(a))
    .map((reservation) => {
      const { name, count, budgetUs, periodUs } = reservation;
      const times = count === 1 ? "" : `${count} x `;
      return `${name} ${percent(share(reservation))} (${times}${durationText(budgetUs)}/${durationText(periodUs)})`;
    });
  const sum = percent(active.reduce((total, reservation) => total + share(reservation), 0));
  return [`more time than there is: ${andList(shares)} are ${sum} of the CPU. Lower a budget or lengthen a period`];
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(4))} %`;
}

function leastCommonMultiple(a: bigint, b: bigint): bigint {
  let [x, y] = [a, b];
  while (y !== 0n) [x, y] = [y, x % y];
  return (a / x) * b;
}
