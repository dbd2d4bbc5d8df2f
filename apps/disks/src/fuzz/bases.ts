/** Volumes in order, before they are spoiled: of each shape, with files of each kind. */
import { finish, MemorySectors, mkfs } from "@tessera/servers/ext2";
import { Opened } from "../image/opened.js";

/** When they are made: in September 2020. */
export const BEGIN_US = 1_600_000_000_000_000;

const KIB = 1024;

/** A shape of volumes. */
export interface Shape {
  readonly name: string;
  readonly bytes: number;
  readonly blockBytes: number;
  readonly inodeBytes: number;
}

/** The shapes that are tried: the last one has two groups, and so copies of its books. */
export const SHAPES: readonly Shape[] = [
  { name: "1K", bytes: 1024 * KIB, blockBytes: 1024, inodeBytes: 128 },
  { name: "4K", bytes: 2048 * KIB, blockBytes: 4096, inodeBytes: 256 },
  { name: "groups", bytes: 9 * 1024 * KIB, blockBytes: 1024, inodeBytes: 256 },
];

/** A volume of a shape. @throws Error when that cannot be made, which is a mistake */
export function makeBase({ bytes, blockBytes, inodeBytes }: Shape): Uint8Array {
  const disk = new MemorySectors(bytes);
  const made = finish(mkfs(disk, { nowUs: BEGIN_US, seed: 1, blockBytes, inodeBytes, inodes: 256, blank: true }));
  const volume = typeof made === "string" ? made : Opened.on(disk, BEGIN_US);
  if (typeof volume === "string") throw new Error(volume);
  fill(volume, blockBytes);
  volume.settle();
  return disk.contents();
}

function fill(volume: Opened, blockBytes: number): void {
  const root = given(volume.root()).node;
  const many = given(volume.make(root, name("many"), "directory", 0o755)).node;
  for (let i = 0; i < 40; i++) given(volume.make(many, name(`${i} ${"n".repeat(5 * i)}`), "file", 0o644));
  const one = given(volume.make(root, name("one"), "directory", 0o755)).node;
  const two = given(volume.make(one, name("two"), "directory", 0o700)).node;
  const small = given(volume.make(two, name("small"), "file", 0o600)).node;
  given(volume.write(small, 0, new Uint8Array(100).fill(1)));
  // As far as the blocks of numbers of each kind: a block in front of and behind each border.
  const perBlock = blockBytes / 4;
  const large = given(volume.make(root, name("large"), "file", 0o644)).node;
  for (const block of [0, 11, 12, 12 + perBlock, 12 + perBlock + perBlock ** 2]) {
    given(volume.write(large, block * blockBytes, new Uint8Array(blockBytes).fill(2)));
  }
  const whole = given(volume.make(one, name("whole"), "file", 0o644)).node;
  given(volume.write(whole, 0, new Uint8Array(30 * blockBytes).fill(3)));
  given(volume.link(whole, two, name("same")));
  given(volume.symlink(root, name("short"), name("one/two")));
  given(volume.symlink(root, name("long"), name("there/".repeat(40))));
}

function given<T>(answer: T | string): T {
  if (typeof answer === "string") throw new Error(answer);
  return answer;
}

function name(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
