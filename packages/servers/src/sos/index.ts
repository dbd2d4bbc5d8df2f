/**
 * `@tessera/servers/sos`: the operating system that students of the course build, and what its programs are written with.
 * @packageDocumentation
 */
export {
  type Chars,
  type Exit,
  FM_EXEC,
  FM_READ,
  FM_WRITE,
  MAX_IO_BUF,
  N_NAME,
  O_RDONLY,
  O_RDWR,
  O_TRUNC,
  O_WRONLY,
  PROCESS_MAX_FILES,
  SOS_IPC_EP_CAP,
  type SosApi,
  type SosLibrary,
  type SosProgram,
  ST_FILE,
  ST_SPECIAL,
  TIMER_IPC_EP_CAP,
} from "./api.js";
export { Heap } from "./heap.js";
export { ANY_PROCESS, Sos } from "./interface.js";
export { LIBRARY_BYTES, sosapi } from "./library.js";
export { executable } from "./program.js";
export {
  decodeProcess,
  decodeStat,
  decodeString,
  encodeProcess,
  encodeStat,
  putText,
  readBytes,
  readProcesses,
  readStat,
  SOS_PROCESS_BYTES,
  SOS_STAT_BYTES,
  type sos_process_t,
  type sos_stat_t,
} from "./records.js";
export { type SosOptions, sosServer } from "./server.js";
