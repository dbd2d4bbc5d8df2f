/**
 * Plans as pictures: Mermaid, for where Markdown is shown, and SVG, self-contained, for everything else.
 *
 * Clients are above, servers below, devices at the bottom. An arrow is a capability, from who holds it to whom it leads,
 * with its interface, its badge and its rights, and whether the server signals back; a thick one shares memory as well.
 * Both are texts, the same for the same plan.
 */
import { durationText, hex, type Plan, type PlannedComponent, type PlannedSlot } from "@tessera/servers";
import { devicesOf, type Layout, layOut, type Measures, type Place, type Route } from "./layers.js";
import { planSignals } from "./signals.js";

const FONT = "ui-sans-serif, system-ui, 'Segoe UI', Helvetica, Arial, sans-serif";
const LINE = 16;
const PADDING = 12;
const RANK_GAP = 30;
/** Between the ends of two edges at one place, at most. */
const PORT_GAP = 26;
const MARGIN = 24;
const TITLE = 34;
/** Mean widths of letters of the title of a component, and of the small print, generously. */
const LETTER = { title: 8.6, small: 6.9 };
const MEASURES: Measures = {
  gap: 18,
  width({ what, lines }) {
    if (what === "bend") return 8;
    const [first = "", ...others] = lines;
    const small = Math.max(0, ...(what === "component" ? others : lines).map((line) => line.length * LETTER.small));
    const title = what === "component" ? first.length * LETTER.title : 0;
    return Math.max(small, title) + (what === "label" ? 6 : 2 * PADDING);
  },
};

/** What is said of a component: its name, its program if that is another, how urgent, on whose time, what it makes. */
function describe({ name, program, priority, budgetUs, periodUs, restart, slots }: PlannedComponent): string[] {
  const time = budgetUs === 0 ? "passive" : `${durationText(budgetUs)} of ${durationText(periodUs)}`;
  const what = program === name ? [] : [`runs ${program}`];
  const resources = slots.map(resourceText).filter((line) => line !== "");
  return [name, ...what, `prio ${priority}, ${time}`, ...(restart === null ? [] : ["restarted"]), ...resources];
}

/** What a component makes processes of; nothing for what is drawn as an arrow, or is everybody's. */
function resourceText(slot: PlannedSlot): string {
  switch (slot.what) {
    case "untyped":
      return `${2 ** slot.bits / 1024} KiB untyped`;
    case "spaces":
      return "makes address spaces";
    case "priorities":
      return `threads up to prio ${slot.most}`;
    case "time":
      return `${slot.count} x ${durationText(slot.budgetUs)} of ${durationText(slot.periodUs)}`;
    case "leftover":
      return `${slot.count} in turns of ${durationText(slot.sliceUs)}`;
    case "programs":
      return `${slot.programs.length} program${slot.programs.length === 1 ? "" : "s"}`;
    default:
      return "";
  }
}

/** A plan as a Mermaid flowchart. */
export function planMermaid(plan: Plan): string {
  const lines = ["flowchart TB"];
  const signals = planSignals(plan);
  for (const component of plan.components) {
    lines.push(`  ${component.name}_["${describe(component).join("<br>")}"]`);
  }
  for (const { name, slots, memory } of plan.components) {
    for (const slot of slots) {
      if (slot.what !== "calls") continue;
      const isShared = memory.some((pages) => pages.what === "window" && pages.need === slot.need);
      const back = signals.some(({ to, need }) => to === name && need === slot.need) ? ", signals back" : "";
      const label = `${slot.interface} ${hex(slot.badge)} ${slot.rights}${back}`;
      lines.push(`  ${name}_ ${isShared ? "==>" : "-->"}|"${label}"| ${slot.server}_`);
    }
    for (const [need, device] of devicesOf(slots, memory)) {
      const id = device.replaceAll(/\W+/g, "_");
      lines.push(`  ${name}_ -.->|"${need}"| ${id}[/"${device.replace("\n", "<br>")}"/]`);
    }
  }
  return `${lines.join("\n")}\n`;
}

/** A plan as an SVG picture, complete in itself. */
export function planSvg(plan: Plan): string {
  const descriptions = new Map(plan.components.map((component) => [component.name, describe(component)]));
  const layout = layOut(plan, (name) => descriptions.get(name) ?? [name], MEASURES);
  const tops = rankTops(layout);
  const width = Math.ceil(layout.width + 2 * MARGIN);
  const height = Math.ceil((tops.at(-1) ?? 0) + MARGIN);
  const heights = layout.ranks.map(rankHeight);
  const middles = heights.map((height, rank) => (tops[rank] ?? 0) + height / 2);
  const ends = endsOf(layout.routes);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
      `role="img" font-family="${FONT}" font-size="12">`,
    `  <title>${escaped(plan.personality)}: who may call whom</title>`,
    "  <defs>",
    ...["calls", "drives"].map(arrowHead),
    "  </defs>",
    `  <rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `  <text x="${MARGIN}" y="${MARGIN + 6}" font-size="16" font-weight="600" fill="#1f2933">${escaped(plan.personality)}</text>`,
    ...layout.routes.map((route) => routeSvg(route, ends.get(route) as Ends, { middles, heights })),
    ...layout.ranks.flatMap((rank, i) =>
      rank.filter(({ what }) => what !== "bend").map((place) => placeSvg(place, middles[i] ?? 0)),
    ),
    "</svg>",
    "",
  ].join("\n");
}

function arrowHead(kind: string): string {
  return (
    `    <marker id="${kind}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" ` +
    `markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L8 4L0 8z" fill="${COLOURS[kind as Route["kind"]]}"/></marker>`
  );
}

