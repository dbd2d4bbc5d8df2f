/**
 * The client library: what a program of SOS is linked with. Each call is one message to the SOS server, by the capability
 * that every process finds in slot 1. A program may pass what it likes: a number that the message cannot hold is sent as
 * one that leads nowhere, and a count of bytes that is none, such as -5, is not sent at all.
 *
 * Strings that a program writes down are put below the top of its stack, where C's compiler would have them elsewhere.
 */
import { copyOut, illegalInstruction, type Thread } from "@tessera/hal-sim/isa";
import { seL4_Yield } from "@tessera/libsel4";
import { belongingsOf, type Client, client } from "../common/client.js";
import { type Chars, SOS_IPC_EP_CAP, type SosApi, type SosLibrary } from "./api.js";
import { ANY_PROCESS, Sos } from "./interface.js";

/** Bytes below the top of the stack that are the library's: for strings. */
export const LIBRARY_BYTES = 1024;

/** What C's functions return when they fail. */
const ERROR = -1;
/** In place of a pid: any, as C's header has it. */
const ANY = -1;
/** The highest number of 32 bits: no file, no mode, and no entry of a directory. */
const HIGHEST = 0xffff_ffff;
/** No process has it. */
const NO_PID = 0;

/** Our client library. */
export const sosapi: SosLibrary = ({ a0 }) => new Library(a0);

class Library implements SosApi {
  readonly #strings: number;
  readonly #sos: Client<typeof Sos>;

  constructor(stackTop: number) {
    this.#strings = stackTop - LIBRARY_BYTES;
    // A process has no authority over its CSpace, and no operation of SOS answers a capability.
    this.#sos = client(Sos, SOS_IPC_EP_CAP, belongingsOf(null), { given: true });
  }

  *sos_open(path: Chars, mode: number): Thread<number> {
    const address = yield* this.#chars(path);
    if (address === null) return ERROR;
    const answer = yield* this.#sos.open({ path: address, mode: int(mode) });
    if (answer.error === null) return answer.file;
    // Whoever asks again and again for the console lets others run meanwhile, among them the one who has it.
    if (answer.error === "InUse") yield* seL4_Yield();
    return ERROR;
  }

  *sos_close(file: number): Thread<number> {
    return status(yield* this.#sos.closeFile({ file: int(file) }));
  }

  *sos_read(file: number, buf: number, nbyte: number): Thread<number> {
    if (!isCount(nbyte)) return ERROR;
    const answer = yield* this.#sos.read({ file: int(file), buf: word(buf), nbyte });
    return answer.error === null ? answer.count : ERROR;
  }

  *sos_write(file: number, buf: number, nbyte: number): Thread<number> {
    if (!isCount(nbyte)) return ERROR;
    const answer = yield* this.#sos.write({ file: int(file), buf: word(buf), nbyte });
    return answer.error === null ? answer.count : ERROR;
  }

  *sos_getdirent(pos: number, name: number, nbyte: number): Thread<number> {
    if (!isCount(nbyte)) return ERROR;
    const answer = yield* this.#sos.dirent({ pos: int(pos), name: word(name), nbyte });
    return answer.error === null ? answer.count : ERROR;
  }

  *sos_stat(path: Chars, buf: number): Thread<number> {
    const address = yield* this.#chars(path);
    return address === null ? ERROR : status(yield* this.#sos.stat({ path: address, buf: word(buf) }));
  }

  *sos_process_create(path: Chars): Thread<number> {
    const address = yield* this.#chars(path);
    if (address === null) return ERROR;
    const answer = yield* this.#sos.processCreate({ path: address });
    return answer.error === null ? answer.pid : ERROR;
  }

  *sos_process_delete(pid: number): Thread<number> {
    return status(yield* this.#sos.processDelete({ pid: pidOf(pid) }));
  }

  *sos_my_id(): Thread<number> {
    const answer = yield* this.#sos.myId();
    return answer.error === null ? answer.pid : ERROR;
  }

  *sos_process_status(processes: number, max: number): Thread<number> {
    if (!isCount(max)) return ERROR;
    const answer = yield* this.#sos.processStatus({ processes: word(processes), max: int(max) });
    return answer.error === null ? answer.count : ERROR;
  }

  *sos_process_wait(pid: number): Thread<number> {
    const answer = yield* this.#sos.processWait({ pid: pid === ANY ? ANY_PROCESS : pidOf(pid) });
    return answer.error === null ? answer.pid : ERROR;
  }

  *sos_time_stamp(): Thread<number> {
    const answer = yield* this.#sos.timeStamp();
    return answer.error === null ? answer.us : ERROR;
  }

  *sos_usleep(usec: number): Thread<void> {
    if (usec > 0) yield* this.#sos.usleep({ usec: word(Math.floor(usec)) });
  }

  *sos_share_vm(adr: number, size: number, writable: number): Thread<number> {
    return status(yield* this.#sos.shareVm({ address: word(adr), size: word(size), writable: writable === 0 ? 0 : 1 }));
  }

  *brk(end: number): Thread<number> {
    const answer = yield* this.#sos.brk({ end: word(end) });
    return answer.error === null ? answer.end : ERROR;
  }

  *mmap(length: number): Thread<number> {
    const answer = yield* this.#sos.mmap({ length: word(length) });
    return answer.error === null ? answer.address : ERROR;
  }

  *munmap(address: number, length: number): Thread<number> {
    return status(yield* this.#sos.munmap({ address: word(address), length: word(length) }));
  }

  *exit(code: number): Thread<never> {
    // As C makes an int of it.
    yield* this.#sos.exit({ status: code >>> 0 });
    // Only a system that is gone comes back from there.
    for (;;) yield* illegalInstruction();
  }

  /** The address of a string; null: there is no room for it. */
  *#chars(chars: Chars): Thread<number | null> {
    if (typeof chars === "number") return word(chars);
    const text = new TextEncoder().encode(chars);
    if (text.length >= LIBRARY_BYTES) return null;
    const bytes = new Uint8Array(text.length + 1);
    bytes.set(text);
    yield* copyOut(this.#strings, bytes);
    return this.#strings;
  }
}

function status({ error }: { readonly error: string | null }): number {
  return error === null ? 0 : ERROR;
}

/** A word of C's as one that a message holds; above these there is no memory, and no size that anything has. */
function word(value: number): number {
  return Number.isSafeInteger(value) && value >= 0 ? value : Number.MAX_SAFE_INTEGER;
}

/** A whole number of 32 bits; what is none is the highest, which leads nowhere. */
function int(value: number): number {
  return Number.isInteger(value) && value >= 0 && value < HIGHEST ? value : HIGHEST;
}

/** A pid; what is none is nobody's, and never ANY_PROCESS. */
function pidOf(value: number): number {
  return Number.isInteger(value) && value > 0 && value < ANY_PROCESS ? value : NO_PID;
}

/** Whether there can be so many of something. */
function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}
