/**
 * A plan laid out in layers, for pictures: every client above all its servers, and devices at the bottom.
 *
 * What has a name has a place: components and devices on the even ranks, and on the odd ranks between them the labels of
 * the edges, so that no label lies on another. An edge that spans several ranks passes through a place of its own on
 * each. Within a rank, places are moved towards the middle of what they are connected with, a few times up and down.
 *
 * Source: the method of Sugiyama, Tagawa and Toda (layers, dummy places, barycentres).
 */
import { hex, type Plan } from "@tessera/servers";
import { planSignals } from "./signals.js";

/** Something with a place in the picture. */
export interface Place {
  /** What it is: of a component or a device, or the label or the bend of an edge. */
  readonly what: "component" | "device" | "label" | "bend";
  /** Of a component or device, its id; of others, that of their edge. */
  readonly id: string;
  readonly lines: readonly string[];
  readonly rank: number;
  readonly width: number;
  /** The middle. */
  x: number;
}

/** An edge of the picture: the places that it passes, from the client down. */
export interface Route {
  readonly places: readonly Place[];
  readonly kind: "calls" | "drives";
  /** It shares memory as well. */
  readonly window: boolean;
}

/** A picture, as places. */
export interface Layout {
  readonly ranks: readonly (readonly Place[])[];
  readonly routes: readonly Route[];
  readonly width: number;
}

/** How wide a text is. */
export interface Measures {
  width(place: Pick<Place, "what" | "lines">): number;
  /** Between two places of a rank. */
  readonly gap: number;
}

interface Drawn {
  readonly from: string;
  readonly to: string;
  readonly lines: readonly string[];
  readonly kind: Route["kind"];
  readonly window: boolean;
}

const SWEEPS = 12;

/** Lay out a plan. */
export function layOut(plan: Plan, describe: (name: string) => readonly string[], measures: Measures): Layout {
  const drawn = edgesOf(plan);
  const levels = levelsOf(plan, drawn);
  const top = Math.max(0, ...levels.values());
  const ranks: Place[][] = Array.from({ length: top * 2 + 1 }, () => []);
  const put = (what: Place["what"], id: string, lines: readonly string[], rank: number): Place => {
    const place: Place = { what, id, lines, rank, width: measures.width({ what, lines }), x: 0 };
    ranks[rank]?.push(place);
    return place;
  };
  const places = new Map<string, Place>();
  for (const [id, level] of levels) {
    const what = id.startsWith("device ") ? "device" : "component";
    places.set(id, put(what, id, what === "device" ? id.split("\n") : describe(id), (top - level) * 2));
  }
  const routes = drawn.map(({ from, to, lines, kind, window }, i): Route => {
    const [first, last] = [places.get(from) as Place, places.get(to) as Place];
    const between: Place[] = [];
    for (let rank = first.rank + 1; rank < last.rank; rank++) {
      // The label is next to the client: it is about what the client has.
      const what = rank === first.rank + 1 ? "label" : "bend";
      between.push(put(what, `edge ${i}`, what === "label" ? lines : [], rank));
    }
    return { places: [first, ...between, last], kind, window };
  });
  arrange(ranks, routes, measures.gap);
  const width = Math.max(...ranks.flatMap((rank) => rank.map(({ x, width }) => x + width / 2)));
  return { ranks, routes, width };
}

function edgesOf(plan: Plan): Drawn[] {
  const signals = planSignals(plan);
  return plan.components.flatMap(({ name, slots, memory }) => {
    const edges: Drawn[] = [];
    for (const slot of slots) {
      if (slot.what !== "calls") continue;
      const { server, interface: of, badge, rights, need } = slot;
      const shared = memory.find((pages) => pages.what === "window" && pages.need === need);
      const pages = shared === undefined ? [] : [`window of ${shared.pages} page${shared.pages === 1 ? "" : "s"}`];
      const back = signals.some((edge) => edge.to === name && edge.need === need) ? ["signals back"] : [];
      const lines = [of, `${hex(badge)} ${rights}`, ...pages, ...back];
      edges.push({ from: name, to: server, lines, kind: "calls", window: shared !== undefined });
    }
    for (const [need, id] of devicesOf(slots, memory)) {
      edges.push({ from: name, to: id, lines: [need], kind: "drives", window: false });
    }
    return edges;
  });
}

