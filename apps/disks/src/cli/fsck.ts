/** `npm run fsck`: a check of the file system in an image, and its repair. */
import { type Command, OptionError, optionLines, readOptions } from "@tessera/app-host";
import { DiskFault, type FsckReport, finish, fsck, type Verdict } from "@tessera/servers/ext2";
import { sectorsOf } from "../image/host-sectors.js";
import { type Host, openImage } from "./host.js";

interface Options {
  readonly help: boolean;
  readonly repair: boolean;
}

const COMMAND: Command<Options> = {
  script: "fsck",
  defaults: { help: false, repair: false },
  isAnswered: ({ help }) => help,
  options: {
    "--repair": { operand: "", help: ["mend what is found"], apply: (o) => ({ ...o, repair: true }) },
    "--help": { operand: "", help: ["this text"], apply: (o) => ({ ...o, help: true }) },
  },
};

const HELP = `npm run fsck -- IMAGE [OPTION...]

Checks the ext2 file system in IMAGE, a file, and says in a sentence each what is not as it should be. Nothing is written
unless that is asked for.

${optionLines(COMMAND.options)}

Exit code 0: nothing was found. 1: all that was found was mended. 4: something is left. 8: there is nothing to check.
`;

/** As other programs of this name have them. */
const EXIT: Readonly<Record<Verdict, number>> = { clean: 0, repaired: 1, damaged: 4, unreadable: 8 };

const WORDS: Readonly<Record<Verdict, string>> = {
  clean: "clean",
  repaired: "repaired",
  damaged: "damaged",
  unreadable: "not a file system that can be checked",
};

/** The command. @returns its exit code */
export function runFsck(args: readonly string[], host: Host): number {
  const { options, words } = readOptions(COMMAND, args, host.env);
  if (options.help) {
    host.out(HELP);
    return 0;
  }
  const [image, ...rest] = words;
  if (image === undefined || rest.length > 0)
    throw new OptionError("fsck takes the name of one image; --help says more.");
  const disk = openImage(host, image, null);
  try {
    if (options.repair && disk.readOnly === true) throw new OptionError(`${image} can only be read.`);
    const report = finish(fsck(sectorsOf(disk), { repair: options.repair, nowUs: host.nowUs() }));
    host.out(textOf(image, report));
    return EXIT[report.verdict];
  } catch (error) {
    if (!(error instanceof DiskFault)) throw error;
    host.err(`${image} could not be checked to the end: ${error.message}.\n`);
    return EXIT.unreadable;
  } finally {
    disk.close();
  }
}

function textOf(image: string, { verdict, findings, more, inodes, blocks }: FsckReport): string {
  const lines = findings.map(({ code, message, repaired }) => `${code}: ${message}${repaired ? " Mended." : ""}`);
  if (more > 0) lines.push(`... and ${more} more.`);
  const inUse = `${inodes.taken} of ${inodes.all} inodes and ${blocks.taken} of ${blocks.all} blocks in use`;
  lines.push(`${image}: ${WORDS[verdict]}${verdict === "unreadable" ? "" : `, ${inUse}`}`);
  return `${lines.join("\n")}\n`;
}
