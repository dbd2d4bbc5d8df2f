/** A peer: another way to send four words somewhere and get four back, with nothing else outstanding. */
import { digest, expectedDigest, type FourWords, request } from "../measure/exchange.js";
import { fold, foldAll, REQUESTS, type Tally, type Work } from "../measure/work.js";

/** An open connexion. */
export interface Link {
  readonly work: Work;
  close?(): void | Promise<void>;
}

const emptyTally = (): Tally => ({ done: 0, sum: 0 });

const expected = (done: number) => foldAll(done, (i) => expectedDigest(i % REQUESTS));

function count(tally: Tally, { w0, w1, w2, w3 }: FourWords): void {
  tally.done++;
  tally.sum = fold(tally.sum, digest(w0, w1, w2, w3));
}

/** Calls that return their answer. */
export function synchronous(call: (words: FourWords) => FourWords): Work {
  const tally = emptyTally();
  return {
    tally,
    expected,
    run(times) {
      for (let i = 0; i < times; i++) count(tally, call(request(tally.done % REQUESTS)));
    },
  };
}

/** Calls that promise their answer, one after the other. */
export function asynchronous(call: (words: FourWords) => PromiseLike<FourWords>): Work {
  const tally = emptyTally();
  return {
    tally,
    expected,
    async run(times) {
      for (let i = 0; i < times; i++) count(tally, await call(request(tally.done % REQUESTS)));
    },
  };
}
