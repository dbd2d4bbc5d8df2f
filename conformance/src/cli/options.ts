/** The command line. A bad option is answered with one sentence. */

export interface Options {
  readonly paths: readonly string[];
  readonly help: boolean;
  readonly apiTable: boolean;
  /** Look at every invariant of the kernel at each of its exits. */
  readonly checkInvariants: boolean;
  readonly show?: string;
  readonly suite?: string;
}

/** The message is one sentence. */
export class BadOption extends Error {
  override readonly name = "BadOption";
}

export const HELP = `npm run conformance -- [OPTION...] [FILE or FOLDER...]

Replays recorded scenarios of the real kernel on ours and compares what the threads see.
FILE has one scenario a line (.jsonl, also compressed); a FOLDER stands for such files in it.
Without any, the project's own recordings are replayed.

  --suite NAME         only scenarios of this suite
  --show ID            replay one scenario; print recorded and ours side by side
  --check-invariants   look at the kernel's whole state after each entry; takes longer
  --api-table          replay nothing; write docs/manual/api.md anew from the recordings, libsel4 and the tests
  --help               this text

The last line is "matched N of M"; M counts every line. The exit code is 0 only if N = M.`;

export function parseOptions(args: readonly string[]): Options {
  const paths: string[] = [];
  const values: { show?: string; suite?: string } = {};
  let help = false;
  let apiTable = false;
  let checkInvariants = false;
  for (let n = 0; n < args.length; n++) {
    const arg = args[n] ?? "";
    const [, name, attached] = /^--(show|suite)(?:=(.*))?$/s.exec(arg) ?? [];
    if (name === "show" || name === "suite") {
      const value = attached ?? args[++n];
      if (value === undefined) throw new BadOption(`The option --${name} needs a value.`);
      values[name] = value;
    } else if (arg === "--help" || arg === "-h") help = true;
    else if (arg === "--api-table") apiTable = true;
    else if (arg === "--check-invariants") checkInvariants = true;
    else if (arg.startsWith("-")) throw new BadOption(`There is no option ${arg}; --help lists them.`);
    else paths.push(arg);
  }
  if (apiTable && args.length > 1) throw new BadOption("The option --api-table stands alone.");
  return { paths, help, apiTable, checkInvariants, ...values };
}
