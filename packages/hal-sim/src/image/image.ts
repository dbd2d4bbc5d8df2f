/**
 * An image: the programs and data that a machine starts with.
 *
 * Programs are numbered from 0 in the order they are given; 0 is the root task. Each becomes one page of real
 * instructions (isa/program.ts); the kernel's boot copies the pages into frames of the root task, and the data pages
 * behind them. The image itself is never written to.
 */
import { MAX_PROGRAMS, type Program } from "../isa/index.js";

/** A program of an image, and the name that traces and transcripts give it. */
export interface ImageProgram {
  readonly name: string;
  readonly program: Program;
}

/** The programs and data that a machine starts with. */
export interface Image {
  /** Index = program number; 0 is the root task. */
  readonly programs: readonly ImageProgram[];
  /** Placed on the pages behind the programs; may be empty. */
  readonly data: Uint8Array;
}

/**
 * @throws TypeError when a program is no function, RangeError when there is none or too many.
 * @example
 * ```ts
 * import { createImage } from "@tessera/hal-sim";
 *
 * const image = createImage({ *root() {}, *server() {} });
 * console.log(image.programs.map(({ name }) => name).join()); // root,server
 * ```
 */
export function createImage(programs: Record<string, Program>, data: Uint8Array = new Uint8Array(0)): Image {
  const list = Object.entries(programs).map(([name, program]) => ({ name, program }));
  if (list.length === 0) throw new RangeError("an image needs at least one program: the root task");
  if (list.length > MAX_PROGRAMS) throw new RangeError(`an image holds at most ${MAX_PROGRAMS} programs`);
  for (const { name, program } of list) {
    if (typeof program !== "function")
      throw new TypeError(`program "${name}" of the image is not a generator function`);
  }
  return { programs: list, data };
}
