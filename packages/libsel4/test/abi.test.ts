import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as abi from "../src/abi/index.js";

const recorded: Record<string, number> = JSON.parse(readFileSync(new URL("constants.json", import.meta.url), "utf8"));
const values = abi as unknown as Record<string, unknown>;
const word = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const int32 = (value: bigint) => Number(BigInt.asIntN(32, value));
const halves = (value: bigint) => [int32(value), int32(value >> 32n)] as const;
const joined = (lo: number, hi: number) => (BigInt(hi >>> 0) << 32n) | BigInt(lo >>> 0);

describe("constants", () => {
  test("every constant has the value that the real headers give it", () => {
    for (const [name, value] of Object.entries(recorded)) expect([name, values[name]]).toEqual([name, value]);
  });

  test("no constant with a C name is unknown to the real headers", () => {
    const ours = Object.keys(values).filter((name) => /^seL4_|^CONFIG_/.test(name));
    const unknown = ours.filter((name) => typeof values[name] === "number" && recorded[name] === undefined);
    expect(unknown.sort()).toEqual([
      "seL4_AllRights",
      "seL4_CanGrant",
      "seL4_CanGrantReply",
      "seL4_CanRead",
      "seL4_CanWrite",
      "seL4_FastMessageRegisters",
      "seL4_NoRead",
      "seL4_NoRights",
      "seL4_NoWrite",
      "seL4_ReadWrite",
      "seL4_UserContext_Length",
    ]);
  });

  test("all 46 invocation labels are different and without gaps", () => {
    const all = Object.entries(recorded).filter(
      ([name]) => /^(Untyped|TCB|CNode|IRQ|Domain|Sched|RISCV)/.test(name) && values[name] !== undefined,
    );
    expect(all.map(([, label]) => label).sort((a, b) => a - b)).toEqual(Array.from({ length: 46 }, (_, i) => i + 1));
  });

  test("the greatest period is the same as bigint and as halves", () => {
    expect(joined(abi.MAX_PERIOD_US_LOW, abi.MAX_PERIOD_US_HIGH)).toBe(abi.MAX_PERIOD_US);
    expect((2n ** 64n - 1n) / 10n / 8n).toBe(abi.MAX_PERIOD_US);
  });
});

describe("message info", () => {
  const fields = fc.record({
    label: fc.bigInt({ min: 0n, max: 2n ** 52n - 1n }).map(Number),
    capsUnwrapped: fc.nat(7),
    extraCaps: fc.nat(3),
    length: fc.nat(127),
  });

  test("every field comes back as it was packed, and lies where the manual says", () => {
    fc.assert(
      fc.property(fields, ({ label, capsUnwrapped, extraCaps, length }) => {
        const lo = abi.messageInfoLow(label, capsUnwrapped, extraCaps, length);
        const hi = abi.messageInfoHigh(label);
        expect([lo | 0, hi | 0]).toEqual([lo, hi]);
        expect(joined(lo, hi)).toBe(
          (BigInt(label) << 12n) | (BigInt(capsUnwrapped) << 9n) | (BigInt(extraCaps) << 7n) | BigInt(length),
        );
        expect(abi.messageInfoLabel(lo, hi)).toBe(label);
        expect(abi.messageInfoCapsUnwrapped(lo)).toBe(capsUnwrapped);
        expect(abi.messageInfoExtraCaps(lo)).toBe(extraCaps);
        expect(abi.messageInfoLength(lo)).toBe(length);
        expect(abi.clampedMessageLength(lo)).toBe(Math.min(length, 120));
      }),
    );
  });

  test("any word is taken apart and put together again without loss", () => {
    fc.assert(
      fc.property(word, (value) => {
        const [lo, hi] = halves(value);
        const label = abi.messageInfoLabel(lo, hi);
        const again = abi.messageInfoLow(
          label,
          abi.messageInfoCapsUnwrapped(lo),
          abi.messageInfoExtraCaps(lo),
          abi.messageInfoLength(lo),
        );
        expect(joined(again, abi.messageInfoHigh(label))).toBe(value);
      }),
    );
  });
});

