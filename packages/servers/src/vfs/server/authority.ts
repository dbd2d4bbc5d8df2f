/**
 * Who may do what with a file: the authority of an offer, and the permission bits of what it is used on.
 *
 *     access   "read": nothing is changed; "write": as the bits say, for this user; "admin": as user 0, for whom all is set
 *     bits     of the owner, else of the group, else of all others; read 4, write 2, search 1
 *
 * A refusal says by which rule, for people: whoever asks is answered `Denied`, and no more.
 *
 * Source: POSIX.1-2017, XBD 4.5 "File Access Permissions"; directories with the sticky bit: XSH rename, unlink.
 */
import type { Node } from "./nodes.js";

/** What whoever uses an offer may do. */
export interface Authority {
  /** The directory that is the root of all that can be named: "/" is the volume's. */
  readonly root: string;
  readonly access: "read" | "write" | "admin";
  /** Whose files are made, and by whose bits it goes: 0 if left out, and for "admin" always. */
  readonly uid?: number;
  readonly gid?: number;
}

/** Bits of a permission. */
export const Permission = { read: 4, write: 2, search: 1 } as const;

const WORDS = { 4: "read", 2: "write", 1: "search" } as const;
const ONLY_READS = "who only reads changes nothing";
const STICKY = 0o1000;

/** An authority by the name of its offer. User 0 may do what the bits say nothing about: everything. */
export class Rights {
  /** Of the offer. */
  readonly name: string;
  readonly mayWrite: boolean;
  readonly uid: number;
  readonly gid: number;

  constructor(name: string, mayWrite: boolean, uid: number, gid: number) {
    this.name = name;
    this.mayWrite = mayWrite;
    this.uid = uid;
    this.gid = gid;
  }

  static of(name: string, { access, uid = 0, gid = 0 }: Authority): Rights {
    return access === "admin" ? new Rights(name, true, 0, 0) : new Rights(name, access === "write", uid, gid);
  }

  /** The same, for looking only. */
  get readOnly(): Rights {
    return new Rights(this.name, false, this.uid, this.gid);
  }

  /** Why `node` may not be read, written or searched; null: it may. */
  whyNot(node: Node, permission: (typeof Permission)[keyof typeof Permission]): string | null {
    if (permission === Permission.write && !this.mayWrite) return ONLY_READS;
    if (this.uid === 0 || (this.#bitsFor(node) & permission) !== 0) return null;
    return `its mode ${octal(node.mode)}, of user ${node.uid} and group ${node.gid}, lets user ${this.uid} not ${WORDS[permission]} it`;
  }

  /** Why an entry for `node` may not be taken out of `directory`, which may be written. */
  whyKept(directory: Node, node: Node): string | null {
    if (this.uid === 0 || (directory.mode & STICKY) === 0) return null;
    if (node.uid === this.uid || directory.uid === this.uid) return null;
    return `its directory lets users remove only what is theirs, and it is of user ${node.uid}`;
  }

  /** Why its mode or times may not be set. */
  whyNotOwner(node: Node): string | null {
    if (!this.mayWrite) return ONLY_READS;
    return this.uid === 0 || node.uid === this.uid ? null : `it is of user ${node.uid}, and this is user ${this.uid}`;
  }

  /** Why it may not be given to another user or group. */
  whyNotGiven(): string | null {
    if (!this.mayWrite) return ONLY_READS;
    return this.uid === 0 ? null : `only user 0 gives files away, and this is user ${this.uid}`;
  }

  #bitsFor({ mode, uid, gid }: Node): number {
    if (uid === this.uid) return (mode >> 6) & 7;
    return gid === this.gid ? (mode >> 3) & 7 : mode & 7;
  }
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, "0");
}
