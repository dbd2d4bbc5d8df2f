/** Calls that callers make for handlers, when nobody wants their answers any more. */
import { seL4_MessageInfo_new, seL4_Send } from "@tessera/libsel4";
import { expect, it } from "vitest";
import {
  type Client,
  calls,
  component,
  define,
  must,
  op,
  sessionOf,
  Timer,
  text,
  timerServer,
  u32,
} from "../../src/index.js";
import { bootPlan, settle } from "../root/planned.js";

it("a call that has not begun when its client is closed reaches nobody: not who is found in its slot by then", () => {
  const Box = define("box", { put: op({}, {}) });
  const Boxes = define("boxes", { open: op({ name: text(8) }, { box: sessionOf(Box) }) });
  const Middle = define("middle", { begin: op({}, {}, [], { waits: true }), swap: op({}, {}) });
  const [BEGIN, SWAP] = [1, 2];
  const log: unknown[] = [];
  const boxes = component("boxes", {
    offers: { boxes: Boxes },
    *main({ boxes }) {
      yield* boxes.serve(() => null, {
        open: (_, { name }) => ({
          box: boxes.session(Box, name, {
            put(name) {
              log.push(`put into ${name}`);
            },
          }),
        }),
      });
    },
  });
  const middle = component("middle", {
    needs: { boxes: calls(Boxes) },
    offers: { middle: Middle },
    callers: 1,
    *main({ boxes, middle, self }) {
      let box: Client<typeof Box> = must(yield* boxes.open({ name: "old" })).box;
      yield* middle.serve(() => null, {
        *begin() {
          log.push((yield* self.parking(box).put()).error);
        },
        *swap() {
          const { cptr } = box;
          yield* box.close();
          box = must(yield* boxes.open({ name: "new" })).box;
          log.push(box.cptr === cptr ? "the same slot" : "another slot");
        },
      });
    },
  });
  // It is never answered, and goes on: both messages are there before the first one is looked at.
  const driver = component("driver", {
    needs: { middle: calls(Middle) },
    signals: true,
    *main({ middle, self }) {
      for (const label of [BEGIN, SWAP]) yield* seL4_Send(middle.cptr, seL4_MessageInfo_new(label, 0, 0, 0));
      yield* self.signalled();
    },
  });
  const world = bootPlan([
    { component: boxes, priority: 210 },
    { component: middle, priority: 150 },
    { component: driver, priority: 200, restart: null },
  ]);
  settle(world);
  expect(world.thrown).toEqual([]);
  expect(log).toEqual(["another slot", "Closed"]);
});

it("an answer that a dead life of the component was told of is none to a call of its next one", () => {
  const Well = define("well", { draw: op({ us: u32 }, { us: u32 }, [], { waits: true }) });
  const log: unknown[] = [];
  const well = component("well", {
    needs: { timer: calls(Timer) },
    offers: { well: Well },
    *main({ timer, well }) {
      yield* well.serve(() => null, {
        *draw(_, { us }) {
          must(yield* timer.sleep({ us }));
          return { us };
        },
      });
    },
  });
  // It begins to call before it first listens, and its first life ends when the answer is there and was not heard.
  const drawer = component("drawer", {
    needs: { well: calls(Well), timer: calls(Timer) },
    offers: { drawer: define("drawer", { nothing: op({}, {}, [], { waits: true }) }) },
    callers: 1,
    *main({ well, timer, drawer, self }) {
      const isFirst = self.incarnation === 0;
      const draw = function* () {
        const answer = yield* self.parking(well).draw({ us: isFirst ? 1000 : 50_000 });
        log.push(answer.error ?? answer.us);
      };
      self.task(draw());
      if (isFirst) {
        self.task(
          (function* () {
            must(yield* timer.sleep({ us: 5000 }));
            throw new Error("as planned");
          })(),
        );
      }
      yield* drawer.serve(() => null, { nothing() {} });
    },
  });
  const world = bootPlan([
    { component: timerServer, priority: 220 },
    { component: well, priority: 210 },
    { component: drawer, priority: 150 },
  ]);
  settle(world);
  expect(world.thrown.map(({ error }) => String(error))).toEqual(["Error: as planned"]);
  expect(log).toEqual([50_000]);
});
