/** The worked examples of YieldTo (I): who runs next, and what the caller is told when. */
import { Register } from "@tessera/hal-sim/isa";
import { seL4_SchedContext_YieldTo, seL4_Signal, seL4_TCB_Resume, seL4_Wait } from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { threadOf } from "../support/kernel-view.js";
import { nowhere } from "./stage.js";
import { type Story, tell } from "./story.js";

/** Up to when a story is told. */
const END = 2700;

/** What A does at 100, when B (and, behind B's back, C) are ready. */
interface Cast {
  readonly priorityOfB: number;
  readonly hasRival?: boolean;
  readonly yields?: boolean;
}

/** B has used 1200 ticks (-1300 to -100) when A, of priority 100, begins at 0. All are round robin with 10,000. */
function yieldTo({ priorityOfB, hasRival = false, yields = true }: Cast): Story {
  const at = { ...nowhere(), sc: 0 };
  return tell(
    END,
    function* (kit, story) {
      at.ntfn = yield* kit.notification();
      at.other = yield* kit.notification();
      at.urgent = yield* kit.notification();
      const a = yield* kit.start("a", { priority: 100, mcp: 200, stopped: true });
      const b = yield* kit.start("b", { priority: priorityOfB, stopped: true });
      yield* kit.start("c", { priority: priorityOfB });
      at.sc = b.sc;
      story.watch(b.sc);
      yield* story.standBack();
      yield* story.reach(-1300);
      yield* kit.configure(b.sc, { budget: 1000 });
      yield* seL4_TCB_Resume(b.tcb);
      yield* story.reach(0);
      yield* seL4_TCB_Resume(a.tcb);
    },
    (story) => ({
      *a() {
        yield* story.reach(50);
        yield* seL4_Signal(at.ntfn);
        if (hasRival) yield* seL4_Signal(at.other);
        yield* story.reach(100);
        if (yields) {
          const { error, consumed } = yield* seL4_SchedContext_YieldTo(at.sc);
          story.note(`a: error ${error}, length ${lengthOfReply(story)}, ${consumed} us`);
        }
        yield* seL4_Wait(at.urgent);
      },
      *b() {
        yield* story.reach(-100);
        yield* seL4_Wait(at.ntfn);
        story.note("b");
        yield* story.reach(2600);
        yield* seL4_Wait(at.ntfn);
      },
      *c() {
        yield* seL4_Wait(at.other);
        story.note("c");
        yield* seL4_Wait(at.other);
      },
    }),
  );
}

/** Words that the kernel's answer to A counts. */
function lengthOfReply({ kernel }: Story): number {
  return (kernel.state.words[threadOf(kernel, "a").regs + 2 * Register.a1] ?? 0) & 0x7f;
}

describe("YieldTo (I)", () => {
  it("an equal lets it run before the caller, which is told all that it consumed", () => {
    const story = yieldTo({ priorityOfB: 100 });
    expect(story.notes).toEqual(["100: b", "2600: a: error 0, length 1, 370 us"]);
    expect(story.rows).toEqual([
      "0: blocked (-1300,8800) (-1300,1200) c 1200",
      "50: ready (-1300,8800) (-1300,1200) c 1200",
      "100: runs (-1300,8800) (-1300,1200) c 1200, timer 8890",
      "2600: blocked (-1300,6300) (-1300,3700) c 0",
    ]);
  });

  it("one of lower priority tells at once, and the caller goes on", () => {
    const story = yieldTo({ priorityOfB: 90 });
    expect(story.notes).toEqual(["100: a: error 0, length 1, 120 us", "100: b"]);
    expect(story.rows.at(-1)).toBe("2600: blocked (-1300,6300) (-1300,3700) c 2500");
  });

  it("one of lower priority puts it before those that were before it", () => {
    const order = ({ notes }: Story) => notes.filter((note) => !String(note).includes("a:"));
    expect(order(yieldTo({ priorityOfB: 90, hasRival: true, yields: false }))).toEqual(["100: c", "100: b"]);
    expect(order(yieldTo({ priorityOfB: 90, hasRival: true }))).toEqual(["100: b", "2600: c"]);
  });
});
