/**
 * Loaded processes that are made and killed at every stage of life, as a seed says: with nothing in them, loaded half, in a
 * call, faulting, with pages on their way, paged out, dead already. After each ten everything is as it was.
 *
 * `PROCESS_CYCLES=1000 npx vitest run packages/servers/test/process/cycles.test.ts` makes and kills so many;
 * `PROCESS_SEED` begins at another seed.
 */
import { Prng } from "@tessera/hal-sim";
import { compute, load, store, type Thread } from "@tessera/hal-sim/isa";
import { seL4_Call, seL4_MessageInfo_new } from "@tessera/libsel4";
import { elf_write, PF_R, PF_W, program_segment } from "@tessera/ut-alloc";
import { afterEach, describe, expect, it, vi } from "vitest";
import {
  type Client,
  calls,
  component,
  Directory,
  define,
  File,
  FileWriter,
  loadImage,
  must,
  op,
  plainAttributes,
  type Results,
  rawProgram,
  type Spaces,
  sessionOf,
  Timer,
} from "../../src/index.js";
import { Lives } from "../../src/process/lives.js";
import { existing, type Snapshot } from "../root/existing.js";
import {
  bootNursery,
  HEAP,
  type Loaded,
  nursery,
  PAGE,
  type Parent,
  parentOf,
  programNumbers,
  STACK_TOP,
  TEXT,
} from "./nursery.js";

const CYCLES = Number(process.env["PROCESS_CYCLES"] ?? 60);
const FIRST_SEED = Number(process.env["PROCESS_SEED"] ?? 1);
const CYCLES_A_SEED = 30;
const SETTLED = 10;
/** Events of a run between two looks whether the parent has ended. */
const SLICE_EVENTS = 20_000;
const EP = 1;
/** Where the file lies whose pages take their time. */
const SLOW = 0x2000_0000;
const DATA = 0x2_0000;
/** Pages of the heap: three times what may be in memory. */
const HEAP_PAGES = 12;

const Post = define("post", { quick: op({}, {}), never: op({}, {}, [], { waits: true }) });
const SlowFiles = define("slowFiles", { open: op({}, { file: sessionOf(File) }) });

const post = component("post", {
  offers: { post: Post },
  waiting: 16,
  *main({ post, self }) {
    const never = self.condition();
    yield* post.serve(() => null, { quick() {}, never: () => never.wait() });
  },
});

/** A file whose pages come after two milliseconds. */
const slow = component("slow", {
  needs: { timer: calls(Timer) },
  offers: { slow: SlowFiles },
  callers: 2,
  *main({ timer, slow, self }) {
    const parked = self.parking(timer);
    const denied = () => ({ written: 0 });
    yield* slow.serve(() => null, {
      open: () => ({
        file: slow.session(File, null, {
          *read(_, { length }) {
            must(yield* parked.sleep({ us: 2000 }));
            return { data: new Uint8Array(Math.min(length, 896)).fill(1) };
          },
          write: denied,
          readWindow: () => ({ count: 0 }),
          writeWindow: denied,
          truncate: () => {},
          stat: () => plainAttributes("file", { size: PAGE }),
          sync() {},
        }),
      }),
    });
  },
});

const WAYS = ["spins", "calls", "waits", "faults", "throws", "thrashes", "reads", "digs"] as const;

/** Does what its third register names. */
const worker = rawProgram("worker", function* ({ a0, a2 }) {
  const way = WAYS[a2];
  yield* compute(500);
  if (way === "faults") yield* load(0);
  if (way === "throws") throw new Error("on purpose");
  if (way === "waits") yield* seL4_Call(EP, seL4_MessageInfo_new(2, 0, 0, 0));
  if (way === "reads") yield* load(SLOW);
  for (let i = 0; ; i++) {
    yield* compute(200);
    if (way === "calls") yield* seL4_Call(EP, seL4_MessageInfo_new(1, 0, 0, 0));
    if (way === "thrashes") yield* store(HEAP + (i % HEAP_PAGES) * PAGE, i);
    if (way === "digs") yield* store(a0 - 8 - (i % 4) * PAGE, i);
  }
});

type Maker = Parent & {
  readonly files: Client<typeof Directory>;
  readonly slow: Client<typeof SlowFiles>;
  readonly post: Client<typeof Post>;
};

/** What a run has seen: how processes were when they were ended, and how far they had come. */
type Seen = Map<string, number>;

function count(seen: Seen, what: string): void {
  seen.set(what, (seen.get(what) ?? 0) + 1);
}

