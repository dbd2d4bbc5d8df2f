import { describe, expect, test } from "vitest";
import * as sel4 from "../src/index.js";
import { FakeCpu } from "./fake-cpu.js";

/** Run `body` with these words in the message registers. */
function withWords<R>(words: (number | bigint)[], body: () => R): R {
  return new FakeCpu().run(() => {
    words.forEach((word, i) => {
      sel4.seL4_SetMR(i, word);
    });
    return body();
  });
}

const thrown = (error: number, words: (number | bigint)[] = []) =>
  withWords(words, () => {
    try {
      sel4.throwOnError(error, "copying");
      return undefined;
    } catch (caught) {
      return caught;
    }
  });

describe("errors", () => {
  test("every code has a name and a text of its own", () => {
    const texts = Array.from({ length: sel4.seL4_NumErrors }, (_, code) => sel4.sel4_strerror(code));
    expect(new Set(texts).size).toBe(11);
    for (const [code, text] of texts.entries()) expect(text.startsWith(`${sel4.errorName(code)}: `)).toBe(true);
    expect(sel4.errorName(sel4.seL4_RevokeFirst)).toBe("seL4_RevokeFirst");
    expect(sel4.sel4_strerror(11)).toBe("unknown error 11");
  });

  test("each code has its class", () => {
    const classes = Array.from({ length: 10 }, (_, i) => thrown(i + 1)?.constructor);
    expect(classes).toEqual([
      sel4.Sel4InvalidArgument,
      sel4.Sel4InvalidCapability,
      sel4.Sel4IllegalOperation,
      sel4.Sel4RangeError,
      sel4.Sel4AlignmentError,
      sel4.Sel4FailedLookup,
      sel4.Sel4TruncatedMessage,
      sel4.Sel4DeleteFirst,
      sel4.Sel4RevokeFirst,
      sel4.Sel4NotEnoughMemory,
    ]);
    expect(thrown(0)).toBeUndefined();
    expect(thrown(77)).toMatchObject({ code: 77, message: "copying: unknown error 77" });
  });

  test("details come from the message registers", () => {
    expect(thrown(1, [2])).toMatchObject({ code: 1, argument: 2, name: "Sel4InvalidArgument" });
    expect(thrown(2, [1])).toMatchObject({ capability: 1 });
    expect(thrown(4, [20, 2n ** 60n])).toMatchObject({ min: 20n, max: 2n ** 60n });
    expect(thrown(10, [4096])).toMatchObject({ bytesLeft: 4096 });
    expect(thrown(6, [1, 2, 30])).toMatchObject({
      wasSource: true,
      failure: { kind: "MissingCapability", bitsLeft: 30 },
    });
  });

  test("describeError tells the whole story in one line", () => {
    const text = withWords([0, 4, 64, 0xabc, 12], () => sel4.describeError(sel4.seL4_FailedLookup));
    expect(text).toBe(
      "seL4_FailedLookup: a capability address could not be resolved " +
        "(a CNode's guard 0xabc of 12 bits differs, with 64 bits left)",
    );
  });

  test.each([
    [[1], "the search begins at something that is no CNode"],
    [[2, 30], "nothing is there, with 30 bits left to resolve"],
    [[3, 4, 12], "a CNode resolves 12 bits where 4 bits are left"],
    [[9], "lookup failure of unknown type 9"],
  ])("lookup failure %j", (words, text) => {
    expect(withWords(words, () => sel4.describeLookupFailure(sel4.readLookupFailure(0)))).toBe(text);
  });
});

describe("faults", () => {
  const fault = (label: number, words: (number | bigint)[]) =>
    withWords(words, () => sel4.seL4_getFault(sel4.seL4_MessageInfo_new(label, 0, 0, words.length)));

  test("each type is read by its own words", () => {
    expect(fault(0, [1])).toEqual({ type: "NullFault" });
    expect(fault(1, [0x10008, 77, 1, 2, 52])).toEqual({
      type: "CapFault",
      IP: 0x10008,
      Addr: 77,
      InRecvPhase: true,
      LookupFailure: { kind: "MissingCapability", bitsLeft: 52 },
    });
    expect(fault(2, [1, 2, 3, 10, 11, 12, 13, 14, 15, 16, 2n ** 64n - 33n])).toEqual({
      type: "UnknownSyscall",
      FaultIP: 1,
      SP: 2,
      RA: 3,
      A: [10, 11, 12, 13, 14, 15, 16],
      Syscall: -33,
    });
    expect(fault(3, [1, 2, 3, 0])).toEqual({ type: "UserException", FaultIP: 1, SP: 2, Number: 3, Code: 0 });
    expect(fault(5, [0x77, 99])).toEqual({ type: "Timeout", Data: 0x77, Consumed: 99 });
    expect(fault(5, [0x77])).toEqual({ type: "Timeout", Data: 0x77, Consumed: undefined });
    expect(fault(6, [1, 0xdead, 0, 7])).toEqual({ type: "VMFault", IP: 1, Addr: 0xdead, PrefetchFault: false, FSR: 7 });
    expect(fault(4, [])).toEqual({ type: "Unknown", label: 4 });
  });

  test("each question about a tag is true of its own label alone", () => {
    const questions = [
      sel4.seL4_isNoFault_tag,
      sel4.seL4_isCapFault_tag,
      sel4.seL4_isUnknownSyscall_tag,
      sel4.seL4_isUserException_tag,
      () => false,
      sel4.seL4_isTimeoutFault_tag,
      sel4.seL4_isVMFault_tag,
    ];
    for (let label = 0; label < 8; label++) {
      const tag = sel4.seL4_MessageInfo_new(label, 0, 0, 0);
      expect(questions.map((ask) => ask(tag))).toEqual(questions.map((_, i) => i === label && i !== 4));
    }
  });

  test("the reply to a timeout carries the registers in order", () => {
    withWords([], () => {
      const info = sel4.seL4_TimeoutReply_new(true, { pc: 5, sp: 6 }, 3);
      expect([info.label, info.length]).toEqual([0, 3]);
      expect([0, 1, 2].map(sel4.seL4_GetMR)).toEqual([5, 0, 6]);
      expect(sel4.seL4_TimeoutReply_new(false, {}, 0).label).toBe(1);
    });
  });
});
