/**
 * Where a scene is played again and again: built, its long operation started, interrupted at the points of a run, looked
 * at when all is at rest, and torn down.
 *
 * Three threads beside those of the scene: the root task, the least urgent, so that it goes on when all is at rest; who
 * deletes; and a more urgent one that waits for the interrupt, and then does nothing or one act. After each run the
 * memory of the scene is revoked, and nothing of it may be left.
 */
import type { Thread } from "@tessera/hal-sim/isa";
import {
  CapTag,
  errorName,
  seL4_CapInitThreadTCB,
  seL4_CapIRQControl,
  seL4_CNode_Revoke,
  seL4_IRQControl_Get,
  seL4_IRQHandler_SetNotification,
  seL4_Poll,
  seL4_Signal,
  seL4_TCB_Resume,
  seL4_TCB_SetPriority,
  seL4_Wait,
} from "@tessera/libsel4";
import type { UntypedCap } from "../../src/caps/cap.js";
import { hasChildren } from "../../src/caps/mdb.js";
import type { Slot } from "../../src/caps/slot.js";
import type { Kernel } from "../../src/kernel.js";
import type { Tcb } from "../../src/threads/tcb.js";
import { type Kit, must } from "../support/kit.js";
import { type Interference, interfere, interferencesIn } from "./preemption-acts.js";
import { difference, essence } from "./preemption-essence.js";
import { type Built, operate, type SceneOfDeletion } from "./preemption-scenes.js";
import { type Buffer, type Place, type Script, Site } from "./preemption-site.js";
import { Watch } from "./preemption-watch.js";

/** One run: at which points the interrupt becomes due, and what is done then. */
export interface Run {
  readonly due: readonly number[];
  readonly interference?: Interference;
}

/** The interrupt. */
const IRQ = 10;
const Bits = { site: 17, crew: 13 } as const;
const Priority = { root: 1, deleter: 100, urgent: 200 } as const;
/** What an act may add to the points of an operation: that of the one capability that it puts into the way. */
const POINTS_OF_AN_ACT = 1;
const SUCCESS = "seL4_NoError";

export class Stage {
  /** What a failure is to tell. */
  now: Run = { due: [] };
  readonly #kit: Kit;
  readonly #kernel: Kernel;
  readonly #scene: SceneOfDeletion;
  readonly #scripts: Script[];
  readonly #watch: Watch;
  #site!: Site;
  #crew!: Site;
  /** Notifications: of the interrupt, and of the start. */
  #bell = 0;
  #gate = 0;
  #spare!: Place;
  #buffers: Buffer[] = [];
  /** Of the world as it stands: what was built, and who deletes. */
  #built!: Built;
  #deleter!: Place;
  /** What the operation answered; null: it has not ended. */
  #result: string | null = null;
  #answer = "";
  /** After how many points each interrupt was taken. */
  #taken: number[] = [];
  /** Before anything was built, and after the operation at a stretch. */
  #empty: readonly string[] = [];
  #undisturbed: readonly string[] = [];
  #points = 0;

  /** `scripts`: what the scene's program runs, by its argument. */
  constructor(kit: Kit, kernel: Kernel, scene: SceneOfDeletion, scripts: Script[]) {
    this.#kit = kit;
    this.#kernel = kernel;
    this.#scene = scene;
    this.#scripts = scripts;
    this.#watch = new Watch(kernel, IRQ);
  }

  /** Preemption points of the operation at a stretch. */
  get points(): number {
    return this.#points;
  }

