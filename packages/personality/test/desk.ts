/** A small desk: a driver, a log, files behind a window, an editor, a shell, a network that the editor has no way to. */
import { calls, component, define, device, memory, op, own, sessionOf, text, u32, u53 } from "@tessera/servers";
import { Personality } from "../src/index.js";

export const Log = define("log", { write: op({ line: text(200) }, {}) });
const Console = define("console", { write: op({ text: text(400) }, {}), read: op({}, { text: text(400) }) });
const File = define("file", { read: op({ offset: u53, length: u32 }, { count: u32 }, ["IO"]) });
const Files = define("files", {
  open: op({ path: text(255) }, { file: sessionOf(File) }, ["NotFound"]),
  rename: op({ from: own(File), to: text(200) }, {}, ["Denied"]),
});
export const Sockets = define("sockets", { send: op({ host: text(100) }, {}) });

function* nothing() {}

export const uart = component("uart", {
  needs: { registers: device({ address: 0x1000_0000, interrupt: 10 }) },
  offers: { console: Console },
  main: nothing,
});
export const logger = component("logger", { offers: { log: Log }, waiting: 3, main: nothing });
export const ramfs = component("ramfs", {
  needs: { log: calls(Log), blocks: memory(16) },
  offers: { files: Files },
  main: nothing,
});
export const network = component("network", {
  needs: { card: device({ address: 0x1000_1000, interrupt: 1 }), log: calls(Log) },
  offers: { sockets: Sockets },
  main: nothing,
});
export const editor = component("editor", {
  needs: { files: calls(Files, { window: 4 }), console: calls(Console), log: calls(Log) },
  main: nothing,
});
export const browser = component("browser", { needs: { sockets: calls(Sockets), log: calls(Log) }, main: nothing });

/** What is added to the desk, in any order. */
export const DESK: readonly ((desk: Personality) => Personality)[] = [
  (desk) => desk.add(uart, { priority: 200, budget: "1ms/10ms", restart: { first: "5ms", most: "2s" } }),
  (desk) => desk.add(logger, { priority: 150, budget: "500us/10ms" }),
  (desk) => desk.add(ramfs, { priority: 120, budget: "2ms/10ms", args: "/motd" }),
  (desk) => desk.add(network, { priority: 130, budget: "1ms/10ms", restart: false }),
  (desk) => desk.add(editor, { priority: 100, budget: "1ms/10ms" }),
  (desk) => desk.add(editor, { name: "viewer", priority: 90, budget: "1ms/10ms", args: "--read-only" }),
  (desk) => desk.add(browser, { priority: 100, budget: "3ms/10ms" }),
];

/** The desk. */
export function desk(): Personality {
  return DESK.reduce((personality, add) => add(personality), new Personality("desk"));
}
