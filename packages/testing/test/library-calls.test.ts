/** Where a call was made, when it was made through a library. */
import { cspace_alloc_slot, cspace_mint } from "@tessera/cspace-lib";
import { renderExplanation } from "@tessera/kernel";
import { seL4_AllRights } from "@tessera/libsel4";
import { expect, it } from "vitest";
import { world } from "../src/index.js";

it("a call through a library leads to the program's own line, and names the library's function", () => {
  const { kernel } = world({
    *root(_bootinfo, cspace) {
      const slot = yield* cspace_alloc_slot(cspace);
      yield* cspace_mint(cspace, slot, cspace, slot, seL4_AllRights, 5);
      yield* cspace_mint(cspace, slot, cspace, slot, seL4_AllRights, 5);
    },
  });
  const [first, second] = kernel.explanations();
  const line = (place = ""): number => Number(/library-calls\.test\.ts:(\d+):\d+$/.exec(place)?.[1]);
  expect([first?.within, second?.within]).toEqual(["cspace_mint", "cspace_mint"]);
  expect(line(second?.place)).toBe(line(first?.place) + 1);
  expect(renderExplanation(first!)).toMatch(
    /^thread `rootserver` \(.*library-calls\.test\.ts:\d+:\d+, in cspace_mint\), tick/,
  );
});

it("options that do not exist are refused, with those that do", () => {
  expect(() => world({ *root() {}, kernel: { rootCnodeBits: 8 } as object })).toThrow(
    'a kernel has no option "rootCnodeBits"; those that it has: rootCNodeBits, domains, checkInvariants',
  );
  expect(() => world({ *root() {}, limit: { seconds: 5 } as object })).toThrow(
    'a limit of a run has no option "seconds"; those that it has: ticks, events, until',
  );
  expect(() => world({ *root() {}, limit: { events: Number.NaN } })).toThrow("events must be 0 or more, not NaN");
  expect(() => world({ rot: function* () {} } as object)).toThrow('a world has no option "rot"');
  expect(() => world({ *root() {}, machine: { sed: 1 } as object })).toThrow('a machine has no option "sed"');
});
