/** `@tessera/app-host/process`: commands in a process of Node's. */
export { fileDisks } from "./file-disk.js";
export { files } from "./files.js";
export { runSession } from "./session-process.js";
export { tcp } from "./tcp.js";
export { STDERR, STDOUT, write } from "./written.js";
