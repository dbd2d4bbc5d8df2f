/**
 * The image in the root task's memory: a page for each program, in the order of their numbers, and the data behind them.
 *
 * A page is also a frame, whose capability the root task has; with a copy of it a process gets its program.
 */
import { copyIn, type Thread } from "@tessera/hal-sim/isa";
import { ROOT_IMAGE_BASE, type seL4_BootInfo, seL4_PageBits, type seL4_RISCV_Page } from "@tessera/libsel4";

const PAGE_BYTES = 2 ** seL4_PageBits;

/** What of BootInfo is needed. */
export type image_bootinfo = Pick<seL4_BootInfo, "userImageFrames">;

/** The address of program `number` of the image in the root task's memory. Plain. */
export function program_address(number: number): number {
  return ROOT_IMAGE_BASE + number * PAGE_BYTES;
}

/**
 * The capability to the page of program `number` of the image. Plain.
 * @throws RangeError when the image has no page of this number
 */
export function program_page(bootinfo: image_bootinfo, number: number): seL4_RISCV_Page {
  const { start, end } = bootinfo.userImageFrames;
  if (!(Number.isInteger(number) && number >= 0 && start + number < end)) {
    throw new RangeError(`program_page: the image has pages 0 to ${end - start - 1}, not ${number}`);
  }
  return start + number;
}

/**
 * The data of the image: an archive of executables, say. Cannot block, allocates nothing.
 * @param programs how many programs the image has, the root task counted
 * @returns whole pages, with zeros behind the data's end
 * @throws RangeError when the image has not so many pages
 */
export function* read_image_data(bootinfo: image_bootinfo, programs: number): Thread<Uint8Array> {
  const { start, end } = bootinfo.userImageFrames;
  if (!(Number.isInteger(programs) && programs >= 1 && start + programs <= end)) {
    throw new RangeError(`read_image_data: the image has ${end - start} pages, so it has not ${programs} programs`);
  }
  const bytes = new Uint8Array((end - start - programs) * PAGE_BYTES);
  yield* copyIn(program_address(programs), bytes);
  return bytes;
}
