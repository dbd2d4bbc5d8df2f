/** The exchange that IPC and all its peers make: four words there, four back, the same for everybody. */

export interface FourWords {
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
}

/** What word number `j` of an answer is, of word number `j` of the request. */
export function answerWord(word: number, j: number): number {
  return word + j + 1;
}

/** Word number `j` of request number `i`. */
export function requestWord(i: number, j: number): number {
  return i + 2 * j;
}

export function request(i: number): FourWords {
  return { w0: requestWord(i, 0), w1: requestWord(i, 1), w2: requestWord(i, 2), w3: requestWord(i, 3) };
}

export function answer({ w0, w1, w2, w3 }: FourWords): FourWords {
  return { w0: answerWord(w0, 0), w1: answerWord(w1, 1), w2: answerWord(w2, 2), w3: answerWord(w3, 3) };
}

/** An answer as one number that depends on each word and its place. */
export function digest(w0: number, w1: number, w2: number, w3: number): number {
  return (w0 + 3 * w1 + 5 * w2 + 7 * w3) | 0;
}

/** The digest of the answer to request number `i`. */
export function expectedDigest(i: number): number {
  const { w0, w1, w2, w3 } = answer(request(i));
  return digest(w0, w1, w2, w3);
}