  /** All that may be done in the scene meanwhile. */
  get interferences(): readonly Interference[] {
    return interferencesIn(this.#built);
  }

  /** Make what stays between the runs, and run once at a stretch. */
  *begin(): Thread {
    const kit = this.#kit;
    this.#site = new Site(kit, yield* kit.untyped(Bits.site), this.#scripts);
    this.#crew = new Site(kit, yield* kit.untyped(Bits.crew), this.#scripts);
    this.#bell = yield* kit.notification();
    this.#gate = yield* kit.notification();
    const { cnode, depth } = kit;
    this.#spare = { name: "the spare", kind: "endpoint", cnode, index: yield* kit.endpoint(), depth };
    for (let i = 0; i < 2; i++) {
      const { frame, address } = yield* kit.mappedFrame();
      this.#buffers.push({ frame, address });
    }
    const handler = kit.slots();
    must(yield* seL4_IRQControl_Get(seL4_CapIRQControl, IRQ, kit.cnode, handler, kit.depth));
    must(yield* seL4_IRQHandler_SetNotification(handler, this.#bell));
    must(yield* seL4_TCB_SetPriority(seL4_CapInitThreadTCB, seL4_CapInitThreadTCB, Priority.root));
    this.#empty = essence(this.#kernel.snapshot());
    yield* this.run({ due: [] });
  }

  /** Play the scene; what the act of the other thread answered. Throws when a law is broken. */
  *run(run: Run): Thread<string> {
    this.now = run;
    const tcb = yield* this.#build(run);
    const target = this.#slot(this.#built.target);
    const region = this.#soil(target);
    this.#watch.begin(tcb, run.due);
    yield* seL4_Signal(this.#gate);
    if (this.#built.self !== undefined) must(yield* operate(this.#built));
    else if (this.#result === null) must(yield* seL4_TCB_Resume(this.#deleter.index));
    this.#watch.end();
    this.#expectEnd(run);
    this.#expectGone(target);
    if (region !== null) this.#expectZeroed(region);
    if (run.interference === undefined) this.#expectUndisturbed(run);
    yield* this.#tearDown();
    return this.#answer;
  }

  /** Build the scene and the two other threads; who deletes. */
  *#build({ interference }: Run): Thread<Tcb> {
    this.#result = null;
    this.#answer = "";
    this.#taken = [];
    this.#built = yield* this.#scene.build(this.#site);
    const { self } = this.#built;
    const free = this.#site.slot("a free slot", "endpoint");
    const [buffer, other] = this.#buffers;
    const urgent = this.#urgent(free, interference);
    yield* this.#crew.thread("the urgent one", urgent, { priority: Priority.urgent, buffer: other! });
    const options = { priority: Priority.deleter, buffer: buffer! };
    const { tcb, sc } = yield* this.#crew.thread("who deletes", () => this.#operate(), options);
    const { cap } = this.#slot(tcb);
    this.#deleter = tcb;
    if (self !== undefined) {
      yield* this.#site.move(self.tcb, tcb);
      yield* this.#site.move(self.sc, sc);
    }
    return cap.object as Tcb;
  }

  *#operate(): Thread {
    yield* seL4_Wait(this.#gate);
    this.#result = errorName(yield* operate(this.#built));
  }

  #urgent(free: Place, interference: Interference | undefined): Script {
    const stage = this;
    return function* () {
      for (;;) {
        yield* seL4_Wait(stage.#bell);
        stage.#taken.push(stage.#watch.points);
        if (interference === undefined) continue;
        const tools = { built: stage.#built, free, spare: stage.#spare, deleter: stage.#deleter };
        stage.#answer = "no answer";
        stage.#answer = yield* interfere(interference, tools);
      }
    };
  }

  *#tearDown(): Thread {
    const { cnode, depth } = this.#kit;
    for (const index of [this.#crew.memory, this.#site.memory, this.#spare.index]) {
      must(yield* seL4_CNode_Revoke(cnode, index, depth));
    }
    yield* seL4_Poll(this.#bell);
    yield* seL4_Poll(this.#gate);
    this.#site.clear();
    this.#crew.clear();
    this.#scripts.length = 0;
    const left = difference(essence(this.#kernel.snapshot()), this.#empty);
    this.#expect(left, "", "what is left when all memory was revoked");
  }

  /** Interrupts were taken where they were due, and the operation did its work once. */
  #expectEnd({ due, interference }: Run): void {
    const { points, entries } = this.#watch;
    const reached = due.filter((point) => point <= points);
    this.#expect(this.#taken.join(), reached.join(), "the points behind which the interrupts were taken");
    const { self, losesItself = false } = this.#built;
    // An act may save who would delete itself, and put an endpoint where the address of who loses itself leads.
    if (interference === undefined || (self === undefined && !losesItself)) {
      this.#expect(this.#result !== null, self === undefined, "whether who deletes has an answer");
    }
    if (self !== undefined || this.#result === null) return;
    // Its program's end is an entry too.
    this.#expect(entries, 1 + reached.length + 1, "entries of who deletes");
    if (interference !== undefined) {
      const most = this.#points + POINTS_OF_AN_ACT;
      this.#expect(Math.max(points, most), most, "points of the operation and the act, at most");
    } else if (due.length > 0 && !losesItself) {
      this.#expect(points, this.#points, "points of the operation");
    }
  }

  /** What the operation was for; `target` was its slot. Only an act can be the reason that Retype is refused. */
  #expectGone(target: Slot): void {
    const { operation, dest, self, losesItself = false } = this.#built;
    if (losesItself) return;
    if (self === undefined && (operation !== "retype" || this.now.interference === undefined)) {
      this.#expect(this.#result ?? "nothing", SUCCESS, "what the operation answered");
    }
    if (operation === "delete") this.#expect(target.isEmpty, true, "whether the slot is empty");
    if (operation === "revoke") this.#expect(hasChildren(target), false, "whether there are children");
    if (operation === "retype" && this.#result === SUCCESS) {
      this.#expect(this.#slot(dest!).cap.type, CapTag.endpoint, "the kind of what was made");
    }
  }

  #expectUndisturbed({ due }: Run): void {
    const found = essence(this.#kernel.snapshot());
    if (due.length === 0) {
      this.#undisturbed = found;
      this.#points = this.#watch.points;
    } else if (this.#built.losesItself !== true) {
      this.#expect(difference(found, this.#undisturbed), "", "how the end differs from that at a stretch");
    }
  }

  /** Memory to be zeroed is full of ones before; the untyped's capability, or null. */
  #soil({ cap }: Slot): UntypedCap | null {
    const { operation } = this.#built;
    if (operation !== "retype" || cap.type !== CapTag.untyped) return null;
    this.#kernel.state.memory.writeBytes(cap.object.paddr, new Uint8Array(cap.freeOffset).fill(0xff));
    return cap;
  }

  /** Memory is zero from what was made up to where it was soiled. */
  #expectZeroed({ object, freeOffset }: UntypedCap): void {
    const { cap } = this.#slot(this.#built.dest!);
    if (this.#result !== SUCCESS || cap.type !== CapTag.endpoint) return;
    const bytes = new Uint8Array(Math.max(0, object.paddr + freeOffset - cap.object.paddr));
    this.#kernel.state.memory.readBytes(cap.object.paddr, bytes);
    this.#expect(bytes.filter((byte) => byte !== 0).length, 0, "bytes that were not zeroed");
  }

  /** The slot of a place: in the root CNode, or in a CNode that is in that. */
  #slot({ cnode, index }: Place): Slot {
    const root = this.#kernel.state.rootCNode!;
    const { cap } = root.slot(cnode);
    return cap.type === CapTag.cnode && cnode !== this.#kit.cnode ? cap.object.slot(index) : root.slot(index);
  }

  #expect<T extends string | number | boolean>(found: T, expected: T, what: string): void {
    if (found !== expected) throw new Error(`${what}: ${found}; expected: ${expected}`);
  }
}
