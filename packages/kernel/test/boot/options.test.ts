import { createImage, Machine } from "@tessera/hal-sim";
import { bootKernel, type KernelOptions } from "@tessera/kernel";
import { describe, expect, it } from "vitest";

const MIB = 2 ** 20;

function boot(options?: KernelOptions, ramBytes = 8 * MIB, dataBytes = 0) {
  const image = createImage({ *root() {} }, new Uint8Array(dataBytes));
  return bootKernel(new Machine({ ramBytes, image }), options);
}

describe("bootKernel", () => {
  it("makes a root CNode of 2^13 slots by default", () => {
    expect(boot().state.rootCNode?.radix).toBe(13);
  });

  it("boots a state without a violation, also with domains", () => {
    expect(boot().checkInvariants()).toEqual([]);
    expect(boot({ domains: 256 }).checkInvariants()).toEqual([]);
  });

  it("refuses a machine that has a kernel, and a machine without one halts and says so", () => {
    const machine = new Machine({ image: createImage({ *root() {} }) });
    bootKernel(machine);
    expect(() => bootKernel(machine)).toThrow("the machine has a kernel already: each kernel is booted on its own one");
    const bare = new Machine({ image: createImage({ *root() {} }) }).run();
    expect(bare.reason).toBe("halted");
    expect(bare.message).toMatch(/^machine halted: no kernel is installed: bootKernel\(machine\) comes before run\(\)/);
  });

  const refused: readonly [string, KernelOptions][] = [
    ["rootCNodeBits must be an integer from 7 to 18, not 6", { rootCNodeBits: 6 }],
    ["rootCNodeBits must be an integer from 7 to 18, not 19", { rootCNodeBits: 19 }],
    ["rootCNodeBits must be an integer from 7 to 18, not 12.5", { rootCNodeBits: 12.5 }],
    ["rootCNodeBits must be an integer from 7 to 18, not NaN", { rootCNodeBits: Number.NaN }],
    ["domains must be an integer from 1 to 256, not 0", { domains: 0 }],
    ["domains must be an integer from 1 to 256, not 257", { domains: 257 }],
  ];
  it.each(refused)("says in a sentence that %s", (sentence, options) => {
    expect(() => boot(options)).toThrow(new RangeError(`kernel option ${sentence}`));
  });

  it("says which option to raise when the root CNode does not hold the boot capabilities", () => {
    expect(() => boot({ rootCNodeBits: 7 }, 8 * MIB, 100 * 4096)).toThrow(
      /root CNode of 7 bits is too small: raise the option rootCNodeBits/,
    );
  });

  it("says that there is too little RAM for a root CNode of 2^18 slots on 8 MiB", () => {
    expect(() => boot({ rootCNodeBits: 18 }, 8 * MIB)).toThrow(/too little RAM/);
    expect(boot({ rootCNodeBits: 18 }, 32 * MIB).checkInvariants()).toEqual([]);
  });
});
