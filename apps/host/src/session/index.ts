/** `@tessera/app-host/session`: a personality on a machine, and somebody who uses it. */
export {
  DISK_DEFAULTS,
  type DiskOfCommand,
  type DiskOptions,
  type Disks,
  diskOptions,
  type HostDisk,
  openDisk,
} from "./disks.js";
export type { Host, Input, UserTerminal } from "./host.js";
export {
  Bridge,
  LISTEN_DEFAULTS,
  type Listening,
  type ListenOptions,
  listenOptions,
  type Network,
  type Patience,
  type Peer,
  type PeerEvents,
} from "./network.js";
export { inputOptions, recordOptions, SESSION_DEFAULTS, type SessionOptions } from "./options.js";
export { type Kind, playSession, type SessionCommand } from "./session.js";
export { bootPersonality, type Setting, type System } from "./system.js";
