/** A disk that is a file of this process's host: an image, as other programs read it. */
import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  writeSync,
} from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { SECTOR_BYTES } from "@tessera/hal-sim";
import type { Disks, HostDisk } from "../session/disks.js";
import { lock, unlock } from "./lock.js";

/** Files, and the folder for data of the user that they have when nobody names one. */
export const fileDisks: Disks = {
  usual: (name) => join(dataFolder(), `${name}.img`),
  open(path, bytes, isUsual) {
    if (isUsual) mkdirSync(dirname(path), { recursive: true });
    return openDisk(path, bytes);
  },
};

/** Where the user's data lie: by the XDG base directory specification, or as the system has it. */
function dataFolder(): string {
  const { XDG_DATA_HOME: xdg = "", LOCALAPPDATA: local = "" } = process.env;
  if (xdg !== "") return join(xdg, "tessera");
  return process.platform === "win32" && local !== ""
    ? join(local, "tessera")
    : join(homedir(), ".local", "share", "tessera");
}

function openDisk(path: string, bytes: number): HostDisk {
  lock(path);
  try {
    const { fd, readOnly } = openFile(path);
    try {
      return diskOf(path, fd, readOnly, bytes);
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  } catch (error) {
    unlock(path);
    throw error;
  }
}

/** A file that may only be read is a disk that may only be read. */
function openFile(path: string): { fd: number; readOnly: boolean } {
  try {
    return { fd: openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600), readOnly: false };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "EACCES" && code !== "EROFS") throw error;
    return { fd: openSync(path, "r"), readOnly: true };
  }
}

/** An empty file gets `bytes` bytes, which take no room until they are written. */
function diskOf(path: string, fd: number, readOnly: boolean, bytes: number): HostDisk {
  const found = fstatSync(fd);
  if (!found.isFile()) throw new Error(`${path} is no file`);
  const isNew = found.size === 0 && !readOnly;
  if (isNew) ftruncateSync(fd, bytes);
  const size = isNew ? bytes : found.size;
  if (size === 0 || size % SECTOR_BYTES !== 0) {
    throw new Error(`${path} is no image of a disk: it has ${size} bytes, which is no multiple of ${SECTOR_BYTES}`);
  }
  let isOpen = true;
  const close = () => {
    if (!isOpen) return;
    isOpen = false;
    process.off("exit", close);
    closeSync(fd);
    unlock(path);
  };
  // However the process ends, as long as it can say so, the lock does not stay behind.
  process.on("exit", close);
  return {
    sectors: size / SECTOR_BYTES,
    readOnly,
    isNew,
    read: (sector, into) => each(into, sector, "ends before", (rest, at) => readSync(fd, rest, 0, rest.length, at)),
    write: (sector, from) => each(from, sector, "is full at", (rest, at) => writeSync(fd, rest, 0, rest.length, at)),
    flush: () => fdatasyncSync(fd),
    close,
  };
}

/** Move all of `bytes` from `sector` on, as `move` takes them, piece by piece. */
function each(bytes: Uint8Array, sector: number, why: string, move: (rest: Uint8Array, at: number) => number): void {
  for (let done = 0; done < bytes.length; ) {
    const moved = move(bytes.subarray(done), sector * SECTOR_BYTES + done);
    if (moved === 0) throw new Error(`the file ${why} byte ${sector * SECTOR_BYTES + done}`);
    done += moved;
  }
}