/** Put in place what a seed says, in this order, up to some point. @returns whether all of it is there */
function* furnish(maker: Maker, prng: Prng, { process }: Loaded, image: Client<typeof File>): Thread<boolean> {
  const { space } = must(yield* process.space());
  const { spaces } = maker;
  const depth = prng.below(10);
  const loading = function* () {
    const stack = { top: STACK_TOP, bytes: PAGE, limit: 8 * PAGE };
    return (yield* loadImage({ file: image, spaces, space }, { stack })).error;
  };
  const steps: (() => Thread<string | null>)[] = [
    loading,
    function* () {
      return (yield* space.anonymous({ address: HEAP, bytes: HEAP_PAGES * PAGE, access: "rw" })).error;
    },
    function* () {
      const { file } = must(yield* maker.slow.open());
      const { dataspace } = must(yield* spaces.file({ file, offset: 0, bytes: PAGE }));
      const { error } = yield* space.map({
        address: SLOW,
        bytes: PAGE,
        access: "r",
        dataspace,
        offset: 0,
        copy: false,
      });
      yield* dataspace.close();
      yield* file.forget();
      return error;
    },
    function* () {
      return (yield* process.install({ slot: EP, capability: maker.post.cptr })).error;
    },
  ];
  let done = 0;
  // Now and then loading fails half way, since something lies where the data are to go.
  if (depth === 9) must(yield* space.anonymous({ address: DATA, bytes: PAGE, access: "r" }));
  for (const step of steps.slice(0, depth)) if ((yield* step()) === null) done++;
  yield* space.forget();
  return done === steps.length;
}

/** End it, in one of the ways that there are. */
function* end({ processes }: Maker, prng: Prng, { process, id }: Loaded): Thread<void> {
  const how = prng.below(4);
  if (how === 0) yield* process.kill();
  if (how === 1) yield* processes.kill({ id });
  if (how === 2) {
    const space = yield* process.space();
    // Its parent takes its memory from under its feet.
    if (space.error === null) yield* space.space.close();
  }
  yield* process.close();
}

/** What a memory server has to say of all its memory. */
type Stat = Results<ReturnType<Client<typeof Spaces>["stat"]> extends Thread<infer A> ? A : never>;

/** Have the memory server use its swap file, which it then keeps open. */
function* warmUp({ spaces }: Maker): Thread<void> {
  const { space } = must(yield* spaces.space({ frames: 4, pages: 8 }));
  must(yield* space.anonymous({ address: HEAP, bytes: 8 * PAGE, access: "rw" }));
  for (let i = 0; i < 8; i++) must(yield* space.write({ address: HEAP + i * PAGE, data: Uint8Array.of(1) }));
  yield* space.close();
}

/** Until all is given back that was on its way. */
function* settled({ spaces }: Maker): Thread<Stat> {
  for (let i = 0; i < 50; i++) {
    const stat = must(yield* spaces.stat());
    if (stat.freeFrames === stat.frames) return stat;
    yield* compute(1_000_000);
  }
  return must(yield* spaces.stat());
}

/** What exists, but for the notifications by which callers signal a server: it makes them when they are used first. */
function lasting(snapshot: Snapshot) {
  const { objects, capabilities } = existing(snapshot) as {
    readonly objects: readonly { readonly name: string }[];
    readonly capabilities: readonly { readonly kind: string }[];
  };
  return { objects, capabilities: capabilities.filter(({ kind }) => kind !== "notification") };
}

