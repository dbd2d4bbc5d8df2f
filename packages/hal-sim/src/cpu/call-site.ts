/**
 * Where in a program a call was made, read from a host stack.
 *
 * Innermost stand the stub and what it is made of, then perhaps functions of libraries, then the program's own; below it
 * there is the machine, which resumed the program's generator. The stack is cut there. What is told is the innermost
 * line of the program's own, and the library function that this line calls. Libraries are the packages that lie beside
 * this one, and whatever was installed; a program that has no other frames is itself a part of one. Host stacks are
 * for explanations alone and never reach the trace.
 */

export interface CallSite {
  /** Name of the function called, such as `seL4_Send` or `cspace_mint`. */
  readonly call: string;
  /** `file:line:column` of the program's line, or the empty string when the engine gives none. */
  readonly place: string;
  /** The function of a library, in which the trap was; empty when the program called the stub itself. */
  readonly within: string;
}

export const UNKNOWN_SITE: CallSite = { call: "a system call", place: "", within: "" };

interface Frame {
  readonly name: string;
  readonly place: string;
}

interface StackTraces {
  captureStackTrace?: (target: object, above: unknown) => void;
  stackTraceLimit?: number;
}
const engine = Error as unknown as StackTraces;

/** Enough for a program's line behind libraries whose generators call each other: two frames each. */
const FRAMES = 40;

/**
 * Remember the stack above the port's function `above`; reading it is put off until somebody asks. Where intrinsics are
 * frozen the engine's limit stays as it is, and a line behind many frames is not found.
 */
export function captureSite(above: unknown): Error {
  const { stackTraceLimit: limit } = engine;
  // The stack that the error itself would take along is the same one and costs as much again.
  const isOurs =
    typeof limit === "number" && engine.captureStackTrace !== undefined && Reflect.set(engine, "stackTraceLimit", 0);
  const site = new Error(typeof above === "function" ? above.name : "");
  if (isOurs) engine.stackTraceLimit = Math.max(limit, FRAMES);
  engine.captureStackTrace?.(site, above);
  if (isOurs) engine.stackTraceLimit = limit;
  return site;
}

/** The call and its place in a stack that begins with the frames of a stub. */
export function readSite(site: Error): CallSite {
  const frames = aboveMachine(parse(stackOf(site)));
  const first = frames[0];
  if (first === undefined) return UNKNOWN_SITE;
  const own = indexOfProgram(frames);
  const caller = frames[own - 1];
  // A program that has no stub between itself and the port.
  if (caller === undefined) return { call: `port().${site.message}`, place: first.place, within: "" };
  const target = frames[own];
  if (target === undefined) return { call: first.name, place: "", within: "" };
  const isLibraryCall = isLibrary(caller) && !isStub(caller);
  return { call: caller.name, place: target.place, within: isLibraryCall ? caller.name : "" };
}

/**
 * Index of the frame whose line is told: the innermost that is the program's own, else that of the library which the
 * program is part of; one behind the last frame when all are those of stubs. A program may bring its own stub: the
 * functions that share its folder of sources, or its file, when there is another one behind them.
 */
function indexOfProgram(frames: readonly Frame[]): number {
  const own = frames.findIndex((frame) => !isLibrary(frame));
  if (own > 0) return own;
  if (own < 0) {
    const outside = frames.findIndex((frame) => !isStub(frame));
    return outside >= 0 ? outside : frames.length;
  }
  const stub = sourcesOf(frames[0]?.place ?? "");
  const behind = frames.findIndex(({ place }) => sourcesOf(place) !== stub);
  return Math.max(behind, 0);
}

/** The part of a path up to its last `/src/`, or else its file. */
function sourcesOf(place: string): string {
  const path = place.replace(/:\d+:\d+$/, "");
  const src = path.lastIndexOf("/src/");
  return src >= 0 ? path.slice(0, src + 5) : path;
}

/**
 * The frames of the program and of what it calls. The driver resumes generators with the engine's own `next`; a program
 * that delegates has more of those, so what counts is that the machine stands behind it.
 */
