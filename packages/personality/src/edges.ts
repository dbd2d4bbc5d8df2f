/**
 * Edges: which need of whom is served by which offer of whom.
 *
 * Injection is delegation. Every need is a token of an inversify container, and what it resolves to is minted from one
 * offer: a capability with a badge of its own. So inversify's rules are ours: nothing bound is a need that nobody
 * offers, two bindings are two offers without a choice, and a circle of bindings is a cycle of blocking calls, in which
 * everybody could wait for the next for ever.
 *
 *     "editor.files" (a need) ─mint─▸ files (an interface) ─▸ "ramfs.files" (an offer) ─▸ "ramfs" (a component)
 *            └─ chosen ────────────────────────────────────▸                                    └─▸ its needs
 *
 * There is one container, flat and thrown away: what is found through a parent would be ambient authority. Nothing binds
 * itself, and no component ever sees the container. inversify speaks of tokens; the reasons here speak of components.
 */
import type { AnyInterface, CallsNeed } from "@tessera/servers";
import { Container } from "inversify";
import { andList, meant, orList } from "./near.js";
import type { Placed } from "./placing.js";

/** A component that calls another. */
export interface Edge {
  readonly client: Placed;
  readonly need: string;
  readonly of: AnyInterface;
  /** Pages that both share. */
  readonly window: number;
  readonly server: Placed;
  readonly offer: string;
}

/** The edges of a composition, or why there are none. */
export interface Edges {
  readonly edges: readonly Edge[];
  readonly reasons: readonly string[];
  /** What inversify said first. */
  readonly cause: unknown;
}

interface Offered {
  readonly server: Placed;
  readonly offer: string;
  readonly of: AnyInterface;
}

interface Wanted {
  readonly client: Placed;
  readonly need: string;
  readonly declared: CallsNeed<AnyInterface>;
}

/**
 * Find the offer for every need.
 * @param all the components, by name, in an order that does not depend on who was added first
 */
export function edgesOf(all: readonly Placed[]): Edges {
  const wiring = new Wiring(all);
  const edges: Edge[] = [];
  const reasons: string[] = [];
  let cause: unknown = null;
  for (const wanted of wiring.wanted) {
    try {
      edges.push(wiring.resolve(wanted));
    } catch (error) {
      cause ??= error;
      const reason = wiring.whyNot(wanted);
      if (reason !== null) reasons.push(reason);
    }
  }
  if (cause !== null && reasons.length === 0) reasons.push(...wiring.cycles());
  // Whatever else inversify may refuse is told in its own words.
  if (cause !== null && reasons.length === 0) throw cause;
  return { edges, reasons, cause };
}

/** A component that calls on, by a need. */
type Step = Pick<Wanted, "client" | "need">;

/** The container, and the tokens in it. */
class Wiring {
  readonly wanted: readonly Wanted[];
  readonly #container = new Container({ defaultScope: "Singleton" });
  readonly #offered: readonly Offered[];
  readonly #placed: readonly Placed[];
  readonly #tokens = new Map<unknown, Map<string, symbol>>();

