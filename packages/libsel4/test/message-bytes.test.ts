import { setExecuting } from "@tessera/hal-sim/isa";
import { afterEach, beforeEach, expect, test } from "vitest";
import { getMessageBytes, seL4_GetMR64, seL4_SetMR, setMessageBytes } from "../src/index.js";
import { FakeCpu } from "./fake-cpu.js";

beforeEach(() => {
  setExecuting(new FakeCpu());
});
afterEach(() => {
  setExecuting(undefined);
});

test("bytes lie eight to a message register, the first one lowest, and what is left of the last is 0", () => {
  seL4_SetMR(3, 0x777);
  expect(setMessageBytes(2, new Uint8Array([1, 2, 3, 4, 5, 6, 7, 255, 9]))).toBe(4);
  expect(seL4_GetMR64(2)).toBe(0xff07060504030201n);
  expect(seL4_GetMR64(3)).toBe(9n);
  expect([...getMessageBytes(2, 9)]).toEqual([1, 2, 3, 4, 5, 6, 7, 255, 9]);
});

test("no bytes take no register, at the end of the message too", () => {
  expect(setMessageBytes(120, new Uint8Array(0))).toBe(120);
  expect(getMessageBytes(120, 0)).toHaveLength(0);
});

test("bytes that do not fit are refused, and nothing is set", () => {
  seL4_SetMR(119, 5);
  expect(() => setMessageBytes(119, new Uint8Array(9))).toThrow(
    "9 bytes do not fit into the message registers from 119",
  );
  expect(() => getMessageBytes(0, 961)).toThrow(RangeError);
  expect(() => getMessageBytes(-1, 0)).toThrow(RangeError);
  expect(seL4_GetMR64(119)).toBe(5n);
});