const COLOURS = { calls: "#3d5a80", drives: "#9c6644" } as const;

/** Where each rank begins, and where the last one ends. */
function rankTops({ ranks }: Layout): number[] {
  const tops = [MARGIN + TITLE];
  for (const rank of ranks) tops.push((tops.at(-1) ?? 0) + rankHeight(rank) + RANK_GAP);
  tops[tops.length - 1] = (tops.at(-1) ?? 0) - RANK_GAP;
  return tops;
}

function rankHeight(rank: readonly Place[]): number {
  return Math.max(0, ...rank.map(placeHeight));
}

function placeHeight({ what, lines }: Place): number {
  if (what === "bend") return 0;
  return lines.length * LINE + (what === "label" ? 4 : PADDING);
}

function placeSvg(place: Place, y: number): string {
  const { what, lines, width, x } = place;
  const height = placeHeight(place);
  const left = round(MARGIN + x - width / 2);
  const top = round(y - height / 2);
  const isLabel = what === "label";
  const look = {
    component: 'fill="#eef3f9" stroke="#3d5a80" stroke-width="1.2" rx="6"',
    device: 'fill="#f8f1e7" stroke="#9c6644" stroke-width="1.2" stroke-dasharray="4 2"',
    label: 'fill="#ffffff"',
    bend: "",
  }[what];
  const first = top + (height - lines.length * LINE) / 2 + 12;
  const texts = lines.map((line, i) => {
    const isName = what === "component" && i === 0;
    const font = isName
      ? 'font-size="14" font-weight="600" fill="#1f2933"'
      : `fill="${isLabel && i === 0 ? "#1f2933" : "#52606d"}"`;
    return `<text x="${round(MARGIN + x)}" y="${round(first + i * LINE)}" text-anchor="middle" ${font}>${escaped(line)}</text>`;
  });
  return `  <g><rect x="${left}" y="${top}" width="${round(width)}" height="${height}" ${look}/>${texts.join("")}</g>`;
}

/** The ranks as stripes of the picture. */
interface Bands {
  readonly middles: readonly number[];
  readonly heights: readonly number[];
}

/** Where an edge leaves its first place and enters its last, along their borders. */
interface Ends {
  readonly out: number;
  readonly in: number;
}

/** The ends of the edges of each place lie side by side, in the order of what they lead to. */
function endsOf(routes: readonly Route[]): ReadonlyMap<Route, Ends> {
  const outs = portsOf(routes, (places) => [places[0], places[1]]);
  const ins = portsOf(routes, (places) => [places.at(-1), places.at(-2)]);
  return new Map(routes.map((route) => [route, { out: outs.get(route) ?? 0, in: ins.get(route) ?? 0 }]));
}

function portsOf(
  routes: readonly Route[],
  ends: (places: readonly Place[]) => [Place | undefined, Place | undefined],
): Map<Route, number> {
  const byPlace = new Map<Place, Route[]>();
  for (const route of routes) {
    const [place] = ends(route.places);
    if (place !== undefined) byPlace.set(place, [...(byPlace.get(place) ?? []), route]);
  }
  const ports = new Map<Route, number>();
  for (const [place, all] of byPlace) {
    const towards = (route: Route) => ends(route.places)[1]?.x ?? 0;
    const sorted = [...all].sort((a, b) => towards(a) - towards(b));
    const step = Math.min(PORT_GAP, (place.width - 2 * PADDING) / sorted.length);
    for (const [i, route] of sorted.entries()) ports.set(route, place.x + (i - (sorted.length - 1) / 2) * step);
  }
  return ports;
}

/** A smooth line through the places of an edge: straight down through each, so that it keeps out of the others' way. */
function routeSvg({ places, kind, window }: Route, ends: Ends, { middles, heights }: Bands): string {
  const [first, ...others] = places as [Place, ...Place[]];
  let [x, y] = [MARGIN + ends.out, (middles[first.rank] ?? 0) + placeHeight(first) / 2];
  let path = `M${round(x)} ${round(y)}`;
  for (const [i, place] of others.entries()) {
    const isLast = i === others.length - 1;
    const middle = middles[place.rank] ?? 0;
    // In between it goes straight down past the highest of the rank, so that it cuts no corner of a box.
    const half = (isLast ? placeHeight(place) : (heights[place.rank] ?? 0)) / 2;
    const [toX, toY] = [MARGIN + (isLast ? ends.in : place.x), middle - half];
    const bend = (y + toY) / 2;
    path += `C${round(x)} ${round(bend)} ${round(toX)} ${round(bend)} ${round(toX)} ${round(toY)}`;
    if (!isLast) path += `V${round(middle + half)}`;
    [x, y] = [toX, middle + half];
  }
  const dashes = kind === "drives" ? ' stroke-dasharray="4 3"' : "";
  const look = `stroke="${COLOURS[kind]}" stroke-width="${window ? 3 : 1.4}"${dashes}`;
  return `  <path d="${path}" fill="none" ${look} marker-end="url(#${kind})"/>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
