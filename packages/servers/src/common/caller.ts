/**
 * Callers: threads beside a component's own, in its address space and its CSpace, that make calls for it. A handler then
 * waits for another server while its own one goes on (parking.ts).
 *
 * A caller knows no interface. It sleeps at a notification of its own, and what to do lies in its IPC buffer when it is
 * woken: the message as the kernel wants it, and on the same page, behind it, two words more.
 *
 *     words 0..127   the IPC buffer: tag, message, capabilities, where a capability is to arrive
 *     word 128       whom to call; 0: nobody, or the answer is there
 *     word 129       whom to signal when the answer is there, in the buffer where the question was
 */
import { copyIn, copyOut, load, store, type Thread } from "@tessera/hal-sim/isa";
import {
  getMessageBytes,
  seL4_Call,
  type seL4_CPtr,
  seL4_MessageInfo_t,
  seL4_Signal,
  seL4_Wait,
  setMessageBytes,
} from "@tessera/libsel4";
import { IPCBufferWord } from "@tessera/libsel4/abi";

const WORD_BYTES = 8;
/** The tag and the words that the kernel passes in registers. */
const REGISTER_WORDS = 4;
const HEAD_WORDS = IPCBufferWord.Msg + REGISTER_WORDS;
/** Places on a caller's page, in bytes. */
export const CallerPage = {
  tag: IPCBufferWord.Tag * WORD_BYTES,
  message: IPCBufferWord.Msg * WORD_BYTES,
  capabilities: IPCBufferWord.CapsOrBadges * WORD_BYTES,
  receivePath: IPCBufferWord.ReceiveCNode * WORD_BYTES,
  whom: 128 * WORD_BYTES,
  done: 129 * WORD_BYTES,
} as const;

/** What a2 says to the thread of a component that is a caller; the component's own starts with 0 there. */
export const CALLER = 1;

/**
 * The life of a caller: call when it is told to. Can block: that is what it is for.
 * @param buffer its page
 * @param work the notification that wakes it
 */
export function* runCaller(buffer: number, work: seL4_CPtr<"Notification">): Thread<never> {
  const head = new Uint8Array(HEAD_WORDS * WORD_BYTES);
  for (;;) {
    yield* seL4_Wait(work);
    const whom = yield* load(buffer + CallerPage.whom);
    // It was woken for a component that has been started again since, or a second time for the same call.
    if (whom === 0) continue;
    yield* copyIn(buffer, head);
    setMessageBytes(0, head.subarray(CallerPage.message));
    const answer = yield* seL4_Call(whom, infoOf(head));
    yield* copyOut(buffer, headOf(answer, getMessageBytes(0, REGISTER_WORDS * WORD_BYTES)));
    yield* store(buffer + CallerPage.whom, 0);
    yield* seL4_Signal(yield* load(buffer + CallerPage.done));
  }
}

/** The message info at the beginning of a buffer. */
export function infoOf(buffer: Uint8Array): seL4_MessageInfo_t {
  const view = new DataView(buffer.buffer, buffer.byteOffset);
  return new seL4_MessageInfo_t(view.getInt32(0, true), view.getInt32(4, true));
}

/** The beginning of a buffer: message info and the words behind it. */
export function headOf({ lo, hi }: seL4_MessageInfo_t, words: Uint8Array): Uint8Array {
  const buffer = new Uint8Array(CallerPage.message + words.length);
  const view = new DataView(buffer.buffer);
  view.setInt32(0, lo, true);
  view.setInt32(4, hi, true);
  buffer.set(words, CallerPage.message);
  return buffer;
}
