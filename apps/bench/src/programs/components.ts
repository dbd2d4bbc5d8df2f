/**
 * Components that exchange what the peers exchange: by calls of their interfaces, and by the bare system calls that these
 * are made of. Each is a program of its own address space and CSpace, as a personality builds it. Clients of the servers
 * that there are do the tasks of tasks.ts.
 */
import {
  seL4_CallWithMRs,
  type seL4_CPtr,
  seL4_MessageInfo_new,
  seL4_RecvWithMRs,
  seL4_ReplyRecvWithMRs,
} from "@tessera/libsel4";
import {
  type Component,
  ConsoleInput,
  calls,
  component,
  Directory,
  define,
  ENDPOINT_SLOT,
  Entropy,
  Log,
  must,
  Names,
  op,
  PAGE_BYTES,
  Pipes,
  slotLayout,
  Timer,
  u32,
  u53,
  type Window,
} from "@tessera/servers";
import { answer, answerWord, digest, request } from "../measure/exchange.js";
import { BULK_BYTES, bulkDigest, contentAt, fillBulk, READ_BYTES, readDigest } from "../measure/tasks.js";
import { fold, REQUESTS, type Tally } from "../measure/work.js";

/** One word there and back, and four. */
const Echo = define("echo", {
  one: op({ word: u53 }, { word: u53 }),
  four: op({ w0: u53, w1: u53, w2: u53, w3: u53 }, { w0: u53, w1: u53, w2: u53, w3: u53 }),
});

const ONE_WORD = seL4_MessageInfo_new(1, 0, 0, 1);

function count(tally: Tally, reply: number): void {
  tally.done++;
  tally.sum = fold(tally.sum, reply);
}

/** Answers as a server does. */
export const echoServer: Component = component("server", {
  offers: { echo: Echo },
  *main({ echo }) {
    yield* echo.serve(() => null, {
      one: (_, { word }) => ({ word: answerWord(word, 0) }),
      four: (_, words) => answer(words),
    });
  },
});

/** Answers by bare system calls, and looks at nothing. */
export const bareServer: Component = component("server", {
  offers: { echo: Echo },
  *main() {
    const reply: seL4_CPtr<"Reply"> = slotLayout(bareServer).firstReply;
    let got = yield* seL4_RecvWithMRs(ENDPOINT_SLOT, reply);
    for (;;) {
      got = yield* seL4_ReplyRecvWithMRs(ENDPOINT_SLOT, ONE_WORD, answerWord(got.mr0, 0), 0, 0, 0, reply);
    }
  },
});

/** Calls with one word. */
export const oneCaller = (tally: Tally): Component =>
  component("client", {
    needs: { echo: calls(Echo) },
    *main({ echo }) {
      for (let i = 0; ; i = (i + 1) % REQUESTS) {
        const { word } = must(yield* echo.one({ word: i }));
        count(tally, word);
      }
    },
  });

/** Calls with one word, by bare system calls. */
export const bareCaller = (tally: Tally): Component =>
  component("client", {
    needs: { echo: calls(Echo) },
    *main({ echo }) {
      for (let i = 0; ; i = (i + 1) % REQUESTS) {
        const { mr0 } = yield* seL4_CallWithMRs(echo.cptr, ONE_WORD, i);
        count(tally, mr0);
      }
    },
  });

/** Calls with four words. */
export const fourCaller = (tally: Tally): Component =>
  component("client", {
    needs: { echo: calls(Echo) },
    *main({ echo }) {
      for (let i = 0; ; i = (i + 1) % REQUESTS) {
        const { w0, w1, w2, w3 } = must(yield* echo.four(request(i)));
        count(tally, digest(w0, w1, w2, w3));
      }
    },
  });

/** Bulk data by a window, and a number back. */
const Bulk = define("bulk", { take: op({ length: u32 }, { digest: u53 }) });

/** Copies what lies in the window, and looks at it. */
export const bulkServer: Component = component("server", {
  offers: { bulk: Bulk },
  *main({ bulk }) {
    yield* bulk.serve((client) => client.window as Window, {
      *take(window, { length }) {
        return { digest: bulkDigest(yield* window.read(0, length)) };
      },
    });
  },
});

/** Writes into the window, and calls. */
export const bulkCaller = (tally: Tally): Component =>
  component("client", {
    needs: { bulk: calls(Bulk, { window: BULK_BYTES / PAGE_BYTES }) },
    *main({ bulk }) {
      const data = new Uint8Array(BULK_BYTES);
      const window = bulk.window as Window;
      for (let i = 0; ; i = (i + 1) % REQUESTS) {
        fillBulk(data, i);
        yield* window.write(0, data);
        count(tally, must(yield* bulk.take({ length: data.length })).digest);
      }
    },
  });

/** Opens a file, reads its beginning, and closes it. */
export const fileReader = (tally: Tally): Component =>
  component("client", {
    needs: { root: calls(Directory) },
    *main({ root }) {
      const { file } = must(yield* root.open({ name: "motd", create: true, write: true }));
      must(yield* file.write({ offset: 0, data: Uint8Array.from({ length: 800 }, (_, j) => contentAt(j)) }));
      yield* file.close();
      for (;;) {
        const { file } = must(yield* root.open({ name: "motd", create: false, write: false }));
        const { data } = must(yield* file.read({ offset: 0, length: READ_BYTES }));
        yield* file.close();
        count(tally, readDigest(data));
      }
    },
  });

/** Reads lines, so that there is room for what is typed. */
export const lineReader: Component = component("client", {
  needs: { input: calls(ConsoleInput) },
  *main({ input }) {
    for (;;) must(yield* input.readLine());
  },
});

/** Asks each server of a system something, and has been answered by all. */
export const everybodysClient = (tally: Tally): Component =>
  component("client", {
    needs: {
      timer: calls(Timer),
      log: calls(Log),
      names: calls(Names),
      entropy: calls(Entropy),
      root: calls(Directory),
      pipes: calls(Pipes),
    },
    *main({ timer, log, names, entropy, root, pipes }) {
      must(yield* timer.time());
      must(yield* log.write({ level: "info", line: "booted", fields: "" }));
      must(yield* names.create());
      must(yield* entropy.bytes({ length: 8 }));
      must(yield* root.readOnly());
      must(yield* pipes.open());
      count(tally, 1);
    },
  });
