/**
 * One call of a program that means no good: any label on any capability, with arguments that are plausible for the label
 * half of the time and random else, by any of the system calls.
 */
import type { Syscall, Thread } from "@tessera/hal-sim/isa";
import {
  seL4_Call,
  seL4_MessageInfo_new,
  type seL4_MessageInfo_t,
  seL4_NBRecv,
  seL4_NBSend,
  seL4_NBSendRecv,
  seL4_NBSendWait,
  seL4_NBWait,
  seL4_Recv,
  seL4_ReplyRecv,
  seL4_Send,
  seL4_SetCap,
  seL4_SetCapReceivePath,
  seL4_SetMR,
  seL4_Wait,
  seL4_WordBits,
  seL4_Yield,
} from "@tessera/libsel4";
import type { Dice } from "./dice.js";

/** The capabilities a hostile program was given: slots of its cell by kind. */
export interface Cell {
  readonly slots: number;
  readonly root: number;
  readonly byKind: Readonly<Record<string, readonly number[]>>;
}

interface Arguments {
  readonly service: number;
  readonly words: readonly (number | bigint)[];
  readonly caps: readonly number[];
}

type Make = (dice: Dice, cell: Cell) => Arguments;

const D = seL4_WordBits;
const slot = (dice: Dice, cell: Cell) => dice.below(cell.slots);
const of = (dice: Dice, cell: Cell, kind: string) =>
  dice.chance(85) ? dice.pick(cell.byKind[kind] ?? [0]) : slot(dice, cell);
const vaddr = (dice: Dice) => 0x400000 + 0x1000 * dice.below(8) + dice.pick([0, 0, 0, 0, 8]) + dice.pick([0, 2 ** 30]);

const onTcb =
  (words: (dice: Dice) => readonly (number | bigint)[], ...kinds: readonly string[]): Make =>
  (dice, cell) => ({
    service: of(dice, cell, "tcb"),
    words: words(dice),
    caps: kinds.map((kind) => of(dice, cell, kind)),
  });
const onSlot: Make = (dice, cell) => ({ service: cell.root, words: [slot(dice, cell), D], caps: [] });
const twoSlots =
  (more: (dice: Dice) => readonly (number | bigint)[]): Make =>
  (dice, cell) => ({
    service: of(dice, cell, "cnode"),
    words: [slot(dice, cell), dice.pick([D, D, 4]), slot(dice, cell), D, ...more(dice)],
    caps: [cell.root],
  });
const on =
  (kind: string, words: (dice: Dice, cell: Cell) => readonly (number | bigint)[], ...kinds: readonly string[]): Make =>
  (dice, cell) => ({
    service: of(dice, cell, kind),
    words: words(dice, cell),
    caps: kinds.map((extra) => of(dice, cell, extra)),
  });
const none = () => [];
const guard = (dice: Dice) => dice.pick([0, 0, 56, 60, 64 + 1, 1n << 63n]);
const registers = (dice: Dice) => [dice.below(2), dice.below(34), ...Array.from({ length: 34 }, () => dice.word())];

