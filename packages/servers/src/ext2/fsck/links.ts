/** That every inode knows how many names it has; a directory counts its own "." and the ".." of those in it, too. */
import type { Thread } from "@tessera/hal-sim/isa";
import { ROOT_INODE } from "../format/inode.js";
import { DIRECTORY } from "./claims.js";
import type { CheckedVolume } from "./volume.js";

/** A count of links has 16 bits. */
const MOST_LINKS = 65535;

/** Check all counts of links. */
export function* checkLinks(volume: CheckedVolume): Thread<void> {
  const below = new Uint32Array(volume.kinds.length);
  for (const number of volume.directories.keys()) {
    const parent = volume.parents[number]!;
    if (parent !== 0 && number !== ROOT_INODE) below[parent]! += 1;
  }
  for (let number = ROOT_INODE; number < volume.kinds.length; number++) {
    const kind = volume.kinds[number]!;
    if (kind === 0) continue;
    const links = Math.min(kind === DIRECTORY ? 2 + below[number]! : volume.names[number]!, MOST_LINKS);
    const numbered = yield* volume.inode(number);
    const message = `Inode ${number} says that it has ${numbered.inode.links} links, and has ${links}.`;
    if (numbered.inode.links === links || links === 0 || !volume.findings.tell("links", message)) continue;
    numbered.inode.links = links;
    yield* volume.save(numbered);
  }
}
