/**
 * The file server: a disk, a file system on it, and whose files they are; and three programs that may do different things.
 *
 *     admin, guest, reader ──▸ vfs ──▸ ext2 ──▸ block ──▸ the disk
 *
 * Each of the three has one capability to files: another offer of the vfs, and so another directory, access and user.
 */
import { Personality } from "@tessera/personality";
import { blockServer, consoleLogServer, consoleServer, NO_ECHO, timerServer, vfsServer } from "@tessera/servers";
import { ext2Server } from "@tessera/servers/ext2";
import { admin, GUEST_UID } from "./programs/admin.js";
import { guest } from "./programs/guest.js";
import { reader } from "./programs/reader.js";
import { stage } from "./programs/stage.js";

/** The reader's user: nothing on the disk is his. */
const READER_UID = 1001;

const vfs = vfsServer({
  log: true,
  offers: {
    admin: { root: "/", access: "admin" },
    guest: { root: "/home/guest", access: "write", uid: GUEST_UID, gid: GUEST_UID },
    reader: { root: "/", access: "read", uid: READER_UID, gid: READER_UID },
  },
});

/** The composition. */
export function fileServer(): Personality {
  return new Personality("fileserver")
    .add(timerServer, { priority: 200, budget: "1ms/10ms" })
    .add(consoleServer, { priority: 190, budget: "1ms/10ms", args: NO_ECHO })
    .add(consoleLogServer, { name: "log", priority: 180, budget: "500us/10ms", args: "101=vfs" })
    .add(blockServer(), { priority: 170, budget: "1ms/10ms" })
    .add(ext2Server({ formatsBlank: true }), { priority: 160, budget: "2ms/10ms" })
    .add(vfs, { priority: 150, budget: "1ms/10ms" })
    .add(stage, { priority: 140, budget: "500us/10ms", args: "101=admin 102=guest 103=reader" })
    .add(admin, { priority: 100, budget: "500us/10ms", choose: { files: "vfs.admin" } })
    .add(guest, { priority: 100, budget: "500us/10ms", choose: { files: "vfs.guest" } })
    .add(reader, { priority: 100, budget: "500us/10ms", choose: { files: "vfs.reader" } });
}
