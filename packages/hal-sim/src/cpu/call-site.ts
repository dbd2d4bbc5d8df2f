/**
 * Where in a program a call was made, read from a host stack.
 *
 * A stub is called by a program, perhaps through functions of its own package. The frames that share the package of
 * the innermost one belong to the stub; the last of them is the call by its name, and the frame behind it is where
 * the program wrote it. Host stacks are for explanations alone and never reach the trace.
 */

export interface CallSite {
  /** Name of the function called, such as `seL4_Send`. */
  readonly call: string;
  /** `file:line:column`, or the empty string when the engine gives none. */
  readonly place: string;
}

interface Frame {
  readonly name: string;
  readonly place: string;
}

type Capture = (target: object, above: unknown) => void;
const captureStackTrace = (Error as unknown as { captureStackTrace?: Capture }).captureStackTrace;

/** Remember the stack above function `stub`; reading it is put off until somebody asks. */
export function captureSite(above: unknown): Error {
  const site = new Error("call site");
  captureStackTrace?.(site, above);
  return site;
}

/** The call and its place in a stack whose innermost frame is that of a stub. */
export function readSite(site: Error): CallSite {
  const frames = parse(stackOf(site));
  const first = frames[0];
  if (first === undefined) return { call: "a system call", place: "" };
  const owner = packageOf(first.place);
  let last = 0;
  while (owner !== "" && frames[last + 1] !== undefined && packageOf(frames[last + 1]!.place) === owner) last++;
  return { call: frames[last]!.name, place: frames[last + 1]?.place ?? "" };
}

/** The stack as text; a program may have replaced what the engine makes it with. */
function stackOf(site: Error): string {
  try {
    return String(site.stack);
  } catch {
    return "";
  }
}

/** One frame a line: `at name (file:1:2)` and `at file:1:2` (V8), `name@file:1:2` (others). */
const V8_FRAME = /^\s*at (?:(.*?) \()?(.*?:\d+:\d+)\)?$/;
const OTHER_FRAME = /^(.*?)@(.*?:\d+:\d+)$/;

function parse(stack: string): Frame[] {
  const frames: Frame[] = [];
  for (const line of stack.split("\n")) {
    const found = V8_FRAME.exec(line) ?? OTHER_FRAME.exec(line);
    if (found === null) continue;
    const name = (found[1] ?? "").replace(/^(?:Object|Module|exports)\./, "").replace(/ \[as .*\]$/, "");
    frames.push({ name: name === "" ? "an unnamed function" : name, place: found[2]! });
  }
  return frames;
}

/** The part of a path up to its last `/src/`, or else its folder. */
function packageOf(place: string): string {
  const path = place.replace(/:\d+:\d+$/, "");
  const src = path.lastIndexOf("/src/");
  return src >= 0 ? path.slice(0, src + 5) : path;
}