function aboveMachine(frames: readonly Frame[]): Frame[] {
  const machine = frames.findIndex((frame, i) => i > 0 && frame.place === "" && isDriver(frames[i + 1]));
  const own = machine >= 0 ? frames.slice(0, machine) : frames.slice(0, firstOfMachine(frames));
  return own.filter(({ place }) => place !== "");
}

/** Where the machine begins in a stack whose engine tells no frame of its own `next`. */
function firstOfMachine(frames: readonly Frame[]): number {
  const outside = frames.findIndex(({ place }) => packageOf(place) !== OWN.name);
  const machine = frames.findIndex((frame, i) => outside >= 0 && i > outside && isDriver(frame));
  return machine >= 0 ? machine : frames.length;
}

function isDriver(frame: Frame | undefined): boolean {
  return frame !== undefined && frame.place !== "" && packageOf(frame.place) === OWN.name && OWN.name !== "";
}

/** The packages that stubs are in. */
const STUB_PACKAGES: readonly string[] = ["hal-sim", "libsel4"];

function isStub({ place }: Frame): boolean {
  return STUB_PACKAGES.includes(packageOf(place));
}

function isLibrary({ place }: Frame): boolean {
  return packageOf(place) !== "";
}

/** The stack of what a program threw, as text: as far as it is the program's, without the engine's and the machine's. */
export function programStack(error: Error): string {
  const lines = stackOf(error).split("\n");
  const isNative = (line: string | undefined): boolean => parse(line ?? "")[0]?.place === "";
  const machine = lines.findIndex((line, i) => isDriver(parse(line)[0]) && isNative(lines[i - 1]));
  const own = machine < 0 ? lines : lines.slice(0, machine);
  return own.filter((line) => !isNative(line)).join("\n");
}

/** The stack as text; a program may have replaced what the engine makes it with. */
function stackOf(site: Error): string {
  try {
    return String(site.stack);
  } catch {
    return "";
  }
}

/** One frame a line: `at name (file:1:2)`, `at file:1:2` and `at name (<anonymous>)` (V8), `name@file:1:2` (others). */
const V8_FRAME = /^\s*at (?:(.*?) \()?((?:.*?:\d+:\d+)|<anonymous>)\)?$/;
const OTHER_FRAME = /^(.*?)@(.*?:\d+:\d+)$/;

function parse(stack: string): Frame[] {
  const frames: Frame[] = [];
  for (const line of stack.split("\n")) {
    const found = V8_FRAME.exec(line) ?? OTHER_FRAME.exec(line);
    if (found === null) continue;
    const name = (found[1] ?? "").replace(/^(?:Object|Module|exports)\./, "").replace(/ \[as .*\]$/, "");
    const place = found[2] === "<anonymous>" ? "" : (found[2] ?? "");
    frames.push({ name: name === "" ? "an unnamed function" : name, place });
  }
  return frames;
}

/** A package that was installed, and one in a folder with others. */
const INSTALLED = /^.*\/node_modules\/(?:@[^/]+\/)?([^/]+)\//;
const BESIDE = /^(.*\/)([^/]+)\/(?:src|dist)\//;

/** The folder that holds this package and those beside it, and this package's name; empty when it was bundled. */
const OWN = ((): { readonly family: string; readonly name: string } => {
  const place = parse(stackOf(new Error("where this file is"))).find((frame) => frame.place !== "")?.place ?? "";
  const found = BESIDE.exec(place);
  return { family: found?.[1] ?? "", name: found?.[2] ?? "" };
})();

/** The library that a place is in, or the empty string for what is the program's own. */
function packageOf(place: string): string {
  const installed = INSTALLED.exec(place)?.[1];
  if (installed !== undefined) return installed;
  if (OWN.family === "" || !place.startsWith(OWN.family)) return "";
  const rest = place.slice(OWN.family.length);
  const end = rest.search(/\/(?:src|dist)\//);
  return end < 0 || rest.slice(0, end).includes("/") ? "" : rest.slice(0, end);
}
