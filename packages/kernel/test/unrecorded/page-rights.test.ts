/**
 * What a page allows: for each capability (read and write, read only, neither), each rights argument and each
 * attribute, whether a load, a store and a fetch succeed, and with which fault they fail if not.
 */
import { load, store, type Thread } from "@tessera/hal-sim/isa";
import {
  FaultStatus,
  seL4_AllRights,
  seL4_CanRead,
  seL4_CanWrite,
  type seL4_CapRights_t,
  seL4_CNode_Delete,
  seL4_getFault,
  seL4_NoRights,
  seL4_ReadWrite,
  seL4_Recv,
  seL4_RISCV_Default_VMAttributes,
  seL4_RISCV_ExecuteNever,
  seL4_RISCV_Page_Map,
  seL4_Signal,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { type Kit, must } from "../support/kit.js";
import { scene } from "../support/scene.js";

/** Where the page under test is mapped in the root task's VSpace, which the other threads share. */
const PAGE = 0x1f0000;
/** A word of it behind the program's instructions. */
const WORD = PAGE + 0x800;

const CAPS: readonly (readonly [string, seL4_CapRights_t])[] = [
  ["ReadWrite", seL4_AllRights],
  ["ReadOnly", seL4_CanRead],
  ["KernelOnly", seL4_NoRights],
];
const ASKED: readonly (readonly [string, seL4_CapRights_t])[] = [
  ["rw", seL4_ReadWrite],
  ["r", seL4_CanRead],
  ["w", seL4_CanWrite],
  ["none", seL4_NoRights],
];

/** Effective rights by the masking table of the capability's and the asked ones. */
const EFFECTIVE: Readonly<Record<string, string>> = {
  "ReadWrite rw": "rw",
  "ReadWrite r": "r",
  "ReadOnly rw": "r",
  "ReadOnly r": "r",
};
/** What a page of these rights allows: Load, Store, Fetch. */
const ALLOWED: Readonly<Record<string, string>> = {
  rw: "LSF",
  r: "LF",
  "": "F",
  "rw never": "LS",
  "r never": "L",
  " never": "",
};

interface At {
  faults: number;
  reply: number;
}

/** Starts `name`, and waits for its fault: a program that got through throws. */
function* attempt(kit: Kit, at: At, name: string): Thread<string> {
  const pc = name === "runner" ? { pc: PAGE } : {};
  const { tcb, sc } = yield* kit.start(name, { faultHandler: at.faults, ...pc });
  const { info } = yield* seL4_Recv(at.faults, at.reply);
  const fault = seL4_getFault(info);
  for (const slot of [tcb, sc]) must(yield* seL4_CNode_Delete(kit.cnode, slot, kit.depth));
  if (fault.type === "UserException") return "ok";
  return fault.type === "VMFault"
    ? `${fault.FSR} at ${fault.Addr.toString(16)}${fault.PrefetchFault ? " fetch" : ""}`
    : fault.type;
}

describe.each([
  ["", seL4_RISCV_Default_VMAttributes],
  [" never", seL4_RISCV_ExecuteNever],
])("A page mapped with attribute%s", (suffix, attribute) => {
  const cases = CAPS.flatMap(([cap, rights]) => ASKED.map(([asked, mask]) => ({ cap, rights, asked, mask })));

  it.each(cases)("through a $cap capability for $asked allows what the table says", ({ cap, rights, asked, mask }) => {
    const at: At = { faults: 0, reply: 0 };
    const { value } = scene(
      function* (kit) {
        at.faults = yield* kit.endpoint();
        at.reply = yield* kit.reply();
        const frame = yield* kit.copy(kit.frameOf("runner"), rights);
        must(yield* seL4_RISCV_Page_Map(frame, 3, PAGE, mask, attribute), "Page_Map");
        const seen: string[] = [];
        for (const name of ["loader", "storer", "runner"]) seen.push(yield* attempt(kit, at, name));
        return seen;
      },
      {
        // A program that got through ends with a UserException, which is told from a VMFault.
        *loader() {
          yield* load(WORD);
          throw new Error("loaded");
        },
        *storer() {
          yield* store(WORD, 1);
          throw new Error("stored");
        },
        *runner() {
          yield* seL4_Signal(0);
          throw new Error("run");
        },
      },
      { mayThrow: ["loader", "storer", "runner"] },
    );
    const allowed = ALLOWED[`${EFFECTIVE[`${cap} ${asked}`] ?? ""}${suffix}`] ?? "?";
    const faultOr = (letter: string, fault: string) => (allowed.includes(letter) ? "ok" : fault);
    expect(value).toEqual([
      faultOr("L", `${FaultStatus.Load} at ${WORD.toString(16)}`),
      faultOr("S", `${FaultStatus.Store} at ${WORD.toString(16)}`),
      faultOr("F", `${FaultStatus.Instruction} at ${PAGE.toString(16)} fetch`),
    ]);
  });
});

describe("A page that is mapped with no right and ExecuteNever", () => {
  it("is not there, but its capability says that it is mapped", () => {
    const { value } = scene(function* (kit) {
      const frame = yield* kit.frame();
      const other = yield* kit.frame();
      const map = (cap: number, address: number, rights: seL4_CapRights_t) =>
        seL4_RISCV_Page_Map(cap, 3, address, rights, seL4_RISCV_ExecuteNever);
      return [
        yield* map(frame, PAGE, seL4_NoRights),
        // It is mapped at PAGE: elsewhere it is refused (InvalidArgument 0).
        yield* map(frame, PAGE + 0x1000, seL4_ReadWrite),
        // The place is free.
        yield* map(other, PAGE, seL4_ReadWrite),
      ];
    });
    expect(value).toEqual([0, 1, 0]);
  });
});

describe("Mapping for less", () => {
  it("does not change the capability: mapped again it may give all that it has", () => {
    const { value } = scene(function* (kit) {
      const frame = yield* kit.frame();
      must(yield* seL4_RISCV_Page_Map(frame, 3, PAGE, seL4_NoRights, seL4_RISCV_Default_VMAttributes));
      must(yield* seL4_RISCV_Page_Map(frame, 3, PAGE, seL4_ReadWrite, seL4_RISCV_Default_VMAttributes));
      yield* store(PAGE, 5);
      return yield* load(PAGE);
    });
    expect(value).toBe(5);
  });
});
