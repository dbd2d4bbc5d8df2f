/** Four words in shared memory, and whose turn it is: 0 the client's, 1 the server's. */
import { answerWord, type FourWords } from "../measure/exchange.js";

const TURN = 0;
const WORDS = 1;
const CLIENT = 0;
const SERVER = 1;
export const SHARED_BYTES = 4 * (WORDS + 4);

/** Puts a request there, and waits for its answer. */
export function callShared(memory: Int32Array, { w0, w1, w2, w3 }: FourWords): FourWords {
  memory[WORDS] = w0;
  memory[WORDS + 1] = w1;
  memory[WORDS + 2] = w2;
  memory[WORDS + 3] = w3;
  passTurn(memory, CLIENT, SERVER);
  return { w0: memory[WORDS]!, w1: memory[WORDS + 1]!, w2: memory[WORDS + 2]!, w3: memory[WORDS + 3]! };
}

/** Answers for ever. */
export function serveShared(memory: Int32Array): never {
  Atomics.wait(memory, TURN, CLIENT);
  for (;;) {
    for (let j = 0; j < 4; j++) memory[WORDS + j] = answerWord(memory[WORDS + j]!, j);
    passTurn(memory, SERVER, CLIENT);
  }
}

/** The other one's turn; back when it is ours again. */
function passTurn(memory: Int32Array, own: number, other: number): void {
  Atomics.store(memory, TURN, other);
  Atomics.notify(memory, TURN);
  while (Atomics.load(memory, TURN) !== own) Atomics.wait(memory, TURN, other);
}