/** The devices that a component drives: by need, what the picture says of them. */
export function devicesOf(
  slots: Plan["components"][0]["slots"],
  memory: Plan["components"][0]["memory"],
): ReadonlyMap<string, string> {
  const devices = new Map<string, string>();
  for (const pages of memory) {
    if (pages.what === "device") devices.set(pages.need, `device ${hex(pages.physical)}`);
  }
  for (const slot of slots) {
    if (slot.what !== "interrupt") continue;
    const registers = devices.get(slot.need);
    const irq = `interrupt ${slot.interrupt}`;
    devices.set(slot.need, registers === undefined ? `device with ${irq}` : `${registers}\n${irq}`);
  }
  return devices;
}

/** How far above the bottom each is: one above the highest of those that it calls or drives. */
function levelsOf({ components }: Plan, edges: readonly Drawn[]): Map<string, number> {
  const levels = new Map<string, number>();
  const devices = edges.filter(({ kind }) => kind === "drives").map(({ to }) => to);
  const base = devices.length > 0 ? 1 : 0;
  // Servers stand before their clients.
  for (const { name } of components) {
    const below = edges
      .filter(({ from, kind }) => from === name && kind === "calls")
      .map(({ to }) => levels.get(to) ?? 0);
    levels.set(name, Math.max(base, ...below.map((level) => level + 1)));
  }
  for (const device of devices) levels.set(device, 0);
  return levels;
}

function arrange(ranks: Place[][], routes: readonly Route[], gap: number): void {
  const above = new Map<Place, Place[]>();
  const below = new Map<Place, Place[]>();
  for (const { places } of routes) {
    for (const [i, place] of places.slice(0, -1).entries()) {
      const next = places[i + 1] as Place;
      below.set(place, [...(below.get(place) ?? []), next]);
      above.set(next, [...(above.get(next) ?? []), place]);
    }
  }
  for (const rank of ranks) spread(rank, gap);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const down = sweep % 2 === 0;
    const neighbours = down ? above : below;
    for (const rank of down ? ranks : [...ranks].reverse()) {
      for (const place of rank) place.x = middle(neighbours.get(place) ?? [], place.x);
      rank.sort((a, b) => a.x - b.x);
      settle(rank, gap);
    }
  }
  // Last, everything between what is above and below it, where there is room.
  for (const rank of ranks) {
    for (const place of rank) place.x = middle([...(above.get(place) ?? []), ...(below.get(place) ?? [])], place.x);
    settle(rank, gap);
  }
  const left = Math.min(...ranks.flatMap((rank) => rank.map(({ x, width }) => x - width / 2)));
  for (const place of ranks.flat()) place.x -= left;
}

function middle(places: readonly Place[], otherwise: number): number {
  if (places.length === 0) return otherwise;
  return places.reduce((sum, { x }) => sum + x, 0) / places.length;
}

/** One beside the other, from 0. */
function spread(rank: readonly Place[], gap: number): void {
  let right = 0;
  for (const place of rank) {
    place.x = right + place.width / 2;
    right += place.width + gap;
  }
}

/** Push apart what overlaps, and keep as near as possible to where each wants to be: by blocks that move as one. */
function settle(rank: readonly Place[], gap: number): void {
  interface Block {
    readonly places: Place[];
    /** The middle of the first place, as the mean of what its places want. */
    start: number;
    readonly offsets: number[];
    readonly wishes: number[];
  }
  const blocks: Block[] = [];
  for (const place of rank) {
    let block: Block = { places: [place], start: place.x, offsets: [0], wishes: [place.x] };
    for (let before = blocks.at(-1); before !== undefined; before = blocks.at(-1)) {
      const last = before.places.at(-1) as Place;
      const first = block.places[0] as Place;
      const needed = (before.offsets.at(-1) ?? 0) + (last.width + first.width) / 2 + gap;
      if (block.start >= before.start + needed) break;
      blocks.pop();
      before.places.push(...block.places);
      before.offsets.push(...block.offsets.map((offset) => offset + needed));
      before.wishes.push(...block.wishes);
      const starts = before.wishes.map((wish, i) => wish - (before.offsets[i] ?? 0));
      before.start = starts.reduce((sum, start) => sum + start, 0) / starts.length;
      block = before;
    }
    blocks.push(block);
  }
  for (const { places, offsets, start } of blocks) {
    for (const [i, place] of places.entries()) place.x = start + (offsets[i] ?? 0);
  }
}
