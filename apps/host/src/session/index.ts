/** `@tessera/app-host/session`: a personality on a machine, and somebody who uses it. */
export type { Host, Input, UserTerminal } from "./host.js";
export { inputOptions, recordOptions, SESSION_DEFAULTS, type SessionOptions } from "./options.js";
export { type Kind, playSession, type SessionCommand } from "./session.js";
export { bootPersonality, type Setting, type System } from "./system.js";