  constructor(all: readonly Placed[]) {
    this.#placed = all;
    this.#offered = all.flatMap((server) =>
      Object.entries(server.component.offers).map(([offer, of]) => ({ server, offer, of })),
    );
    this.wanted = all.flatMap((client) =>
      Object.entries(client.component.needs).flatMap(([need, declared]) =>
        declared.need === "calls" ? [{ client, need, declared }] : [],
      ),
    );
    for (const placed of all) {
      const needs = this.wanted.filter(({ client }) => client === placed).map(({ need }) => this.#token(placed, need));
      this.#container.bind<Placed>(this.#token(placed)).toResolvedValue((..._edges: Edge[]) => placed, needs);
    }
    for (const offered of this.#offered) this.#bindOffer(offered);
    for (const wanted of this.wanted) this.#bindNeed(wanted);
  }

  /** @throws an error of inversify when there is not exactly one offer, or it depends on itself */
  resolve({ client, need }: Wanted): Edge {
    return this.#container.get<Edge>(this.#token(client, need));
  }

  /** Why a need has no offer; null when it has, and what fails lies behind it. */
  whyNot(wanted: Wanted): string | null {
    const { client, need, declared } = wanted;
    const who = `${client.name}.${need}`;
    const chosen = client.choose.get(need);
    const candidates = this.#candidates(wanted);
    if (candidates.length === 1) return null;
    if (candidates.length > 1) {
      const names = candidates.map(({ server, offer }) => `${server.name}.${offer}`);
      const choice = `choose: { ${need}: "${names[0]}" }`;
      return `${who} needs "${declared.of.name}", which ${andList(names)} offer: choose one of them, such as ${choice}`;
    }
    return chosen === undefined ? this.#whyNobody(who, declared.of) : this.#whyNotChosen(who, declared.of, chosen);
  }

  /** The cycles of blocking calls, a sentence each. */
  cycles(): string[] {
    const reasons: string[] = [];
    const done = new Set<Placed>();
    const visit = (placed: Placed, path: readonly Step[]): void => {
      const start = path.findIndex(({ client }) => client === placed);
      if (start >= 0) reasons.push(cycleText(path.slice(start)));
      if (start >= 0 || done.has(placed)) return;
      for (const wanted of this.wanted.filter(({ client }) => client === placed)) {
        const [next] = this.#candidates(wanted);
        if (next !== undefined) visit(next.server, [...path, { client: placed, need: wanted.need }]);
      }
      done.add(placed);
    };
    for (const placed of this.#placed) visit(placed, []);
    return reasons;
  }

  #bindOffer(offered: Offered): void {
    const token = this.#token(offered.server, offered.offer, "offer");
    // The server is resolved first, and so are its own needs: that is how a cycle is found.
    this.#container.bind<Offered>(token).toResolvedValue((_server: Placed) => offered, [this.#token(offered.server)]);
    this.#container.bind<Offered>(this.#token(offered.of)).toResolvedValue((offer: Offered) => offer, [token]);
  }

  #bindNeed(wanted: Wanted): void {
    const { client, need, declared } = wanted;
    const mint = ({ server, offer }: Offered): Edge => {
      return { client, need, of: declared.of, window: declared.window, server, offer };
    };
    const candidates = client.choose.has(need) ? this.#candidates(wanted) : [];
    // What is chosen is bound as such; a choice that leads nowhere, or to several, to a token that inversify refuses.
    const [only] = candidates;
    let token = this.#token(declared.of);
    if (client.choose.has(need)) token = this.#token(client, need, "choice");
    if (only !== undefined && candidates.length === 1) token = this.#token(only.server, only.offer, "offer");
    this.#container.bind<Edge>(this.#token(client, need)).toResolvedValue(mint, [token]);
  }

  /** The offers that a need could get, after its choice. */
  #candidates({ client, need, declared }: Wanted): Offered[] {
    const chosen = client.choose.get(need);
    return this.#offered.filter(({ server, offer, of }) => {
      if (of !== declared.of) return false;
      return chosen === undefined || chosen === server.name || chosen === `${server.name}.${offer}`;
    });
  }

  #whyNobody(who: string, of: AnyInterface): string {
    const twin = this.#offered.find((offered) => offered.of.name === of.name);
    if (twin !== undefined) {
      const other = `${twin.server.name}.${twin.offer}`;
      return `${who} needs "${of.name}", and ${other} offers another interface of that name: import the same one in both`;
    }
    const offers = this.#offered.map((offered) => offered.of.name);
    return `${who} needs "${of.name}", which nobody offers: add a component that does; ${meant(of.name, offers, "offers")}`;
  }

  #whyNotChosen(who: string, of: AnyInterface, chosen: string): string {
    const [serverName = "", offerName] = chosen.split(".");
    const server = this.#placed.find(({ name }) => name === serverName);
    if (server === undefined) {
      const names = this.#placed.map(({ name }) => name);
      return `${who} chooses "${chosen}", and there is no component "${serverName}": ${meant(serverName, names, "components")}`;
    }
    const offers = Object.entries(server.component.offers).map(([offer, { name }]) => `${offer} ("${name}")`);
    const has = offers.length === 0 ? "offers nothing" : `offers ${andList(offers)}`;
    const others = this.#offered.filter((offered) => offered.of === of).map((o) => `${o.server.name}.${o.offer}`);
    const cure = others.length === 0 ? "nobody else does" : `choose ${orList(others)}`;
    const what = offerName === undefined ? `"${of.name}"` : `"${offerName}" of interface "${of.name}"`;
    return `${who} chooses "${chosen}", which does not offer ${what}: ${serverName} ${has}; ${cure}`;
  }

  /** The token of a component, an interface, or something of theirs. */
  #token(of: Placed | AnyInterface, name = "", kind = ""): symbol {
    const named = this.#tokens.get(of) ?? new Map<string, symbol>();
    this.#tokens.set(of, named);
    const key = `${kind} ${name}`;
    const token = named.get(key) ?? Symbol([of.name, name, kind].filter((part) => part !== "").join(" "));
    named.set(key, token);
    return token;
  }
}

function cycleText(path: readonly Step[]): string {
  const steps = path.map(({ client, need }, i) => {
    const next = path[(i + 1) % path.length];
    return `${client.name} calls ${next?.client.name} (${need})`;
  });
  return (
    `a cycle of blocking calls: ${steps.join(", ")}. Each could wait for the next for ever: ` +
    "break it by a signal in one direction, or by moving what both need into a component of its own"
  );
}
