/** Plans that nobody would write, and that can be built: for properties of all plans. */
import fc from "fast-check";
import {
  edgeBadge,
  type Plan,
  type PlannedComponent,
  type PlannedMemory,
  type PlannedResource,
  type PlannedRights,
  type PlannedSlot,
  slotCount,
} from "../../src/index.js";

const PAGE = 4096;
const word = fc.stringMatching(/^[a-z][A-Za-z0-9_]{0,8}$/);
/** Words of the language are names like others. */
const name = fc.oneof(
  { weight: 4, arbitrary: word },
  { weight: 1, arbitrary: fc.constantFrom("free", "cnode", "ep", "irq", "vspace", "component", "never") },
);
const duration = fc
  .oneof(
    fc.nat({ max: 10_000_000 }),
    fc.nat({ max: 9 }).map((s) => s * 1_000_000),
  )
  .map((us) => us + 1);
const rights = fc.constantFrom<PlannedRights>("WP", "WGP", "RWGP");
const args = fc.oneof(fc.constant(""), fc.string({ unit: "binary" }), fc.string());

interface Draft {
  readonly name: string;
  readonly program: string;
  readonly args: string;
  readonly priority: number;
  readonly time: readonly [number, number] | null;
  readonly restart: readonly [number, number] | null;
  readonly offers: readonly { readonly offer: string; readonly interface: string }[];
  readonly replies: number;
  readonly needs: readonly NeedDraft[];
  readonly callers: number;
  readonly free: number;
}

const RESOURCES = ["untyped", "spaces", "ownSpace", "priorities", "time", "leftover", "programs"] as const;
const KINDS = ["calls", "calls", "memory", "kept", "device", "interrupt", ...RESOURCES] as const;

interface NeedDraft {
  readonly need: string;
  readonly kind: (typeof KINDS)[number];
  /** Which of the offers that there are. */
  readonly choice: number;
  readonly rights: PlannedRights;
  readonly pages: number;
}

const need: fc.Arbitrary<NeedDraft> = fc.record({
  need: name,
  kind: fc.constantFrom(...KINDS),
  choice: fc.nat(),
  rights,
  pages: fc.nat({ max: 3 }),
});

const draft: fc.Arbitrary<Draft> = fc.record({
  name,
  program: name,
  args,
  priority: fc.nat({ max: 255 }),
  time: fc.option(fc.tuple(duration, duration)),
  restart: fc.option(fc.tuple(duration, duration)),
  offers: fc.uniqueArray(fc.record({ offer: name, interface: name }), { maxLength: 3, selector: ({ offer }) => offer }),
  replies: fc.integer({ min: 1, max: 20 }),
  needs: fc.uniqueArray(need, { maxLength: 5, selector: ({ need }) => need }),
  callers: fc.nat({ max: 3 }),
  free: fc.nat({ max: 40 }),
});

/** Plans that can be built. */
export const plans: fc.Arbitrary<Plan> = fc
  .record({ personality: name, drafts: fc.uniqueArray(draft, { maxLength: 6, selector: ({ name }) => name }) })
  .map(({ personality, drafts }) => ({ personality, components: assemble(drafts) }));

/** What processes are made of, as far as there are numbers for it: `several` of it; null when nobody is below. */
function resourceOf(
  need: string,
  what: (typeof RESOURCES)[number],
  slot: number,
  address: number,
  several: number,
  { priority, program }: Draft,
): PlannedResource | null {
  const programs = Array.from({ length: several }, (_, i) => `${program}${i}`);
  const all: Readonly<Record<typeof what, PlannedResource>> = {
    untyped: { what: "untyped", slot, need, bits: 11 + several },
    spaces: { what: "spaces", slot, need },
    ownSpace: { what: "ownSpace", slot, need, address },
    priorities: { what: "priorities", slot, need, most: priority - 1 },
    time: { what: "time", slot, count: several, need, budgetUs: 1000 * several, periodUs: 7000 },
    leftover: { what: "leftover", slot, count: several, need, sliceUs: 1500 * several },
    programs: { what: "programs", slot, need, programs },
  };
  return what === "priorities" && priority === 0 ? null : all[what];
}

/** Gives each draft what its numbers ask for: slots, badges and addresses that nothing else has. */
function assemble(drafts: readonly Draft[]): PlannedComponent[] {
  const offered = drafts.flatMap(({ name, offers }) =>
    offers.map((offer, i) => ({ target: { server: name, ...offer }, place: i + 1 })),
  );
  let unique = 0;
  return drafts.map((draft, place) => {
    const { name, program, args, priority, time, restart, offers, replies } = draft;
    const slots: PlannedSlot[] = [
      { what: "cnode", slot: 1 },
      { what: "endpoint", slot: 2 },
      { what: "notification", slot: 3 },
      { what: "parent", slot: 4, badge: place + 1 },
      { what: "replies", slot: 5, count: replies },
    ];
    const memory: PlannedMemory[] = [];
    let slot = 5 + replies;
    for (const [i, { need, kind, choice, rights, pages }] of draft.needs.entries()) {
      unique += 1;
      const at = { need, address: 0x6000_0000 + i * 0x20_0000, pages: pages + 1 };
      const { target, place: offer } = offered[choice % Math.max(1, offered.length)] ?? {};
      if (kind === "memory" || kind === "kept") memory.push({ what: kind, ...at });
      else if (kind === "device") memory.push({ what: "device", ...at, physical: 0x1000_0000 + unique * 8 * PAGE });
      else if (kind === "interrupt")
        slots.push({ what: "interrupt", slot: slot++, need, interrupt: unique, source: i });
      else if (kind !== "calls") {
        const resource = resourceOf(need, kind, slot, at.address, pages + 1, draft);
        if (resource !== null) slots.push(resource);
        slot += resource === null ? 0 : slotCount(resource);
      } else if (target !== undefined && offer !== undefined) {
        const { server } = target;
        slots.push({ what: "calls", slot: slot++, need, ...target, badge: edgeBadge(offer, unique), rights });
        const serverAddress = 0x8000_0000 + unique * 0x20_0000;
        if (pages > 0) memory.push({ what: "window", ...at, server, serverAddress });
      }
    }
    if (draft.callers > 0 && time !== null && offers.length > 0) {
      slots.push({ what: "callers", slot, count: draft.callers, budgetUs: Math.min(...time) });
      slot += draft.callers;
    }
    const [budgetUs, periodUs] = time === null ? [0, 0] : [Math.min(...time), Math.max(...time)];
    return {
      name,
      program,
      args,
      priority,
      budgetUs,
      periodUs,
      cnodeBits: 7,
      free: draft.free === 0 ? { start: 0, end: 0 } : { start: slot, end: slot + draft.free },
      offers,
      slots,
      memory,
      restart: restart === null ? null : { firstUs: Math.min(...restart), mostUs: Math.max(...restart) },
    };
  });
}
