/** The disk of a session: which one it is, as the command's options say. */
import { type DiskBackEnd, memoryDisk } from "@tessera/hal-sim";
import type { OptionTable } from "../options/command-line.js";
import { fileName, wholeNumber } from "../options/operands.js";
import { OptionError } from "../options/option-error.js";
import type { Host } from "./host.js";

/** A disk that the host keeps. */
export interface HostDisk extends DiskBackEnd {
  /** It was made just now, and holds zeroes. */
  readonly isNew: boolean;
  /** Give it back: others may use it now. Nothing happens the second time. */
  close(): void;
}

/** Where the host keeps disks. */
export interface Disks {
  /** The file in which a disk of this name is kept when nobody names one: in the folder for the user's data. */
  usual(name: string): string;
  /**
   * The disk in a file, which is made, with so many bytes of zeroes, where there is none.
   * @param isUsual its folder is made, too
   * @throws Error with a sentence when that cannot be done, or somebody else uses it
   */
  open(path: string, bytes: number, isUsual: boolean): HostDisk;
}

/** The disk that a command's machine has. */
export interface DiskOfCommand {
  /** By which the user's data folder has it. */
  readonly name: string;
  /** MiB that it has when it is made, unless the options say otherwise. */
  readonly mib: number;
}

/** What the options of a session with a disk say of it. */
export interface DiskOptions {
  /** A file, or "memory"; null: the usual one. */
  readonly disk: string | null;
  /** MiB of a disk that is made; null: as usual. */
  readonly size: number | null;
}

/** When nothing is asked for. */
export const DISK_DEFAULTS: DiskOptions = { disk: null, size: null };

/** The name of no file: a disk that is gone with the session. */
const MEMORY = "memory";
const MOST_MIB = 65_536;

/** The options about the disk of a session. */
export function diskOptions<O extends DiskOptions>({ name, mib }: DiskOfCommand): OptionTable<O> {
  return {
    "--disk": {
      operand: "FILE",
      help: [
        "the image of the disk, which is made where there is none; `memory`: a disk that is gone with",
        `the session (default: ${name}.img in the folder tessera of the user's data)`,
      ],
      apply: (options, option, operand) => ({ ...options, disk: fileName(option, operand) }),
    },
    "--size": {
      operand: "MIB",
      help: [`MiB of a disk that is made (default ${mib})`],
      apply: (options, option, operand) => ({ ...options, size: wholeNumber(option, operand, 1, MOST_MIB) }),
    },
  };
}

/**
 * The disk that a session asks for. The user is told of one that was made, or can only be read.
 * @throws OptionError when there is none to be had
 */
export function openDisk(options: DiskOptions, { name, mib }: DiskOfCommand, { disks, err }: Host): HostDisk {
  const size = options.size ?? mib;
  if (options.disk === MEMORY) return { ...memoryDisk(size * 2 ** 20), isNew: true, close() {} };
  const path = options.disk ?? disks.usual(name);
  const disk = openFile(disks, path, size * 2 ** 20, options.disk === null);
  if (disk.isNew) err(`The disk is new: ${path}, ${size} MiB.\n`);
  if (disk.readOnly === true) err(`The disk can only be read, since ${path} can.\n`);
  return disk;
}

function openFile(disks: Disks, path: string, bytes: number, isUsual: boolean): HostDisk {
  try {
    return disks.open(path, bytes, isUsual);
  } catch (error) {
    throw new OptionError(`There is no disk: ${(error as Error).message}`);
  }
}