/** What each label plausibly takes; index = label. */
const PLAUSIBLE: readonly Make[] = [
  onSlot,
  on(
    "untyped",
    (d, c) => [d.below(11), d.pick([0, 1, 4, 5, 6, 7, 8, 10, 12]), 0, 0, slot(d, c), 1 + d.below(3)],
    "root",
  ),
  onTcb((d) => [d.below(2), d.below(34)]),
  onTcb(registers),
  onTcb((d) => [d.below(16)], "tcb"),
  onTcb((d) => [guard(d), 0, d.pick([0, 1024, 0x100000])], "cnode", "vspace", "frame"),
  onTcb((d) => [d.below(256)], "tcb"),
  onTcb((d) => [d.below(256)], "tcb"),
  onTcb((d) => [d.below(256), d.below(256)], "tcb", "sc", "endpoint"),
  onTcb(none, "endpoint"),
  onTcb((d) => [d.pick([0, 1024, 1025])], "frame"),
  onTcb((d) => [guard(d), 0], "endpoint", "cnode", "vspace"),
  onTcb(none),
  onTcb(none),
  onTcb(none, "notification"),
  onTcb(none),
  onTcb((d) => [d.word()]),
  onTcb((d) => [d.word(), d.word()]),
  onSlot,
  onSlot,
  onSlot,
  twoSlots((d) => [d.below(16)]),
  twoSlots((d) => [d.below(16), d.word()]),
  twoSlots(none),
  twoSlots((d) => [guard(d)]),
  (d, c) => ({
    service: c.root,
    words: [slot(d, c), D, guard(d), slot(d, c), D, guard(d), slot(d, c), D],
    caps: [c.root, c.root],
  }),
  on("irqControl", (d, c) => [d.below(98), slot(d, c), D], "root"),
  on("irqHandler", none),
  on("irqHandler", none, "notification"),
  on("irqHandler", none),
  on("domain", (d) => [d.below(3)], "tcb"),
  on("domain", (d) => [d.below(4), d.below(3), d.word()]),
  on("domain", (d) => [d.below(4)]),
  on("schedControl", (d) => [20 + d.below(3000), 3000 + d.below(3000), d.below(3), d.word(), d.below(2)], "sc"),
  on("sc", none, "tcbOrNotification"),
  on("sc", none),
  on("sc", none, "tcbOrNotification"),
  on("sc", none),
  on("sc", none),
  on("pageTable", (d) => [vaddr(d), 0], "vspace"),
  on("pageTable", none),
  on("frame", (d) => [vaddr(d), d.below(4), d.below(2)], "vspace"),
  on("frame", none),
  on("frame", none),
  on("asidControl", (d, c) => [slot(d, c), D], "untyped", "root"),
  on("asidPool", none, "pageTable"),
  on("irqControl", (d, c) => [d.below(98), d.below(2), slot(d, c), D], "root"),
];

export const LABELS = PLAUSIBLE.length;

function plan(dice: Dice, cell: Cell): Arguments & { readonly label: number } {
  const label = dice.below(LABELS);
  if (dice.chance(60)) return { label, ...PLAUSIBLE[label]!(dice, cell) };
  const service = slot(dice, cell);
  const words = Array.from({ length: dice.below(12) }, () => dice.word());
  const caps = Array.from({ length: dice.below(4) }, () => slot(dice, cell));
  return { label: dice.chance(90) ? label : Number(dice.word() & 0xfffffffffffffn), service, words, caps };
}

/** Make one call. It may block, fault, or be the last one that this program makes. */
export function* hostileCall(dice: Dice, cell: Cell): Thread {
  const { label, service, words, caps } = plan(dice, cell);
  words.forEach((word, i) => {
    seL4_SetMR(i, word);
  });
  caps.forEach((cptr, i) => {
    seL4_SetCap(i, cptr);
  });
  if (dice.chance(10)) seL4_SetCapReceivePath(cell.root, slot(dice, cell), D);
  const length = dice.chance(90) ? words.length : dice.below(128);
  yield* issue(dice, cell, service, seL4_MessageInfo_new(label, 0, caps.length, length));
}

function issue(dice: Dice, cell: Cell, service: number, info: seL4_MessageInfo_t): Syscall<unknown> {
  if (dice.chance(75)) return seL4_Call(service, info);
  const from = of(dice, cell, dice.pick(["endpoint", "notification"]));
  const reply = of(dice, cell, "reply");
  switch (dice.below(11)) {
    case 0:
      return seL4_Send(service, info);
    case 1:
      return seL4_NBSend(dice.chance(50) ? service : reply, info);
    case 2:
      return seL4_Recv(from, reply);
    case 3:
      return seL4_NBRecv(from, reply);
    case 4:
      return seL4_ReplyRecv(from, info, reply);
    case 5:
      return seL4_NBSendRecv(dice.chance(50) ? service : of(dice, cell, "endpoint"), info, from, reply);
    case 6:
      return seL4_NBSendWait(dice.chance(50) ? service : of(dice, cell, "notification"), info, from);
    case 7:
      return seL4_Wait(from);
    case 8:
      return seL4_NBWait(from);
    case 9:
      return seL4_Call(of(dice, cell, "endpoint"), info);
    default:
      return seL4_Yield();
  }
}
