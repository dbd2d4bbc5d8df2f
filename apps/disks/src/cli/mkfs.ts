/** `npm run mkfs`: a new file system in an image. */
import { type Command, OptionError, optionLines, readOptions, wholeNumber } from "@tessera/app-host";
import type { HostDisk } from "@tessera/app-host/session";
import { finish, mkfs, type NewVolume, parseVolume, SUPERBLOCK_AT, SUPERBLOCK_BYTES } from "@tessera/servers/ext2";
import { sectorsOf } from "../image/host-sectors.js";
import { type Host, openImage } from "./host.js";

interface Options {
  readonly help: boolean;
  readonly force: boolean;
  readonly mib: number;
  readonly seed: number | null;
  readonly label: string;
  readonly blockBytes: number | null;
  readonly inodes: number | null;
}

const MIB = 2 ** 20;
const MOST_MIB = 65_536;
const DEFAULT_MIB = 64;

const COMMAND: Command<Options> = {
  script: "mkfs",
  defaults: { help: false, force: false, mib: DEFAULT_MIB, seed: null, label: "", blockBytes: null, inodes: null },
  isAnswered: ({ help }) => help,
  options: {
    "--size": {
      operand: "MIB",
      help: [`MiB of an image that is made (default ${DEFAULT_MIB}); one that is there keeps its size`],
      apply: (options, name, operand) => ({ ...options, mib: wholeNumber(name, operand, 1, MOST_MIB) }),
    },
    "--label": {
      operand: "TEXT",
      help: ["what it is called, up to 16 bytes"],
      apply: (options, _, operand = "") => ({ ...options, label: operand }),
    },
    "--block": {
      operand: "BYTES",
      help: ["1024, 2048 or 4096 (default: 4096 from 8 MiB up)"],
      apply: (options, name, operand) => ({ ...options, blockBytes: wholeNumber(name, operand) }),
    },
    "--inodes": {
      operand: "N",
      help: ["how many files and directories it can hold at least"],
      apply: (options, name, operand) => ({ ...options, inodes: wholeNumber(name, operand, 1) }),
    },
    "--seed": {
      operand: "S",
      help: ["from which its uuid follows (default: from the time)"],
      apply: (options, name, operand) => ({ ...options, seed: wholeNumber(name, operand) }),
    },
    "--force": {
      operand: "",
      help: ["also where there is a file system already"],
      apply: (o) => ({ ...o, force: true }),
    },
    "--help": { operand: "", help: ["this text"], apply: (o) => ({ ...o, help: true }) },
  },
};

const HELP = `npm run mkfs -- IMAGE [OPTION...]

Makes an ext2 file system in IMAGE, a file, which is made where there is none.

${optionLines(COMMAND.options)}
`;

/** The command. @returns its exit code: 0, or 1 when it was refused */
export function runMkfs(args: readonly string[], host: Host): number {
  const { options, words } = readOptions(COMMAND, args, host.env);
  if (options.help) {
    host.out(HELP);
    return 0;
  }
  const [image, ...rest] = words;
  if (image === undefined || rest.length > 0)
    throw new OptionError("mkfs takes the name of one image; --help says more.");
  const disk = openImage(host, image, options.mib * MIB);
  try {
    return make(disk, image, options, host);
  } finally {
    disk.close();
  }
}

function make(disk: HostDisk, image: string, options: Options, host: Host): number {
  const sectors = sectorsOf(disk);
  const head = new Uint8Array(SUPERBLOCK_BYTES);
  if (disk.sectors * 512 >= SUPERBLOCK_AT + SUPERBLOCK_BYTES) finish(sectors.read(SUPERBLOCK_AT / 512, head));
  if (!options.force && typeof parseVolume(head, disk.sectors) !== "string") {
    host.err(`${image} has a file system already: with --force what is in it is lost.\n`);
    return 1;
  }
  const nowUs = host.nowUs();
  const volume: NewVolume = {
    nowUs,
    seed: options.seed ?? nowUs,
    label: options.label,
    blank: disk.isNew,
    ...(options.blockBytes === null ? {} : { blockBytes: options.blockBytes }),
    ...(options.inodes === null ? {} : { inodes: options.inodes }),
  };
  const made = finish(mkfs(sectors, volume));
  if (typeof made === "string") {
    host.err(`No file system was made: ${made}.\n`);
    return 1;
  }
  host.out(
    `${image}: ${made.blocks} blocks of ${made.blockBytes} bytes, ${made.inodes} inodes, ${made.groups} groups.\n`,
  );
  return 0;
}
