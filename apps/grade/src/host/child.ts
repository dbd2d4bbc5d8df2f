/**
 * The process that grades, from outside. It runs what somebody else has written, so it may hold itself for ever, print
 * for ever, die, or stay when all is done: it is ended when it gives no sign of life, when it prints too much, and when
 * its order is done.
 */
import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { CHANNEL, type Message } from "../child/protocol.js";
import { Printed } from "./printed.js";

/** Characters that a solution may print in one check. */
const MOST_PRINTED = 2 ** 20;
/** Lines that are told of who prints or runs without end. */
const FEW_LINES = 3;

/** How it came to its end. */
export interface Ended {
  /** Its order is done, nothing was heard of it for too long, it printed too much, or it ended before its time. */
  readonly cause: "done" | "silent" | "prints" | "died";
  /** `exit code 3`, or `signal SIGSEGV`. */
  readonly by: string;
  /** The last lines that it has printed. */
  readonly last: string;
}

/** Who hears of it. */
export interface Listener {
  /** Milliseconds without a message after which it is ended. */
  readonly silence: number;
  /** Told each message. @returns whether the order is done */
  readonly heard: (message: Message) => boolean;
  /** Told each line that it prints. */
  readonly printed: (line: string) => void;
}

/** Run Node with `args` until the order in them is done, or it has ended otherwise. */
export function runChild(args: readonly string[], { silence, heard, printed }: Listener): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe", "pipe"] });
    let cause: Ended["cause"] = "died";
    const end = (why: Ended["cause"]) => {
      if (cause === "died") cause = why;
      child.kill("SIGKILL");
    };
    const killed = () => void child.kill("SIGKILL");
    process.once("exit", killed);
    let timer = setTimeout(end, silence, "silent");
    const streams = ([child.stdout, child.stderr] as Readable[]).map((stream) => {
      const lines = new Printed(printed);
      stream.setEncoding("utf8").on("data", (text: string) => {
        lines.add(text);
        if (lines.count > MOST_PRINTED) end("prints");
      });
      return lines;
    });
    onLines(child.stdio[CHANNEL] as Readable, (line) => {
      const message = messageOf(line);
      if (message === null) return;
      clearTimeout(timer);
      timer = setTimeout(end, silence, "silent");
      if (message.say === "begins") for (const stream of streams) stream.restart();
      if (heard(message)) end("done");
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      process.off("exit", killed);
      for (const stream of streams) stream.end();
      resolve({ cause, by: code === null ? `signal ${signal}` : `exit code ${code}`, last: lastOf(cause, streams) });
    });
  });
}

/** Who has died has complained of it; of the others it is told what they were at. */
function lastOf(cause: Ended["cause"], [output, complaints]: readonly Printed[]): string {
  const died = complaints?.last() ?? "";
  return cause === "died" && died !== "" ? died : (output?.last(FEW_LINES) ?? "");
}

function onLines(stream: Readable, told: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8").on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) told(line);
  });
}

/** Null: it is none. The solution is in the same process, and could have written to the channel. */
function messageOf(line: string): Message | null {
  try {
    return JSON.parse(line) as Message;
  } catch {
    return null;
  }
}
