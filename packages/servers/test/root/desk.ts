/** A small desk: a driver, a store with sessions and a window, a passive counter, and an editor that calls all of them. */
import { compute, copyIn, copyOut, load, store as storeWord, type Thread } from "@tessera/hal-sim/isa";
import {
  type Component,
  calls,
  component,
  define,
  device,
  type Edge,
  memory,
  oneOf,
  op,
  sessionOf,
  u32,
  u53,
} from "../../src/index.js";

/** The UART of the board. */
export const UART = { address: 0x1000_0000, interrupt: 10 };
export const INTERRUPT_ENABLE = 1;

/** How a component may be made to die. */
export const Way = oneOf("throw", "fault", "return");

/** Anything that can be told to die, so that a test says when. */
export const Mortal = define("mortal", {
  die: op({ way: Way }, {}),
  /** Waits for ever. */
  wait: op({}, {}, [], { waits: true }),
  incarnation: op({}, { incarnation: u32 }),
});
const Cell = define("cell", { get: op({}, { value: u32 }), set: op({ value: u32 }, {}) });
export const Store = define("store", {
  open: op({}, { cell: sessionOf(Cell) }),
  sum: op({ length: u32 }, { sum: u32 }),
  sessions: op({}, { open: u32 }),
  die: op({ way: Way }, {}),
});
export const Counter = define("counter", {
  next: op({}, { value: u32 }),
  /** Takes so many cycles. */
  work: op({ cycles: u32 }, {}),
  die: op({ way: Way }, {}),
});
export const Keys = define("keys", {
  key: op({}, { byte: u32 }, [], { waits: true }),
  die: op({ way: Way }, {}),
});
export const Scratch = define("scratch", { first: op({}, { word: u53, physical: u53 }) });

/** Die, as a program can. */
export function* die(way: "throw" | "fault" | "return"): Thread<void> {
  if (way === "throw") throw new Error("as it was told");
  if (way === "fault") yield* load(0);
}

export const mortal = component("mortal", {
  offers: { mortal: Mortal },
  *main({ mortal, self }) {
    const never = self.condition();
    yield* mortal.serve(() => null, {
      *die(_, { way }) {
        yield* die(way);
      },
      *wait() {
        yield* never.wait();
      },
      incarnation() {
        return { incarnation: self.incarnation };
      },
    });
  },
});

export const keys = component("keys", {
  needs: { uart: device(UART) },
  offers: { keys: Keys },
  *main({ uart, keys, self }) {
    const typed: number[] = [];
    const more = self.condition();
    uart.onInterrupt(function* () {
      const byte = new Uint8Array(1);
      yield* copyIn(uart.address, byte);
      typed.push(byte[0] as number);
      yield* uart.acknowledge();
      more.wake();
    });
    yield* copyOut(uart.address + INTERRUPT_ENABLE, Uint8Array.of(1));
    yield* keys.serve(() => null, {
      *key() {
        while (typed.length === 0) yield* more.wait();
        return { byte: typed.shift() as number };
      },
      *die(_, { way }) {
        yield* die(way);
      },
    });
  },
});

export const store: Component = component("store", {
  needs: { scratch: memory(2) },
  offers: { store: Store, scratched: Scratch },
  *main({ store, scratched, scratch }) {
    let open = 0;
    scratched.on(() => null, {
      *first() {
        const word = yield* load(scratch.address);
        yield* storeWord(scratch.address, word + 1);
        return { word, physical: scratch.physical };
      },
    });
    yield* store.serve((client: Edge) => client, {
      open() {
        open++;
        const handlers = {
          get: (cell: { value: number }) => ({ value: cell.value }),
          set(cell: { value: number }, { value }: { value: number }) {
            cell.value = value;
          },
        };
        const closed = () => {
          open--;
        };
        return { cell: store.session(Cell, { value: 0 }, handlers, closed) };
      },
      *sum({ window }, { length }) {
        if (window === null) return { sum: 0 };
        const bytes = yield* window.read(0, length);
        return { sum: bytes.reduce((sum, byte) => sum + byte, 0) };
      },
      sessions() {
        return { open };
      },
      *die(_, { way }) {
        yield* die(way);
      },
    });
  },
});

export const counter = component("counter", {
  passive: true,
  offers: { counter: Counter },
  *main({ counter }) {
    let value = 0;
    yield* counter.serve(() => null, {
      next() {
        value += 1;
        return { value };
      },
      *work(_, { cycles }) {
        yield* compute(cycles);
      },
      *die(_, { way }) {
        yield* die(way);
      },
    });
  },
});

/** Needs of a client of everything. */
export const ALL = {
  keys: calls(Keys),
  store: calls(Store, { window: 2 }),
  scratch: calls(Scratch),
  counter: calls(Counter),
};
