/**
 * Hashes of names, by which indexes of directories are ordered: "half MD4", three rounds of eight steps each with the
 * functions of MD4 (RFC 1320) over eight words of the name, beginning from four words that each volume has for itself.
 *
 * Source: Linux, Documentation/filesystems/ext4/directory.rst; and indexes that e2fsck has made.
 */

/** Where hashes begin on a volume that has no words of its own: as MD4 does. */
const DEFAULT_SEED = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476] as const;

const PIECE_BYTES = 32;
const WORDS = 8;
/** No name has this one: it says that a directory is at its end. */
const END = 0xfffffffe;

/** What is added in each of the rounds, by how much is turned, and which words are taken, in order. */
const ROUNDS = [
  { add: 0, turns: [3, 7, 11, 19], words: [0, 1, 2, 3, 4, 5, 6, 7], mix: choose },
  { add: 0x5a827999, turns: [3, 5, 9, 13], words: [1, 3, 5, 7, 0, 2, 4, 6], mix: majority },
  { add: 0x6ed9eba1, turns: [3, 9, 11, 15], words: [3, 7, 2, 6, 1, 5, 0, 4], mix: parity },
] as const;

/**
 * The hash of a name, an even number of 32 bits.
 * @param seed 16 bytes of the superblock
 * @param isSigned whether bytes of the name are numbers from -128 up
 */
export function halfMd4(name: Uint8Array, seed: Uint8Array, isSigned: boolean): number {
  const state = seedWords(seed);
  for (let at = 0; at < name.length; at += PIECE_BYTES) mix(state, wordsOf(name.subarray(at), isSigned));
  const hash = (state[1]! & ~1) >>> 0;
  return hash === END ? END - 2 : hash;
}

function seedWords(seed: Uint8Array): Uint32Array {
  const view = new DataView(seed.buffer, seed.byteOffset, seed.length);
  const words = Uint32Array.from({ length: 4 }, (_, index) => view.getUint32(4 * index, true));
  return words.every((word) => word === 0) ? Uint32Array.from(DEFAULT_SEED) : words;
}

/** The first 32 bytes as words, the first byte on top; behind the end stands the length, in every byte. */
function wordsOf(rest: Uint8Array, isSigned: boolean): Uint32Array {
  const padding = Math.imul(rest.length & 0xff, 0x01010101) >>> 0;
  return Uint32Array.from({ length: WORDS }, (_, index) => {
    let word = padding;
    for (const byte of rest.subarray(4 * index, Math.min(4 * index + 4, rest.length))) {
      word = ((word << 8) + (isSigned ? (byte << 24) >> 24 : byte)) | 0;
    }
    return word;
  });
}

function mix(state: Uint32Array, words: Uint32Array): void {
  const registers = [...state];
  for (const { add, turns, words: order, mix: function3 } of ROUNDS) {
    for (const [step, word] of order.entries()) {
      // The registers take turns: a, d, c, b.
      const [a, b, c, d] = [0, 1, 2, 3].map((place) => (place + 4 - (step % 4)) % 4) as [
        number,
        number,
        number,
        number,
      ];
      const sum = registers[a]! + function3(registers[b]!, registers[c]!, registers[d]!) + words[word]! + add;
      registers[a] = turned(sum | 0, turns[step % 4]!);
    }
  }
  for (const [place, register] of registers.entries()) state[place]! += register;
}

function turned(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

function choose(x: number, y: number, z: number): number {
  return z ^ (x & (y ^ z));
}

function majority(x: number, y: number, z: number): number {
  return (x & y) | (x & z) | (y & z);
}

function parity(x: number, y: number, z: number): number {
  return x ^ y ^ z;
}