describe("guard word", () => {
  test("guard and size come back; the guard is cut to its size", () => {
    fc.assert(
      fc.property(word, (value) => {
        const [lo, hi] = halves(value);
        const size = Number(value & 63n);
        expect(abi.guardWordSize(lo)).toBe(size);
        const guard = joined(abi.guardWordGuardLow(lo, hi), abi.guardWordGuardHigh(lo, hi));
        expect(guard).toBe((value >> 6n) & ((1n << BigInt(size)) - 1n));
      }),
    );
  });

  test("packing puts the guard above the size", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 58n - 1n }), fc.nat(63), (guard, size) => {
        const [lo, hi] = halves(guard);
        expect(joined(abi.guardWordLow(lo, size), abi.guardWordHigh(lo, hi))).toBe((guard << 6n) | BigInt(size));
      }),
    );
  });

  test("seL4_CNode_CapData_new refuses what does not fit", () => {
    expect(abi.seL4_CNode_CapData_new(0, 51)).toBe(51);
    expect(abi.seL4_CNode_CapData_new(3, 8)).toBe(3 * 64 + 8);
    expect(() => abi.seL4_CNode_CapData_new(0, 64)).toThrow(RangeError);
    expect(() => abi.seL4_CNode_CapData_new(-1, 8)).toThrow(RangeError);
    expect(() => abi.seL4_CNode_CapData_new(2 ** 47, 8)).toThrow(RangeError);
    expect(() => abi.seL4_CNode_CapData_new(Number.NaN, 8)).toThrow(RangeError);
  });
});

describe("rights", () => {
  test("seL4_CapRights_new takes grantReply, grant, read, write in this order", () => {
    expect(abi.seL4_CapRights_new(1, 0, 0, 0)).toBe(8);
    expect(abi.seL4_CapRights_new(0, 1, 0, 0)).toBe(4);
    expect(abi.seL4_CapRights_new(0, 0, 1, 0)).toBe(2);
    expect(abi.seL4_CapRights_new(0, 0, 0, 1)).toBe(1);
    expect([abi.seL4_AllRights, abi.seL4_ReadWrite, abi.seL4_CanRead, abi.seL4_CanWrite]).toEqual([15, 3, 2, 1]);
    expect([abi.seL4_CanGrant, abi.seL4_CanGrantReply, abi.seL4_NoRead, abi.seL4_NoWrite]).toEqual([4, 8, 13, 14]);
  });

  test("each right is told by its own question", () => {
    const questions = [
      abi.seL4_CapRights_get_capAllowWrite,
      abi.seL4_CapRights_get_capAllowRead,
      abi.seL4_CapRights_get_capAllowGrant,
      abi.seL4_CapRights_get_capAllowGrantReply,
    ];
    for (let bits = 0; bits < 16; bits++) {
      const answers = questions.map((ask) => ask(bits as abi.seL4_CapRights_t));
      expect(answers).toEqual([1, 2, 4, 8].map((bit) => (bits & bit) !== 0));
    }
  });
});

describe("objects", () => {
  test("sizes are those of the table", () => {
    const sizes = Array.from({ length: 12 }, (_, type) => abi.objectSizeBits(type, 10));
    expect(sizes).toEqual([10, 11, 4, 6, 15, 10, 5, 30, 12, 21, 12, -1]);
  });

  test("a scheduling context holds the refills that its size allows", () => {
    expect([7, 8, 9, 10, 12].map(abi.maxRefills)).toEqual([2, 10, 26, 58, 250]);
  });
});

describe("register order", () => {
  test("names and RISC-V numbers belong together", () => {
    expect(abi.USER_CONTEXT_NAMES.slice(0, 6)).toEqual(["pc", "ra", "sp", "gp", "s0", "s1"]);
    expect(abi.USER_CONTEXT_NAMES[abi.FRAME_REGISTERS]).toBe("a0");
    expect(abi.USER_CONTEXT_NAMES.at(-1)).toBe("tp");
    expect([...abi.USER_CONTEXT_REGISTERS].sort((a, b) => a - b)).toEqual(Array.from({ length: 32 }, (_, i) => i));
  });
});
