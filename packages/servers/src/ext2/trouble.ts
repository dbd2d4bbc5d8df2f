/**
 * What can end an operation anywhere in its midst. It is thrown, since whoever finds it is deep inside, and caught where
 * operations begin (file-system.ts), where nothing has been written yet: what the operation has changed is let go.
 *
 *     Corrupt    what lies on the disk makes no sense: `IO`, and the volume is not written any more
 *     DiskFault  the disk could not do it (format/store.ts): `IO`; in the midst of writing, the volume is not written any more
 *     NoRoom     no block, or no inode, is left: `Full`
 */

/** What lies on the disk makes no sense. The text is a sentence for people. */
export class Corrupt extends Error {
  constructor(what: string) {
    super(what);
    this.name = "Corrupt";
  }
}

/** No room is left, for data or for a node. */
export class NoRoom extends Error {
  constructor() {
    super("the volume is full");
    this.name = "NoRoom";
  }
}
