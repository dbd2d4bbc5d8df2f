/**
 * What is in memory: frames, pages, dataspaces, and who pays for them.
 *
 *     account ── pays for ─▸ dataspace ── number ─▸ page ── lies in ─▸ frame, or slot of the swap file, or both
 *
 * A page is a content. Where it is follows from three fields:
 *
 *     frame   slot   dirty
 *     -       -      no      it was never written: zero, or what its file gives
 *     yes     -      no      as before, and in memory
 *     yes     -      yes     in memory alone
 *     -       yes    no      in swap alone
 *     yes     yes    no      in both
 *
 * While it is on its way between them, `transit` is set and nobody touches it. Dataspaces that are copies share pages
 * until one side writes: a page has all of them as `holders`, and who writes to one that has several gets its own.
 * Invariant: a page with holders is in each holder's list; one without is gone, or is when it has arrived.
 */
import type { seL4_RISCV_Page } from "@tessera/libsel4";
import type { Condition } from "../common/activity.js";
import type { Client } from "../common/client.js";
import type { File } from "../vfs/interface.js";
import type { Mapping } from "./space.js";

/** Why something cannot be had: in words, for people, and whether what lies behind it has failed. */
export interface Trouble {
  readonly why: string;
  readonly kind: "address" | "io" | "later";
}

/** What somebody may have, and has. */
export class Account {
  /** Pages in memory at a time. */
  readonly frames: number;
  /** Pages at all. */
  readonly pages: number;
  resident = 0;
  held = 0;

  constructor(frames: number, pages: number) {
    this.frames = frames;
    this.pages = pages;
  }
}

/** 4 KiB of memory, which the server sees at an address of its own for ever. */
export interface Frame {
  readonly cptr: seL4_RISCV_Page;
  readonly address: number;
  /** What lies in it; null while it is free, or something is on its way here. */
  page: Page | null;
  /** On whose account it is in use; null while it is free. */
  payer: Account | null;
  isZero: boolean;
}

/** A part of a file, as what a page is before it is written. */
export interface FilePart {
  readonly file: OpenFile;
  readonly offset: number;
}

/** A file that somebody has handed over. */
export interface OpenFile {
  readonly client: Client<typeof File>;
  /** By whom: the badge of a client. */
  readonly owner: number;
  /** Dataspaces that read it. */
  users: number;
}

/** A content of 4 KiB. */
export class Page {
  /** What it is before it is written; null: zero. */
  readonly source: FilePart | null;
  readonly holders = new Set<Dataspace>();
  readonly mappings = new Set<Mapping>();
  frame: Frame | null = null;
  slot: number | null = null;
  dirty = false;
  /** Used since the hand came by. */
  used = false;
  /** As long as it is above 0, it stays where it is. */
  pins = 0;
  /** Swap has failed for it: it stays until it is asked for again. */
  isStuck = false;
  transit: Condition<Trouble | null> | null = null;

  constructor(source: FilePart | null) {
    this.source = source;
  }

  /** Whether several hold it, so that who writes needs one of its own. */
  get isShared(): boolean {
    return this.holders.size > 1;
  }
}

/** Pages by number, to be mapped. */
export class Dataspace {
  readonly account: Account;
  /** What it has where no page is; null: zeroes. */
  readonly source: FilePart | null;
  /** How many there can be. */
  readonly length: number;
  readonly pages = new Map<number, Page>();
  /** Sessions and regions by which it is known: after the last one it is gone. */
  users = 0;
  /** Called then. */
  readonly gone: () => void;

  constructor(account: Account, length: number, source: FilePart | null = null, gone = () => {}) {
    this.account = account;
    this.length = length;
    this.source = source;
    this.gone = gone;
    if (source !== null) source.file.users += 1;
  }

  /** Whether it cannot be written: it is a file's. Copies of it can. */
  get isReadOnly(): boolean {
    return this.source !== null && this.account.pages === Number.POSITIVE_INFINITY;
  }

  /** The page at `number`, made if it was not there; null when its account may have no more. */
  page(number: number): Page | null {
    const there = this.pages.get(number);
    if (there !== undefined) return there;
    if (this.account.held >= this.account.pages) return null;
    const source = this.source === null ? null : { file: this.source.file, offset: this.source.offset + number * PAGE };
    return this.hold(number, new Page(source));
  }

  /** Hold a page at `number`, where none is. */
  hold(number: number, page: Page): Page {
    this.pages.set(number, page);
    page.holders.add(this);
    this.account.held += 1;
    return page;
  }

  /** Hold it no more. @returns the page, if one was there */
  letGo(number: number): Page | null {
    const page = this.pages.get(number);
    if (page === undefined) return null;
    this.pages.delete(number);
    page.holders.delete(this);
    this.account.held -= 1;
    const { frame } = page;
    if (frame?.payer === this.account) {
      const [heir] = page.holders;
      if (heir !== undefined) pay(frame, heir.account);
    }
    return page;
  }

  /** Pages in memory, and in swap. */
  stat(): { resident: number; swapped: number } {
    let resident = 0;
    let swapped = 0;
    for (const { frame, slot } of this.pages.values()) {
      if (frame !== null) resident += 1;
      else if (slot !== null) swapped += 1;
    }
    return { resident, swapped };
  }
}

const PAGE = 4096;

/** A frame is in use on this account from now on; null: on none. */
export function pay(frame: Frame, payer: Account | null): void {
  if (frame.payer !== null) frame.payer.resident -= 1;
  frame.payer = payer;
  if (payer !== null) payer.resident += 1;
}
