/** What clients and servers say to each other: values, refusals, sessions, waiting. Against the kernel, no mocks. */
import { expect, it } from "vitest";
import { bool, bytes, calls, component, define, fail, must, oneOf, op, text, u32, u53 } from "../../src/index.js";
import { rigged } from "./rig.js";

const Everything = define("everything", {
  echo: op(
    { n: u32, big: u53, yes: bool, colour: oneOf("red", "green"), line: text(100), raw: bytes(20) },
    { n: u32, big: u53, yes: bool, colour: oneOf("red", "green"), line: text(100), raw: bytes(20) },
  ),
  refuse: op({ how: u32 }, {}, ["NotFound", "Denied"]),
  nothing: op({}, {}),
});

it("a call carries every kind of field there and back", () => {
  const seen: unknown[] = [];
  const values = {
    n: 4_000_000_000,
    big: 2 ** 53 - 1,
    yes: true,
    colour: "green",
    line: "żółw – 亀",
    raw: new Uint8Array([1, 2, 255]),
  } as const;
  const server = component("server", {
    offers: { all: Everything },
    *main({ all }) {
      yield* all.serve(({ badge }) => badge, {
        echo(badge, args) {
          seen.push(badge, args);
          return args;
        },
        refuse(_, { how }) {
          return fail(how === 0 ? "NotFound" : "Denied");
        },
        nothing() {},
      });
    },
  });
  const asker = component("asker", {
    needs: { all: calls(Everything) },
    *main({ all }) {
      const { error, ...echoed } = must(yield* all.echo(values));
      seen.push(error, echoed);
      const refused = yield* all.refuse({ how: 0 });
      seen.push(refused, yield* all.refuse({ how: 1 }), yield* all.nothing());
      expect(() => must(refused)).toThrow("everything.refuse failed: NotFound");
      expect(() => must(refused, "asking")).toThrow("asking failed: NotFound");
    },
  });
  rigged({ server, asker }, function* (_, start) {
    const { ep } = yield* start("server", { priority: 120, clients: [{ badge: 0x101, offer: 1 }] });
    yield* start("asker", { priority: 100, needs: { all: { ep, badge: 0x101 } } });
  });
  expect(seen).toEqual([0x101, values, null, values, { error: "NotFound" }, { error: "Denied" }, { error: null }]);
});
