/** A set of sectors: a bit for each, in pieces that are made when one of theirs is in it. */

/** Sectors of a piece. */
const PIECE_SECTORS = 4096;

export class SectorSet {
  readonly #pieces = new Map<number, Uint8Array>();

  has(sector: number): boolean {
    const piece = this.#pieces.get(Math.floor(sector / PIECE_SECTORS));
    const bit = sector % PIECE_SECTORS;
    return piece !== undefined && (piece[bit >>> 3]! & (1 << (bit & 7))) !== 0;
  }

  add(sector: number, count: number): void {
    for (let s = sector; s < sector + count; s++) {
      const place = Math.floor(s / PIECE_SECTORS);
      let piece = this.#pieces.get(place);
      if (piece === undefined) {
        piece = new Uint8Array(PIECE_SECTORS / 8);
        this.#pieces.set(place, piece);
      }
      const bit = s % PIECE_SECTORS;
      piece[bit >>> 3]! |= 1 << (bit & 7);
    }
  }

  remove(sector: number, count: number): void {
    for (let s = sector; s < sector + count; s++) {
      const piece = this.#pieces.get(Math.floor(s / PIECE_SECTORS));
      const bit = s % PIECE_SECTORS;
      if (piece !== undefined) piece[bit >>> 3]! &= ~(1 << (bit & 7));
    }
  }
}
