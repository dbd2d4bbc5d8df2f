/** The reference table of the API, docs/manual/api.md: what there is, and what the recordings and the tests have of it. */
import { relative } from "node:path";
import { errorCodeName } from "@tessera/libsel4/abi";
import type { ApiCount, Refusals, SyscallCount } from "./count.js";
import { DEBUG_STUBS, METHODS, SYSTEM_CALLS } from "./methods.js";

/** From the repository's root. */
export const API_TABLE = "docs/manual/api.md";
/** What stands below is not compared when the table is checked: tests come and go. */
export const TESTS_HEADING = "## Which tests use them";

export interface Sources {
  readonly files: ReadonlyMap<string, string>;
  readonly uses: (stub: string) => readonly string[];
}

export function apiTable(count: ApiCount, { files, uses }: Sources): string {
  const link = (stub: string) => {
    const file = files.get(stub);
    if (file === undefined) throw new Error(`libsel4 has no function ${stub}`);
    return `[${stub}](${relative("docs/manual", file).replaceAll("\\", "/")})`;
  };
  const links = (stubs: readonly string[]) => stubs.map(link).join(", ");
  return `${[
    ...head(count),
    ...systemCalls(count, links),
    ...debugCalls(count, links),
    ...methods(count, links),
    ...tests(uses),
  ].join("\n")}\n`;
}

type Links = (stubs: readonly string[]) => string;

function head({ scenarios, ops }: ApiCount): string[] {
  return [
    "# The API, call by call",
    "",
    "Everything that a program can ask of the kernel, and what stands behind it: the function of `@tessera/libsel4`, whose",
    "doc block has parameters and errors with their causes; how often the recordings of the real kernel make the call and",
    "how it ended there; which tests use the function.",
    "",
    "Written by `npm run conformance -- --api-table` from the sources of libsel4, the tests, and the",
    `${text(scenarios)} recorded scenarios of ${text(ops)} operations. One test compares the numbers here with the recordings;`,
    "others replay the recordings and compare how each call ends on our kernel.",
    "",
  ];
}

function systemCalls(count: ApiCount, links: Links): string[] {
  const row = ({ name, stubs, answers }: (typeof SYSTEM_CALLS)[number]) => {
    const { begun, returned, ...ends } = count.syscall(name);
    return [links(stubs), answers, text(begun), text(returned), received(ends)];
  };
  return [
    "## System calls",
    "",
    "What is begun and does not return waits for ever, faulted, or was stopped by another thread. Of the calls that",
    "receive: a message came, or a signal, or nothing. How invocations end is told [below](#methods-of-kernel-objects).",
    "",
    ...rows(["Function", "Answered by", "Begun >", "Returned >", "With"], SYSTEM_CALLS.map(row)),
    "",
  ];
}

function received({ messages, signals, nothing }: Omit<SyscallCount, "begun" | "returned">): string {
  const parts = [
    [messages, "message"],
    [signals, "signal"],
    [nothing, "nothing"],
  ] as const;
  return parts.flatMap(([n, what]) => (n === 0 ? [] : [`${what} ${text(n)}`])).join(", ");
}

function debugCalls(count: ApiCount, links: Links): string[] {
  return [
    "## Debug calls",
    "",
    "They are answered by the kernel itself and cannot fail. The recordings have only DebugCapIdentify: the others print,",
    "name a thread, or stop the machine.",
    "",
    ...rows(
      ["Function", "Begun >"],
      DEBUG_STUBS.map((stubs) => [
        links(stubs),
        text(stubs[0] === "seL4_DebugCapIdentify" ? count.syscall("DebugCapIdentify").begun : 0),
      ]),
    ),
    "",
  ];
}

function methods(count: ApiCount, links: Links): string[] {
  const row = ({ label, stubs, object }: (typeof METHODS)[number]) => {
    const { called, done, refused, sent, arbitrary, arbitraryRefused } = count.method(label);
    return [
      ...[String(label), links(stubs), object, text(called), text(done), refusals(refused)],
      ...[text(sent), text(arbitrary), refusals(arbitraryRefused)],
    ];
  };
  return [
    "## Methods of kernel objects",
    "",
    "_Called_: by Call. _Done_: answered with 0; rarely by a notification instead, which takes every label. _Refused_: with",
    "these errors, so many times. The rest got no answer: the call faulted, or its thread was stopped. _Sent_: by a send or in",
    "the first phase of a combined call, to one of the slots in which every scenario begins with a kernel object; nobody is",
    "told how that ends.",
    "",
    "The last two columns are operations of the suite `raw`, which puts arbitrary labels and arguments to capabilities of",
    "every type. An answer 0 comes there too often from what takes every label, so only refusals are counted.",
    "",
    ...rows(
      ["Label >", "Function", "Object", "Called >", "Done >", "Refused", "Sent >", "Arbitrary >", "Of these refused"],
      METHODS.map(row),
    ),
    "",
  ];
}

function tests(uses: Sources["uses"]): string[] {
  const all = [...SYSTEM_CALLS.map(({ stubs }) => stubs), ...DEBUG_STUBS, ...METHODS.map(({ stubs }) => stubs)].flat();
  return [
    TESTS_HEADING,
    "",
    "Files below `test` that name the function; of conformance also the replayer, which builds every scenario's sandbox.",
    "Recorded operations trap without any function, so they are not in this list.",
    "",
    ...rows(
      ["Function", "Tests"],
      all.map((stub) => [stub, uses(stub).join("; ")]),
    ),
  ];
}

/** The most frequent first. */
function refusals(refused: Refusals): string {
  return [...refused]
    .sort(([a, n], [b, m]) => m - n || a - b)
    .map(([code, times]) => `${errorCodeName(code)} ${text(times)}`)
    .join(", ");
}

function text(n: number): string {
  return n.toLocaleString("en");
}

/** A table, its columns aligned; those whose heading ends in ">" are set right. */
function rows(headings: readonly string[], cells: readonly (readonly string[])[]): string[] {
  const names = headings.map((heading) => heading.replace(" >", ""));
  const isRight = headings.map((heading) => heading.endsWith(">"));
  const widths = names.map((name, n) => Math.max(3, name.length, ...cells.map((row) => row[n]?.length ?? 0)));
  const pad = (cell: string, n: number) => (isRight[n] ? cell.padStart(widths[n] ?? 0) : cell.padEnd(widths[n] ?? 0));
  const line = (row: readonly string[]) => `| ${row.map(pad).join(" | ")} |`;
  const rule = widths.map((width, n) => (isRight[n] ? `${"-".repeat(width - 1)}:` : "-".repeat(width)));
  return [line(names), line(rule), ...cells.map(line)];
}
