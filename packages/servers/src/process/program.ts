/**
 * Programs that a process can run: ordinary components that offer nothing. What a process of one takes is known from its
 * declaration: the objects, each with its size, and where they lie. All processes have the same amount of memory, that of
 * the largest program, so any of them can be given back and taken for another.
 */
import {
  seL4_CapTableObject,
  seL4_NotificationBits,
  seL4_NotificationObject,
  seL4_PageBits,
  seL4_PageTableBits,
  seL4_RISCV_4K_Page,
  seL4_RISCV_PageTableObject,
  seL4_SlotBits,
  seL4_TCBBits,
  seL4_TCBObject,
} from "@tessera/libsel4";
import type { Component } from "../common/component.js";
import { writeEnvironment } from "../common/environment.js";
import { hasNotification, needAddress, PROGRAM_ADDRESS, type SlotLayout, slotLayout } from "../common/layout.js";
import { PAGE_BYTES } from "../common/need.js";
import { PROCESS_ARGS_BYTES, PROCESS_NAME_BYTES } from "./interface.js";

/** An object of a process. */
export interface ProcessObject {
  /** What it is for, and what it is called. */
  readonly role: string;
  readonly type: number;
  /** log2 of its bytes; of a CNode, of its slots. */
  readonly sizeBits: number;
  /** log2 of its bytes. */
  readonly bits: number;
}

/** log2 of the bytes in which a process of any of these lists of objects fits. */
export function processBits(lists: readonly (readonly ProcessObject[])[]): number {
  const bytes = lists.map((objects) => objects.reduce((sum, { bits }) => sum + 2 ** bits, 0));
  return Math.ceil(Math.log2(Math.max(...bytes)));
}

/** A need to call somebody. */
interface ProgramCall {
  readonly need: string;
  readonly interface: string;
  readonly slot: number;
}

/** Memory of a program. */
interface ProgramMemory {
  readonly need: string;
  readonly address: number;
  readonly pages: number;
}

/** A program, and what a process of it is made of. */
export interface ProgramShape {
  readonly program: Component;
  readonly layout: SlotLayout;
  readonly calls: readonly ProgramCall[];
  readonly memory: readonly ProgramMemory[];
  /** Addresses for each of which the page tables "table 0", … are mapped, in this order. */
  readonly tables: readonly number[];
  /** The largest first, so that nothing is lost between them. */
  readonly objects: readonly ProcessObject[];
}

/** Addresses of one page table of the upper level: 1 GiB. */
const UPPER_BYTES = 2 ** 30;

/**
 * What a process of `program` is made of.
 * @throws RangeError when it cannot be run in a process; the sentence says why
 */
export function shapeOf(program: Component): ProgramShape {
  checkProgram(program);
  const layout = slotLayout(program);
  const needs = Object.entries(program.needs);
  const calls = needs.flatMap(([need, declared]): ProgramCall[] => {
    if (declared.need !== "calls") return [];
    return [{ need, interface: declared.of.name, slot: layout.needs.get(need) as number }];
  });
  const memory = needs.flatMap(([need, declared], index): ProgramMemory[] => {
    return declared.need === "memory" ? [{ need, address: needAddress(index), pages: declared.pages }] : [];
  });
  // A table of the upper level for each GiB, and one of the lowest for each need, which has 2 MiB of addresses.
  const lowest = [PROGRAM_ADDRESS, ...memory.map(({ address }) => address)];
  const upper = lowest.filter((address, i) => lowest.findIndex((other) => gib(other) === gib(address)) === i);
  const tables = [...upper, ...lowest];
  return { program, layout, calls, memory, tables, objects: objectsOf(program, layout, tables.length, memory) };
}

function objectsOf(
  program: Component,
  { bits }: SlotLayout,
  tables: number,
  memory: readonly ProgramMemory[],
): ProcessObject[] {
  const page = (role: string) => object(role, seL4_RISCV_4K_Page, seL4_PageBits);
  const table = (role: string) => object(role, seL4_RISCV_PageTableObject, seL4_PageTableBits);
  const objects = [
    table("vspace"),
    ...Array.from({ length: tables }, (_, i) => table(`table ${i}`)),
    page("environment"),
    page("buffer"),
    ...memory.flatMap(({ need, pages }) => Array.from({ length: pages }, (_, i) => page(`${need} ${i}`))),
    { ...object("cnode", seL4_CapTableObject, bits), bits: bits + seL4_SlotBits },
    object("tcb", seL4_TCBObject, seL4_TCBBits),
  ];
  if (hasNotification(program)) objects.push(object("notification", seL4_NotificationObject, seL4_NotificationBits));
  return objects.sort((a, b) => b.bits - a.bits);
}

/** An object whose size is that of its type, or what `sizeBits` says. */
export function object(role: string, type: number, sizeBits: number): ProcessObject {
  return { role, type, sizeBits, bits: sizeBits };
}

function gib(address: number): number {
  return Math.floor(address / UPPER_BYTES);
}

function checkProgram(program: Component): void {
  const { name, needs, offers, passive, callers } = program;
  const refuse = (why: string): never => {
    throw new RangeError(`${name} cannot be run in a process: ${why}`);
  };
  const offered = Object.keys(offers);
  if (offered.length > 0) refuse(`it offers "${offered[0]}", and nobody could be given it: make it a component`);
  if (passive || callers > 0) refuse("it is passive, or has callers, as only those are that offer something");
  for (const [need, declared] of Object.entries(needs)) {
    if (declared.need === "calls") {
      if (declared.window > 0) refuse(`its need "${need}" has a window, and its server could not see that`);
      checkBytes(need, `the name of its need "${need}"`, refuse);
      checkBytes(declared.of.name, `the interface of its need "${need}"`, refuse);
    } else if (declared.need !== "memory") {
      refuse(`its need "${need}" is neither of a server nor of memory, and its parent has none to give`);
    } else if (declared.kept) refuse(`its need "${need}" is memory that outlives it, and a process has one life`);
  }
  checkBytes(name, "its name", refuse);
  const given = Object.keys(needs).map(() => ({ slot: 0, address: 0, bytes: 0, extra: 0 }));
  const numbers = { incarnation: 0, firstFree: 0, endFree: 0, cnodeBits: 0, replies: 0, clients: [] };
  const told = writeEnvironment({ ...numbers, needs: given, args: "x".repeat(PROCESS_ARGS_BYTES) });
  if (told.length > PAGE_BYTES) refuse("it has more needs than it can be told");
}

function checkBytes(name: string, what: string, refuse: (why: string) => never): void {
  const { length } = new TextEncoder().encode(name);
  if (length > PROCESS_NAME_BYTES) refuse(`${what} has ${length} bytes, and a message at most ${PROCESS_NAME_BYTES}`);
}
