/** What the needs of those who make processes become: capabilities, as they lie in its slots. */
import type { seL4_CPtr, seL4_RISCV_ASIDPool, seL4_SchedContext } from "@tessera/libsel4";
import type { GivenNeed } from "./environment.js";
import type { OwnSpace, Priorities, ProgramPage, UntypedMemory } from "./handles.js";
import type { ResourceNeed } from "./resource.js";

/** The handle of such a need. */
export function resourceHandle(need: ResourceNeed, given: GivenNeed): unknown {
  const { slot, address, bytes, extra } = given;
  switch (need.need) {
    case "untyped":
      return { cptr: slot, bits: extra } satisfies UntypedMemory;
    case "spaces":
      return slot satisfies seL4_RISCV_ASIDPool;
    case "ownSpace":
      return { vspace: slot, address, bytes } satisfies OwnSpace;
    case "priorities":
      return { authority: slot, most: extra } satisfies Priorities;
    case "time":
    case "leftover":
      return slotsFrom<"SchedContext">(slot, extra) satisfies readonly seL4_SchedContext[];
    case "programs":
      return need.programs.map((program, i): ProgramPage => ({ program, page: slot + i }));
  }
}

function slotsFrom<Kind extends "SchedContext">(first: number, count: number): readonly seL4_CPtr<Kind>[] {
  return Array.from({ length: count }, (_, i) => first + i);
}
