/** Systems that nobody would build, and that keep the rules: for properties of all compositions. */
import { calls, component, define, device, memory, type Need, op, u32 } from "@tessera/servers";
import fc from "fast-check";
import { Personality } from "../src/index.js";

const Interfaces = Array.from({ length: 4 }, (_, i) => define(`face${i}`, { ask: op({ what: u32 }, {}) }));

const part = fc.record({
  offers: fc.nat({ max: Interfaces.length - 1 }),
  calls: fc.array(fc.record({ server: fc.nat(), window: fc.nat({ max: 3 }) }), { maxLength: 4 }),
  device: fc.boolean(),
  pages: fc.nat({ max: 2 }),
  waiting: fc.nat({ max: 9 }),
});

/** Each part calls some of those before it, so there is no cycle, and its priority is below theirs. */
export const systems: fc.Arbitrary<Personality> = fc.array(part, { minLength: 1, maxLength: 12 }).map((parts) => {
  const personality = new Personality("random");
  for (const [i, { offers, calls: wanted, device: drives, pages, waiting }] of parts.entries()) {
    const needs: Record<string, Need> = {};
    const choose: Record<string, string> = {};
    for (const [j, { server, window }] of i === 0 ? [] : wanted.entries()) {
      const below = server % i;
      needs[`need${j}`] = calls(Interfaces[parts[below]?.offers ?? 0] as (typeof Interfaces)[0], { window });
      choose[`need${j}`] = `part${below}`;
    }
    // The board's serial line and its eight virtio devices.
    if (drives && i <= 8) needs["device"] = device({ address: 0x1000_0000 + i * 0x1000, interrupt: i + 1 });
    if (pages > 0) needs["memory"] = memory(pages);
    const offer = Interfaces[offers] as (typeof Interfaces)[0];
    const serving = component(`part${i}`, {
      needs: needs as Readonly<Record<never, never>>,
      offers: { offer },
      waiting,
      *main({ offer }) {
        yield* offer.serve(() => null, { ask() {} });
      },
    });
    personality.add(serving, {
      priority: 200 - i,
      budget: "1ms/100ms",
      choose,
    });
  }
  return personality;
});
