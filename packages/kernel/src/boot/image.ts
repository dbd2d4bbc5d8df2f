/** The root task's image in memory: a page of instructions per program, then the data. */
import type { Image, PhysicalMemory } from "@tessera/hal-sim";
import { programWords } from "@tessera/hal-sim/isa";
import { PAGE_BYTES } from "./vspace-layout.js";

export function imagePages(image: Image): number {
  return image.programs.length + Math.ceil(image.data.length / PAGE_BYTES);
}

/** Write the image to RAM from `paddr` on. */
export function writeImage(memory: PhysicalMemory, image: Image, paddr: number): void {
  for (let n = 0; n < image.programs.length; n++) {
    const index = memory.index(paddr + n * PAGE_BYTES);
    programWords(n).forEach((word, i) => {
      memory.words[index + i] = word;
    });
  }
  memory.writeBytes(paddr + image.programs.length * PAGE_BYTES, image.data);
}
