/**
 * Bytes in message registers, as C has them by copying to and from the IPC buffer's words: eight to a word, the first
 * one lowest. Plain calls: neither of them traps. Source: seL4 manual, "IPC Buffer" (words are little-endian on RISC-V).
 */
import { port } from "@tessera/hal-sim/isa";
import { IPCBufferWord, seL4_MsgMaxLength } from "./abi/index.js";

/** Bytes in a word. */
const WORD_BYTES = 8;

/**
 * Message registers from `i` up := `bytes`; what is left of the last word is 0.
 * @param i 0 to 120
 * @returns the register behind them, which is `i` for no bytes
 * @throws RangeError when they do not fit into the registers from `i` up; nothing is set then
 */
export function setMessageBytes(i: number, bytes: Uint8Array): number {
  const end = registersFor(i, bytes.length);
  const cpu = port();
  for (let word = i, at = 0; word < end; word++, at += WORD_BYTES) {
    cpu.stage(IPCBufferWord.Msg + word, int32At(bytes, at), int32At(bytes, at + 4));
  }
  return end;
}

/**
 * `length` bytes from message register `i` up, in an array of their own.
 * @param i 0 to 120
 * @throws RangeError when there are not that many registers from `i` up
 */
export function getMessageBytes(i: number, length: number): Uint8Array {
  const end = registersFor(i, length);
  const cpu = port();
  const words = new Int32Array(2 * (end - i));
  for (let word = i, at = 0; word < end; word++) {
    words[at++] = cpu.stagedLow(IPCBufferWord.Msg + word);
    words[at++] = cpu.stagedHigh(IPCBufferWord.Msg + word);
  }
  return new Uint8Array(words.buffer, 0, length);
}

function registersFor(i: number, length: number): number {
  const end = i + Math.ceil(length / WORD_BYTES);
  if (Number.isInteger(i) && i >= 0 && Number.isInteger(length) && length >= 0 && end <= seL4_MsgMaxLength) return end;
  throw new RangeError(`${length} bytes do not fit into the message registers from ${i} to ${seL4_MsgMaxLength - 1}`);
}

/** Four bytes of `bytes`, those behind its end 0. */
function int32At(bytes: Uint8Array, at: number): number {
  return byte(bytes, at) | (byte(bytes, at + 1) << 8) | (byte(bytes, at + 2) << 16) | (byte(bytes, at + 3) << 24);
}

function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] ?? 0;
}
