/**
 * The text of a plan, read: by recursive descent, one function a construct, in the order in which text.ts prints.
 *
 * Whatever is not a plan's text is refused, with the place and what to write there. Nothing is guessed and nothing is
 * skipped: a word that the reader does not know may be one that the reviewer relied on. What is read is also well formed
 * (well-formed.ts), so a root task builds it without looking again.
 */
import {
  type Plan,
  type PlannedComponent,
  type PlannedMemory,
  type PlannedOffer,
  type PlannedResource,
  type PlannedRights,
  type PlannedSlot,
  slotCount,
} from "./plan.js";
import { PlanTextError, type Position, scan, type Token } from "./scan.js";
import { planProblems } from "./well-formed.js";

const UNITS = { us: 1, ms: 1000, s: 1_000_000 };
const RIGHTS: readonly string[] = ["WP", "WGP", "RWGP"] satisfies PlannedRights[];
const COMPONENT = "component name { program ... prio ... sc ... restart ... cnode (4 bits) { ... } }";

/**
 * The plan that a text says.
 * @param source what errors call the text: the name of its file
 * @throws PlanTextError for the first thing in it that is no plan, or cannot be built
 */
export function parsePlan(text: string, source = "plan"): Plan {
  return new Parser(scan(text, source), source).plan();
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #source: string;
  #next = 0;
  /** Where the parts of the plan stand. */
  readonly #positions = new Map<object, Position>();

  constructor(tokens: readonly Token[], source: string) {
    this.#tokens = tokens;
    this.#source = source;
  }

  plan(): Plan {
    this.#word("personality", "personality desk");
    const personality = this.#name("the personality's name");
    const components: PlannedComponent[] = [];
    while (this.#peek.kind !== "end") components.push(this.#component());
    const plan = { personality, components: this.#withInterfaces(components) };
    const [problem] = planProblems(plan);
    if (problem === undefined) return plan;
    throw new PlanTextError(problem.sentence, this.#positions.get(problem.part) ?? this.#peek.at, this.#source);
  }

  #component(): PlannedComponent {
    const { at } = this.#peek;
    this.#word("component", COMPONENT);
    const name = this.#name("the component's name");
    this.#mark("{");
    this.#word("program", "program ramfs");
    const program = this.#name("the program's name");
    const args = this.#takes("args") ? this.#string() : "";
    this.#word("prio", "prio 100");
    const priority = this.#number("a priority");
    const time = this.#time();
    const restart = this.#restart();
    const offers: PlannedOffer[] = [];
    while (this.#takes("offer")) offers.push(this.#offer());
    const cnode = this.#cnode();
    const memory = this.#takes("vspace") ? this.#block(() => this.#memory()) : [];
    this.#mark("}");
    return this.#at(at, { name, program, args, priority, ...time, ...cnode, offers, memory, restart });
  }

  #offer(): PlannedOffer {
    const offer = this.#name("the offer's name");
    this.#mark(":");
    const planned = { offer, interface: this.#name("its interface") };
    if (this.#peek.text !== "(") return planned;
    return this.#inBrackets(() => {
      if (this.#takes("signals")) return { ...planned, signals: true };
      this.#key("sessions", () => this.#word("WGP", "(sessions: WGP)"));
      if (!this.#takes(",")) return { ...planned, sessions: "WGP" };
      this.#word("signals", "(sessions: WGP, signals)");
      return { ...planned, sessions: "WGP", signals: true };
    });
  }

  #time(): { budgetUs: number; periodUs: number } {
    if (this.#takes("passive")) return { budgetUs: 0, periodUs: 0 };
    this.#word("sc", '"sc (budget: 1ms, period: 10ms)" or "passive"');
    this.#mark("(");
    const budgetUs = this.#key("budget", () => this.#duration());
    if (budgetUs === 0) throw this.#error(this.#last, 'a budget of 0 is none: write "passive" in place of "sc (...)"');
    this.#mark(",");
    const periodUs = this.#key("period", () => this.#duration());
    this.#mark(")");
    return { budgetUs, periodUs };
  }

  #restart(): PlannedComponent["restart"] {
    this.#word("restart", '"restart never" or "restart (first: 10ms, most: 1s)"');
    if (this.#takes("never")) return null;
    this.#mark("(");
    const firstUs = this.#key("first", () => this.#duration());
    this.#mark(",");
    const mostUs = this.#key("most", () => this.#duration());
    const watch = this.#takes(",") ? { watchUs: this.#key("watch", () => this.#duration()) } : {};
    this.#mark(")");
    return { firstUs, mostUs, ...watch };
  }

  #cnode(): Pick<PlannedComponent, "cnodeBits" | "slots" | "free"> {
    this.#word("cnode", "cnode (4 bits) { 4: parent (WP, badge: 0x1) }");
    this.#mark("(");
    const cnodeBits = this.#number("log2 of its slots");
    this.#word("bits", "cnode (4 bits)");
    this.#mark(")");
    let free = { start: 0, end: 0 };
    const slots: PlannedSlot[] = [];
    this.#block(() => {
      const first = this.#peek;
      const { start, end } = this.#range();
      this.#mark(":");
      if (free.end > 0) throw this.#error(first, "free slots come last: move this line up");
      if (!this.#isNeed && this.#takes("free")) free = { start, end };
      else slots.push(this.#at(first.at, this.#slot(start, end, first)));
    });
    return { cnodeBits, slots, free };
  }

  #slot(slot: number, end: number, first: Token): PlannedSlot {
    const isNeed = this.#isNeed;
    const word = this.#name("what the slot holds");
    const held = isNeed ? this.#need(slot, end - slot, word) : this.#own(slot, end - slot, word);
    const count = slotCount(held);
    if (end - slot === count) return held;
    if (count > 1) throw this.#error(first, `"${word}" are ${count}: give them ${slot}..${slot + count - 1}`);
    throw this.#error(
      first,
      `a range of slots is for "rtreply", "callers", "free", time and programs: give "${word}" one slot`,
    );
  }

  #own(slot: number, count: number, word: string): PlannedSlot {
    switch (word) {
      case "rtreply":
        return { what: "replies", slot, count };
      case "callers":
        return this.#callers(slot, count);
      case "cnode":
        return { what: "cnode", slot };
      case "ep":
        this.#inBrackets(() => this.#word("RWGP", "ep (RWGP)"));
        return { what: "endpoint", slot };
      case "notification":
        this.#inBrackets(() => this.#word("RW", "notification (RW)"));
        return { what: "notification", slot };
      case "parent":
        return this.#inBrackets(() => {
          this.#word("WP", "parent (WP, badge: 0x1)");
          this.#mark(",");
          return { what: "parent", slot, badge: this.#key("badge", () => this.#number("a badge")) };
        });
    }
    const words = 'cnode, ep, notification, parent, rtreply, callers, free, or "need = ..."';
    throw this.#error(this.#last, `a slot does not hold "${word}": write ${words}`);
  }

  #callers(slot: number, count: number): PlannedSlot {
    return this.#inBrackets(() => {
      this.#word("RW", "callers (RW, budget: 100us)");
      this.#mark(",");
      return { what: "callers", slot, count, budgetUs: this.#key("budget", () => this.#duration()) };
    });
  }

  /** Whether a need's name comes next; it may be any word. */
  get #isNeed(): boolean {
    return this.#tokens[this.#next + 1]?.text === "=";
  }

  #need(slot: number, count: number, need: string): PlannedSlot {
    this.#mark("=");
    const resource = this.#resource(slot, count, need);
    if (resource !== null) return resource;
    if (this.#takes("irq")) {
      const interrupt = this.#number("the interrupt's number");
      const source = this.#inBrackets(() => this.#key("source", () => this.#number("a bit of its notification")));
      return { what: "interrupt", slot, need, interrupt, source };
    }
    this.#word("ep", `"${need} = ep server.offer (WP, badge: 0x101)" or "${need} = irq 10 (source: 0)"`);
    const server = this.#name("the server");
    this.#mark(".");
    const offer = this.#name("its offer");
    this.#mark("(");
    const letters = this.#token("word", "rights");
    if (!RIGHTS.includes(letters.text))
      throw this.#error(letters, `rights are ${RIGHTS.join(", ")}, not ${letters.text}`);
    this.#mark(",");
    const badge = this.#key("badge", () => this.#number("a badge"));
    this.#mark(")");
    const rights = letters.text as PlannedRights;
    return { what: "calls", slot, need, interface: "", server, offer, badge, rights };
  }

  /** What a component has to make processes; null when it is something else. */
  #resource(slot: number, count: number, need: string): PlannedResource | null {
    if (this.#takes("asid_pool")) return { what: "spaces", slot, need };
    if (this.#takes("ut")) {
      return this.#inBrackets(() => {
        const bits = this.#number("log2 of its bytes");
        this.#word("bits", "ut (22 bits)");
        return { what: "untyped", slot, need, bits };
      });
    }
    if (this.#takes("vspace")) {
      return this.#inBrackets(() => {
        this.#word("own", "vspace (own, at: 0x60000000)");
        this.#mark(",");
        return { what: "ownSpace", slot, need, address: this.#key("at", () => this.#number("an address")) };
      });
    }
    if (this.#takes("tcb")) {
      const most = this.#inBrackets(() => this.#key("mcp", () => this.#number("a priority")));
      return { what: "priorities", slot, need, most };
    }
    if (this.#takes("sc")) return this.#inBrackets(() => this.#contexts(slot, count, need));
    if (this.#takes("frame")) {
      return this.#inBrackets(() => {
        this.#word("RX", "frame (RX, programs: cat, ls)");
        this.#mark(",");
        const programs = this.#key("programs", () => [this.#name("a program's name")]);
        while (this.#takes(",")) programs.push(this.#name("a program's name"));
        return { what: "programs", slot, need, programs };
      });
    }
    return null;
  }

  #contexts(slot: number, count: number, need: string): PlannedResource {
    if (this.#peek.text === "turns") {
      return { what: "leftover", slot, count, need, sliceUs: this.#key("turns", () => this.#duration()) };
    }
    const budgetUs = this.#key("budget", () => this.#duration());
    this.#mark(",");
    return { what: "time", slot, count, need, budgetUs, periodUs: this.#key("period", () => this.#duration()) };
  }

  #memory(): PlannedMemory {
    const { at } = this.#peek;
    const address = this.#number("an address");
    this.#mark(":");
    const need = this.#name("the need that it is for");
    this.#mark("=");
    const what = this.#kindOfMemory();
    this.#word("frame", '"frame", "kept frame", "device frame" or "shared frame"');
    return this.#at(
      at,
      this.#inBrackets((): PlannedMemory => {
        this.#word("RW", `frame (RW, pages: 1)`);
        this.#mark(",");
        const pages = this.#key("pages", () => this.#number("a number of pages"));
        if (what === "memory" || what === "kept") return { what, need, address, pages };
        this.#mark(",");
        if (what === "device") {
          return { what, need, address, pages, physical: this.#key("paddr", () => this.#number("a physical address")) };
        }
        const server = this.#key("with", () => this.#name("the server"));
        this.#mark(",");
        return {
          what,
          need,
          address,
          pages,
          server,
          serverAddress: this.#key("at", () => this.#number("its address there")),
        };
      }),
    );
  }

  #kindOfMemory(): PlannedMemory["what"] {
    if (this.#takes("device")) return "device";
    if (this.#takes("shared")) return "window";
    return this.#takes("kept") ? "kept" : "memory";
  }

  /** The interface of a call is its offer's; where there is no such offer, well-formed.ts says so. */
  #withInterfaces(components: readonly PlannedComponent[]): PlannedComponent[] {
    const interfaces = new Map(
      components.flatMap(({ name, offers }) =>
        offers.map((offer) => [`${name}.${offer.offer}`, offer.interface] as const),
      ),
    );
    return components.map((component) => {
      const slots = component.slots.map((slot) => {
        if (slot.what !== "calls") return slot;
        return this.#moved(slot, { ...slot, interface: interfaces.get(`${slot.server}.${slot.offer}`) ?? "" });
      });
      return this.#moved(component, { ...component, slots });
    });
  }

  #block<T>(line: () => T): T[] {
    this.#mark("{");
    const all: T[] = [];
    while (!this.#takes("}")) all.push(line());
    return all;
  }

  #inBrackets<T>(inside: () => T): T {
    this.#mark("(");
    const value = inside();
    this.#mark(")");
    return value;
  }

  #key<T>(key: string, value: () => T): T {
    this.#word(key, `${key}: ...`);
    this.#mark(":");
    return value();
  }

  #range(): { start: number; end: number } {
    const start = this.#number("a slot");
    if (!this.#takes("..")) return { start, end: start + 1 };
    const last = this.#number("the last slot");
    if (last < start) throw this.#error(this.#last, `${start}..${last}: the first slot comes first`);
    return { start, end: last + 1 };
  }

  #number(what: string): number {
    const token = this.#token("number", what);
    if (token.extra !== "")
      throw this.#error(token, `${token.text} is no number: ${what} has no "${token.extra}" behind it`);
    return token.value;
  }

  #duration(): number {
    const token = this.#token("number", "a time such as 10ms");
    const unit = UNITS[token.extra as keyof typeof UNITS];
    if (unit === undefined || !Object.hasOwn(UNITS, token.extra)) {
      throw this.#error(token, `${token.text} is no time: write a whole number and us, ms or s, such as 10ms`);
    }
    return token.value * unit;
  }

  #name(what: string): string {
    return this.#token("word", what).text;
  }

  #string(): string {
    return this.#token("string", 'arguments in quotes, such as "/motd"').extra;
  }

  #token(kind: Token["kind"], what: string): Token {
    const token = this.#peek;
    if (token.kind !== kind) throw this.#error(token, `${what} belongs here, not ${shown(token)}`);
    this.#next += 1;
    return token;
  }

  #word(word: string, example: string): void {
    if (!this.#takes(word))
      throw this.#error(this.#peek, `"${word}" belongs here, not ${shown(this.#peek)}: write ${example}`);
  }

  #mark(mark: string): void {
    if (!this.#takes(mark)) throw this.#error(this.#peek, `"${mark}" belongs here, not ${shown(this.#peek)}`);
  }

  /** Whether the next token is this word or mark; if so, it is taken. */
  #takes(text: string): boolean {
    const token = this.#peek;
    if (token.text !== text || (token.kind !== "word" && token.kind !== "mark")) return false;
    this.#next += 1;
    return true;
  }

  get #peek(): Token {
    return this.#tokens[this.#next] as Token;
  }

  get #last(): Token {
    return this.#tokens[this.#next - 1] as Token;
  }

  #at<T extends object>(position: Position, part: T): T {
    this.#positions.set(part, position);
    return part;
  }

  #moved<T extends object>(from: object, to: T): T {
    return this.#at(this.#positions.get(from) as Position, to);
  }

  #error({ at }: Token, message: string): PlanTextError {
    return new PlanTextError(message, at, this.#source);
  }
}

function shown({ kind, text }: Token): string {
  return kind === "end" || kind === "string" ? text : `"${text}"`;
}
