/** Threads: registers, and the capabilities that they run with. */
import type { Mutant } from "../edit/mutant.js";

export const THREADS: readonly Mutant[] = [
  {
    name: "read-never-suspends",
    breaks: "ReadRegisters never suspends the thread.",
    file: "invocations/tcb-registers.ts",
    find: "if (suspends) suspend(k, tcb);",
    replace: "",
    within: { scenarios: 60, suite: "tcb" },
  },
  {
    name: "tls-base-not-set",
    breaks: "SetTLSBase changes nothing.",
    file: "invocations/tcb-perform.ts",
    find: "setRegister(k, tcb, Register.tp, inv.lo, inv.hi);",
    replace: "",
    within: { behaviour: "TLS0002" },
  },
  {
    name: "flags-not-cleared",
    breaks: "SetFlags clears no flag.",
    file: "invocations/tcb.ts",
    find: "(tcb.flags & ~args.low(k, 0))",
    replace: "tcb.flags",
    within: { behaviour: "FPU0003" },
  },
  {
    name: "buffer-misaligned",
    breaks: "An IPC buffer can lie at any address.",
    file: "invocations/tcb-roots.ts",
    find: "return offset === 0 ? cap",
    replace: "return true ? cap",
    within: { scenarios: 80, suite: "tcb" },
  },
  {
    name: "cspace-of-anything",
    breaks: "Any capability can be the CSpace root of a thread.",
    file: "invocations/tcb-roots.ts",
    find: `return cap.type === CapTag.cnode
    ? cap`,
    replace: `return true
    ? cap`,
    within: { behaviour: "THREADS0004" },
  },
  {
    name: "cspace-guard-ignored",
    breaks: "The guard word of SetSpace makes no difference.",
    file: "invocations/tcb-roots.ts",
    find: "hasData ? updateData(slot.cap, false, dataLo, dataHi) : slot.cap",
    replace: "slot.cap",
    within: { scenarios: 20, suite: "tcb" },
  },
  {
    name: "unknown-method-resumes",
    breaks: "A TCB takes methods that it does not have for Resume.",
    file: "invocations/tcb.ts",
    find: "return noSuchMethod(args.label);",
    replace: 'return { op: "tcb-resume", tcb };',
    within: { behaviour: "DOMAINS0003" },
  },
  {
    name: "last-register-not-written",
    breaks: "WriteRegisters leaves out the last register.",
    file: "invocations/tcb-registers.ts",
    find: "count: Math.min(count, USER_CONTEXT_REGISTERS.length)",
    replace: "count: Math.min(count, USER_CONTEXT_REGISTERS.length - 1)",
    within: { behaviour: "REGRESSIONS0001" },
  },
  {
    name: "long-delete-allowed",
    breaks: "A CSpace root whose deletion is long can be replaced.",
    file: "invocations/tcb-roots.ts",
    find: "if (hasLongRunningDelete(tcb)) {",
    replace: "if (false) {",
    within: { tests: "unrecorded/long-delete.test.ts" },
  },
  {
    name: "copy-confuses-flags",
    breaks: "CopyRegisters copies the integer registers when the frame registers are asked for.",
    file: "invocations/tcb-registers.ts",
    find: "(flags & CopyFlag.Integer) !== 0",
    replace: "(flags & CopyFlag.Frame) !== 0",
    within: { tests: "unrecorded/registers.test.ts" },
  },
];
