import { copyOut } from "@tessera/hal-sim/isa";
import {
  seL4_CapInitThreadVSpace,
  seL4_PageBits,
  seL4_ReadWrite,
  seL4_RISCV_4K_Page,
  seL4_RISCV_ExecuteNever,
} from "@tessera/libsel4";
import { world } from "@tessera/testing";
import { map_frame } from "@tessera/ut-alloc";
import { describe, expect, it } from "vitest";
import { environment } from "../src/programs/environment.js";
import { make } from "../src/programs/make.js";

const PAGE = 0x20_0000_0000;

describe("an environment", () => {
  const Environment = environment("slot", "address");

  it("is read as it was written", () => {
    world({
      *root(_, cspace) {
        const frame = yield* make(seL4_RISCV_4K_Page, seL4_PageBits, cspace);
        yield* map_frame(cspace, frame, seL4_CapInitThreadVSpace, PAGE, seL4_ReadWrite, seL4_RISCV_ExecuteNever);
        const words = { slot: 3, address: Number.MAX_SAFE_INTEGER };
        yield* copyOut(PAGE, Environment.encode(words));
        expect(yield* Environment.read(PAGE)).toEqual(words);
      },
    });
  });
});
