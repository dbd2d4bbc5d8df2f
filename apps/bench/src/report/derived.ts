/**
 * Figures that come from other figures of the same run: how often an exchange of ours fits into that of a peer, in
 * floors, since the two were measured in two processes; how much longer things take in a large system, by the best
 * rounds of both, since the floor among a million objects is another one; and what was once measured on the real kernel,
 * which this bench does not run.
 */
import { SCALE_TITLES } from "../cases/scale.js";
import type { Figure } from "../measure/figure.js";

export type Grouped = Figure & { readonly group: string };

interface Ratio {
  readonly id: string;
  readonly title: string;
  readonly group: string;
  readonly of: string;
  readonly over: string;
  /** The best rounds are compared, in nanoseconds; else medians in floors. */
  readonly byLeast?: true;
}

const BESIDE_PEERS = "how many exchanges of four words in one of a peer's";

const beside = (peer: string, title: string): Ratio => ({
  id: `beside-${peer}`,
  title,
  group: BESIDE_PEERS,
  of: `peer-${peer}`,
  over: "call-4",
});

const BESIDE_TASKS = "what servers do: how many in one of a peer's";

const besideTask = (id: string, title: string, of: string, over: string): Ratio => ({
  id: `beside-${id}`,
  title,
  group: BESIDE_TASKS,
  of,
  over,
});

const PROCESSES = "processes and memory";

const besideProcess = (id: string, title: string, of: string, over: string): Ratio => ({
  id: `beside-${id}`,
  title,
  group: "processes and memory: how many in one of a peer's",
  of,
  over,
});

const LARGE = "scale: how much longer in the large system";

const larger = (phase: string): Ratio => ({
  id: `scale-${phase}`,
  title: SCALE_TITLES[phase] ?? phase,
  group: LARGE,
  of: `scale-large-${phase}`,
  over: `scale-small-${phase}`,
  byLeast: true,
});

const manyCaps = (phase: string, title: string): Ratio => ({
  id: `scale-caps-${phase}`,
  title: `many capabilities over few: ${title}`,
  group: LARGE,
  of: `caps-many-${phase}`,
  over: `caps-few-${phase}`,
  byLeast: true,
});

const RATIOS: readonly Ratio[] = [
  ...Object.keys(SCALE_TITLES).map(larger),
  manyCaps("mint", "mint"),
  manyCaps("copy", "copy"),
  manyCaps("delete", "delete"),
  manyCaps("revoke", "revoke, each child"),
  manyCaps("mint-scattered", "mint into scattered slots"),
  {
    id: "scale-depth",
    title: "CSpaces of 8 levels over 1: Call/ReplyRecv, 1 word",
    group: LARGE,
    of: "call-1-level8",
    over: "call-1",
    byLeast: true,
  },
  beside("emitter", "EventEmitter and a promise"),
  beside("clone", "structuredClone both ways"),
  beside("channel", "MessageChannel, same thread"),
  beside("channel-worker", "MessageChannel to a worker"),
  beside("atomics", "Atomics.wait/notify to a worker"),
  beside("comlink", "Comlink, same thread"),
  beside("capnweb", "capnweb, loopback transport"),
  {
    id: "typed",
    title: "a typed call over Call and ReplyRecv, 1 word",
    group: "typed calls: between two components",
    of: "typed-1",
    over: "typed-bare",
    byLeast: true,
  },
  besideTask("bulk-channel", "bulk data, MessageChannel, same thread", "task-channel-bulk", "served-bulk"),
  besideTask("bulk-worker", "bulk data, to a worker", "task-worker-bulk", "served-bulk"),
  besideTask("file-channel", "open, read and close, MessageChannel, same thread", "task-channel-file", "served-file"),
  besideTask("file-worker", "open, read and close, to a worker", "task-worker-file", "served-file"),
  besideTask("key-channel", "a key and its echo, MessageChannel, same thread", "task-channel-key", "served-key"),
  besideTask("key-worker", "a key and its echo, to a worker", "task-worker-key", "served-key"),
  besideTask("boot-worker", "boot of eight servers, start of one worker", "task-start", "served-boot"),
  {
    id: "fault-over",
    title: "a page fault: the memory server's over a bare handler's",
    group: PROCESSES,
    of: "fault-served",
    over: "fault-bare",
    byLeast: true,
  },
  {
    id: "turns-over",
    title: "a turn among many processes over one among 10",
    group: PROCESSES,
    of: "turns-many",
    over: "turns-few",
    byLeast: true,
  },
  {
    id: "spawn-over",
    title: "spawning among others over spawning alone",
    group: PROCESSES,
    of: "spawn-among",
    over: "spawn",
    byLeast: true,
  },
  besideProcess("swap-file", "a page out and one in, by a file of the host in memory", "peer-swap-file", "swap"),
  besideProcess("spawn", "a process, of the host", "peer-spawn", "spawn"),
];

interface Cited {
  readonly id: string;
  readonly title: string;
  readonly nanoseconds: number;
  readonly over: string;
}

const BESIDE_QEMU = "how many in one of seL4's under QEMU (cited, not measured here)";

/** seL4 (release, MCS, RV64) under QEMU's TCG, measured once on a 2.6 GHz Xeon with two cores. */
const CITED: readonly Cited[] = [
  { id: "qemu-call", title: "round trip, passive server", nanoseconds: 9_000, over: "call-1" },
  { id: "qemu-call-active", title: "round trip, active server", nanoseconds: 51_000, over: "call-1-active" },
  { id: "qemu-signal-wait", title: "Signal/Wait", nanoseconds: 68_000, over: "signal-wait" },
  { id: "qemu-null", title: "null call, at best", nanoseconds: 1_100, over: "null-signal" },
];

/** Every ratio whose figures are there. */
export function derived(figures: readonly Grouped[]): Grouped[] {
  const find = (id: string) => figures.find((figure) => figure.id === id);
  const beside = RATIOS.flatMap(({ id, title, group, of, over, byLeast }) => {
    const measure = byLeast ? "least" : "floors";
    const dividend = find(of)?.[measure];
    const divisor = find(over)?.[measure];
    return dividend && divisor ? [ratio(id, title, group, dividend, divisor)] : [];
  });
  const cited = CITED.flatMap(({ id, title, nanoseconds, over }) => {
    const divisor = find(over);
    const full = `${title}, ${nanoseconds / 1000} µs`;
    return divisor ? [ratio(id, full, BESIDE_QEMU, nanoseconds, divisor.value)] : [];
  });
  return [...beside, ...cited];
}

function ratio(id: string, title: string, group: string, dividend: number, divisor: number): Grouped {
  return { id, title, group, unit: "x", value: dividend / divisor };
}