function run(seed: number, cycles: number, seen: Seen) {
  const prng = new Prng(seed);
  const snapshots: (ReturnType<typeof lasting> & { readonly stat: Stat })[] = [];
  const needs = { files: calls(Directory), slow: calls(SlowFiles), post: calls(Post) };
  const parent = parentOf([worker], needs, function* (maker: Maker) {
    const data = { vaddr: DATA, bytes: new Uint8Array(100).fill(1), memory_size: 2 * PAGE, flags: PF_R | PF_W };
    const bytes = elf_write(TEXT, [program_segment(numbers.get("worker") as number, TEXT), data]);
    const { file: image } = must(yield* maker.files.open({ name: "worker", create: true, write: true }));
    must(yield* new FileWriter(image).write(bytes));
    yield* warmUp(maker);
    const alive: Loaded[] = [];
    const endOne = function* () {
      const [one] = alive.splice(prng.below(alive.length), 1) as [Loaded];
      const { state } = must(yield* maker.processes.next({ after: one.id - 1 }));
      count(seen, state);
      yield* end(maker, prng, one);
    };
    for (let cycle = 1; cycle <= cycles; cycle++) {
      const loaded = must(yield* maker.processes.load({ name: "worker", frames: 4, pages: 18 }));
      alive.push(loaded);
      if (yield* furnish(maker, prng, loaded, image)) {
        const way = prng.below(WAYS.length);
        count(seen, WAYS[way] as string);
        yield* maker.run(loaded.process, way);
      }
      yield* compute(prng.below(4) * prng.below(3_000_000));
      while (alive.length > prng.below(5)) yield* endOne();
      if (cycle % SETTLED !== 0) continue;
      while (alive.length > 0) yield* endOne();
      const stat = yield* settled(maker);
      expect((yield* maker.processes.next({ after: 0 })).error).toBe("End");
      snapshots.push({ stat, ...lasting(world.kernel.snapshot()) });
    }
  });
  const options = {
    memory: { swap: 96 },
    others: [
      { component: post, priority: 206 },
      { component: slow, priority: 205 },
    ],
  };
  const numbers = programNumbers(nursery(parent, options));
  const world = bootNursery(parent, options);
  const hasEnded = () => world.output.includes("parent");
  let reason = "";
  for (let slices = 8 + 3 * cycles; slices > 0 && reason !== "idle" && !hasEnded(); slices--) {
    reason = world.machine.run({ events: SLICE_EVENTS }).reason;
  }
  if (reason !== "idle") reason = world.machine.run({ events: SLICE_EVENTS }).reason;
  const died = world.thrown.find(({ error }) => !String(error).includes("on purpose"));
  if (died !== undefined) throw died.error;
  return { world, reason, snapshots };
}

/** What is left of processes that have all gone, in words. */
function whatIsLeft({ snapshots }: ReturnType<typeof run>): string[] {
  const left = snapshots.flatMap(({ stat, objects }) => {
    const { frames, freeFrames, slots, freeSlots, reserved } = stat;
    const mine = objects.filter(({ name }) => name.startsWith("worker.")).map(({ name }) => name);
    return [
      ...(freeFrames < frames ? [`${frames - freeFrames} frames`] : []),
      ...(freeSlots < slots ? [`${slots - freeSlots} slots of swap`] : []),
      ...(reserved > 0 ? [`${reserved} pages reserved`] : []),
      ...mine,
    ];
  });
  const [first, ...others] = snapshots.map((snapshot) => JSON.stringify(snapshot));
  return others.some((other) => other !== first) ? [...left, "something"] : left;
}

describe("Loaded processes that are made and killed by a seed", () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  const seen: Seen = new Map();
  const seeds = Array.from({ length: Math.ceil(CYCLES / CYCLES_A_SEED) }, (_, i) => FIRST_SEED + i);

  it.each(seeds)(
    "leave the kernel and the memory server as they were (seed %i)",
    (seed) => {
      const outcome = run(seed, CYCLES_A_SEED, seen);
      expect(outcome.world.output).toBe("parent has ended\n");
      expect(outcome.reason).toBe("idle");
      expect(outcome.snapshots).toHaveLength(CYCLES_A_SEED / SETTLED);
      expect(whatIsLeft(outcome)).toEqual([]);
      expect(outcome.world.kernel.checkInvariants()).toEqual([]);
    },
    60_000,
  );

  it.runIf(CYCLES > CYCLES_A_SEED)("were at every stage of life", () => {
    for (const stage of ["made", "runs", "ended", ...WAYS]) expect(seen.get(stage), stage).toBeGreaterThan(0);
  });

  it("find a server that forgets to end what ran, to give back what it had elsewhere, or that a session was its life", () => {
    const left = () => {
      try {
        return whatIsLeft(run(2, SETTLED, new Map())).join();
      } catch (error) {
        return String(error);
      } finally {
        vi.restoreAllMocks();
      }
    };
    expect(left()).toBe("");
    const { end } = Lives.prototype;
    vi.spyOn(Lives.prototype, "end").mockImplementation(function* (this: Lives, record, how) {
      if (how.end !== "killed") yield* end.call(this, record, how);
    });
    expect(left()).toMatch(/worker\.\d|Full/);
    vi.spyOn(Lives.prototype, "end").mockImplementation(function (this: Lives, record, how) {
      record.leave = null;
      return end.call(this, record, how);
    });
    expect(left()).toMatch(/\d pages reserved|Full/);
    vi.spyOn(Lives.prototype, "forget").mockImplementation(function* () {});
    expect(left()).toMatch(/worker|Full|End/);
  }, 60_000);
});
