/**
 * One spoiled volume: what becomes of it, and of those who use it.
 *
 *     look ─▸ open, walk, use ─▸ look ─▸ repair ─▸ look, open, walk, use ─▸ look
 *
 * Whatever lies there: nobody throws, nobody goes on for ever, nobody reaches outside of the disk, every answer is one that
 * is declared, and data does not get where the volume has its books. A volume that a check finds in order is in order after
 * it was used, too; and one that was mended can be read from end to end, and used.
 */
import { Prng } from "@tessera/hal-sim";
import {
  type FsckReport,
  finish,
  fsck,
  isMetadata,
  parseGroups,
  parseVolume,
  SUPERBLOCK_AT,
  SUPERBLOCK_BYTES,
} from "@tessera/servers/ext2";
import { Opened } from "../image/opened.js";
import { BEGIN_US } from "./bases.js";
import { MARK, VolumeClient } from "./client.js";
import { GuardedDisk, Misbehaviour } from "./guarded-disk.js";
import { type Places, spoil } from "./spoil.js";

/** What came of it. */
export interface Outcome {
  /** What was spoiled. */
  readonly changes: readonly string[];
  /** What is wrong with those who used it, as a sentence; null: nothing. */
  readonly problem: string | null;
  /** What a check said of it first, and of the attempt to mend it. */
  readonly looked: string;
  readonly repaired: string;
  /** Whether it could be opened. */
  readonly opened: boolean;
  readonly answers: ReadonlyMap<string, number>;
}

/** Operations on a volume as it is, and on one that was mended. */
const STEPS = 30;
const STEPS_AFTER = 10;
/** For each sector of the disk so many may be read and written, and these in any case. */
const TRAFFIC = 60;
const LEAST_TRAFFIC = 2 ** 20;
/** So many bytes of data in a row are no accident. */
const MARKED_BYTES = 64;

/** Try one. The same base, seed and run, the same trial. */
export function tryImage(base: Uint8Array, places: Places, seed: number, run: number): Outcome {
  const prng = new Prng(seed, run);
  const image = base.slice();
  const changes = spoil(image, places, prng);
  const trial = new Trial(new GuardedDisk(image), prng);
  let problem: string | null = null;
  try {
    trial.run();
  } catch (error) {
    problem =
      error instanceof Misbehaviour ? `${trial.part}: ${error.message}` : `${trial.part}: ${(error as Error).stack}`;
  }
  return { changes, problem, ...trial.outcome };
}

class Trial {
  /** What is under way. */
  part = "";
  readonly #disk: GuardedDisk;
  readonly #prng: Prng;
  readonly #answers = new Map<string, number>();
  #looked = "";
  #repaired = "";
  #opened = false;

  constructor(disk: GuardedDisk, prng: Prng) {
    this.#disk = disk;
    this.#prng = prng;
  }

  get outcome(): Omit<Outcome, "changes" | "problem"> {
    return { looked: this.#looked, repaired: this.#repaired, opened: this.#opened, answers: this.#answers };
  }

  run(): void {
    const first = this.#look("check");
    this.#looked = first.verdict;
    this.#use("use", STEPS, false);
    const used = this.#look("check after use");
    if (first.verdict === "clean" && used.verdict !== "clean") wrong(used);
    this.part = "repair";
    this.#allow();
    const mended = finish(fsck(this.#disk, { repair: true, nowUs: BEGIN_US }));
    this.#repaired = mended.verdict;
    if (mended.verdict !== "clean" && mended.verdict !== "repaired") return;
    const again = this.#look("check after repair");
    if (again.verdict !== "clean") wrong(again);
    this.#use("use after repair", STEPS_AFTER, true);
    const last = this.#look("check after use after repair");
    if (last.verdict !== "clean") wrong(last);
  }

  #look(part: string): FsckReport {
    this.part = part;
    this.#allow();
    const before = this.#disk.traffic.written;
    const report = finish(fsck(this.#disk, { repair: false, nowUs: BEGIN_US }));
    if (this.#disk.traffic.written !== before) throw new Misbehaviour("something was written");
    return report;
  }

  #use(part: string, steps: number, isInOrder: boolean): void {
    this.part = part;
    this.#allow();
    const volume = Opened.on(this.#disk, BEGIN_US);
    if (typeof volume === "string") {
      if (isInOrder) throw new Misbehaviour(`it cannot be opened: ${volume}`);
      return;
    }
    this.#opened = true;
    // Features of the volume may say so.
    const wasReadOnly = volume.files.whyReadOnly !== null;
    const client = new VolumeClient(volume, this.#prng);
    const words = client.walk();
    if (isInOrder && words.length > 0) {
      const why = volume.files.whyReadOnly ?? "it can be written";
      throw new Misbehaviour(`what is there is answered with ${words.join(", ")}; ${why}`);
    }
    for (let step = 0; step < steps; step++) client.step();
    client.leave();
    if (isInOrder && !wasReadOnly && volume.files.whyReadOnly !== null) {
      throw new Misbehaviour(`it is not written any more: ${volume.files.whyReadOnly}`);
    }
    for (const [word, count] of client.answers) this.#answers.set(word, (this.#answers.get(word) ?? 0) + count);
    this.#checkBooks();
  }

  #allow(): void {
    this.#disk.allow(LEAST_TRAFFIC + TRAFFIC * this.#disk.sectors);
  }

  /** No data is where the volume has its books. */
  #checkBooks(): void {
    const head = parseVolume(this.#bytes(SUPERBLOCK_AT, SUPERBLOCK_BYTES), this.#disk.sectors);
    if (typeof head === "string") throw new Misbehaviour(`the superblock was spoiled: ${head}`);
    const { geometry } = head;
    const { blockBytes } = geometry;
    const table = this.#bytes((geometry.firstDataBlock + 1) * blockBytes, geometry.groupBlocks * blockBytes);
    const groups = parseGroups(table, geometry);
    if (typeof groups === "string") throw new Misbehaviour(`the descriptors were spoiled: ${groups}`);
    for (let block = 0; block < geometry.blocks; block++) {
      if (!isMetadata(block, geometry, groups) || !isMarked(this.#bytes(block * blockBytes, blockBytes))) continue;
      throw new Misbehaviour(`data was written to block ${block}, where the volume has its books`);
    }
  }

  #bytes(at: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    finish(this.#disk.read(at / 512, bytes));
    return bytes;
  }
}

function isMarked(bytes: Uint8Array): boolean {
  for (let at = 0; at + MARKED_BYTES <= bytes.length; at += MARKED_BYTES) {
    if (bytes[at] === MARK && bytes.subarray(at, at + MARKED_BYTES).every((byte) => byte === MARK)) return true;
  }
  return false;
}

function wrong({ verdict, findings }: FsckReport): never {
  const said = findings.slice(0, 5).map(({ message }) => message);
  throw new Misbehaviour(`it is ${verdict}: ${said.join(" ")}`);
}
