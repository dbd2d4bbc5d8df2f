/**
 * Disks, as sessions. Whoever has one can reach the sectors of it and no others: a part of a disk is a disk.
 *
 * Data travels through the client's window. What was written is in the server's cache, and on the disk at some time to
 * come; `flush` waits until it is there.
 */
import { define, op, sessionOf } from "../common/define.js";
import { bool, u32, u53 } from "../common/field.js";

/** Bytes of a sector, by which places on every disk are counted. */
export const SECTOR_BYTES = 512;

/**
 * A disk, or a part of one.
 *
 * Errors: `BadRange` for sectors that it does not have, `NoWindow` for what does not lie in the client's window, `Denied`
 * for writing where only reading was given, `IO` when the device could not do it. What was written and could not be
 * carried out to the device is told by the next `flush` of the same session, once.
 */
export const Disk = define("disk", {
  /** How many sectors it has, whether it can be written, and whether `discard` frees anything. */
  geometry: op({}, { sectors: u53, writable: bool, discards: bool }),
  /** `count` sectors from `sector` up, to the window at `at`. */
  read: op({ sector: u53, count: u32, at: u32 }, {}, ["BadRange", "NoWindow", "IO"], { waits: true }),
  /** `count` sectors from `sector` up, from the window at `at`. They are read back at once, also by others. */
  write: op({ sector: u53, count: u32, at: u32 }, {}, ["BadRange", "NoWindow", "Denied", "IO"], { waits: true }),
  /** What was written by this session before reaches the disk before anything that it writes from now on. */
  barrier: op({}, {}, ["Denied", "IO"], { waits: true }),
  /** Wait until all that was written by this session is on the disk to stay. */
  flush: op({}, {}, ["IO"], { waits: true }),
  /** The contents of these sectors are not needed any more: what is read there until they are written is anything. */
  discard: op({ sector: u53, count: u53 }, {}, ["BadRange", "Denied", "IO"], { waits: true }),
  /** A session of `count` sectors from `sector` up, which begin at 0 for it. What this one may not write, it may not. */
  part: op({ sector: u53, count: u53, write: bool }, { disk: sessionOf() }, ["BadRange", "Denied"]),
});
