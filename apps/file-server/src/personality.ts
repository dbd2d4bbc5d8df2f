/**
 * The file server: a disk, a file system on it, and whose files they are; and three programs that may do different things.
 *
 *     admin, guest, reader ──▸ vfs ──▸ ext2 ──▸ block ──▸ the disk
 *
 * Each of the three has one capability to files: another offer of the vfs, and so another directory, access and user.
 */
import { Personality } from "@tessera/personality";
import {
  blockServer,
  consoleLogServer,
  consoleServer,
  NO_ECHO,
  ninepServer,
  socketsServer,
  timerServer,
  type VfsOptions,
  vfsServer,
} from "@tessera/servers";
import { ext2Server } from "@tessera/servers/ext2";
import { admin, GUEST_UID } from "./programs/admin.js";
import { guest } from "./programs/guest.js";
import { reader } from "./programs/reader.js";
import { stage } from "./programs/stage.js";

/** The reader's user: nothing on the disk is his. */
const READER_UID = 1001;

const OFFERS: VfsOptions["offers"] = {
  admin: { root: "/", access: "admin" },
  guest: { root: "/home/guest", access: "write", uid: GUEST_UID, gid: GUEST_UID },
  reader: { root: "/", access: "read", uid: READER_UID, gid: READER_UID },
};
/** What clients outside may look at. */
const PUBLIC: VfsOptions["offers"] = { public: { root: "/public", access: "read", uid: READER_UID, gid: READER_UID } };

const vfs = vfsServer({ log: true, offers: OFFERS });
const listeningVfs = vfsServer({ log: true, offers: { ...OFFERS, ...PUBLIC } });

/** The port at which clients of 9P are listened for, which is that of the protocol. */
export const NINEP_PORT = 564;

/** What clients of 9P attach, and whose files they have then. */
const ninep = ninepServer({ exports: { admin: "/", guest: "/home/guest", reader: "/public" } });

/**
 * The composition.
 * @param listens whether there are a server for clients outside, and sockets; the machine then goes on when all are done
 */
export function fileServer({ listens = false }: { readonly listens?: boolean } = {}): Personality {
  // Who serves others has the time that the three leave.
  const playing = listens ? "100us/10ms" : "500us/10ms";
  const system = new Personality("fileserver")
    .add(timerServer, { priority: 200, budget: "1ms/10ms" })
    .add(consoleServer, { priority: 190, budget: "1ms/10ms", args: NO_ECHO })
    .add(consoleLogServer, { name: "log", priority: 180, budget: "500us/10ms", args: "101=vfs" })
    .add(blockServer(), { priority: 170, budget: "1ms/10ms" })
    .add(ext2Server({ formatsBlank: true }), { priority: 160, budget: "2ms/10ms" })
    .add(listens ? listeningVfs : vfs, { priority: 150, budget: "1ms/10ms" })
    .add(stage, {
      priority: 140,
      budget: "500us/10ms",
      args: `101=admin 102=guest 103=reader${listens ? " stays" : ""}`,
    })
    .add(admin, { priority: 100, budget: playing, choose: { files: "vfs.admin" } })
    .add(guest, { priority: 100, budget: playing, choose: { files: "vfs.guest" } })
    .add(reader, { priority: 100, budget: playing, choose: { files: "vfs.reader" } });
  if (!listens) return system;
  const choose = { admin: "vfs.admin", guest: "vfs.guest", reader: "vfs.public" };
  return system
    .add(socketsServer({ files: NINEP_PORT }), { priority: 185, budget: "1ms/10ms" })
    .add(ninep, { priority: 145, budget: "1500us/10ms", choose });
}
