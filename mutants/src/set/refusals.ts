/** Refusals: which error, in which order. */
import type { Mutant } from "../edit/mutant.js";

export const REFUSALS: readonly Mutant[] = [
  {
    name: "retype-looks-up-first",
    breaks: "Retype resolves its destination before it looks at the size.",
    file: "invocations/untyped.ts",
    find: `if (badSize !== null) return badSize;
  const node = findDestination(k, args);
  if (node instanceof SyscallError) return node;`,
    replace: `const node = findDestination(k, args);
  if (node instanceof SyscallError) return node;
  if (badSize !== null) return badSize;`,
    within: { scenarios: 20, suite: "untyped" },
  },
  {
    name: "copy-into-full-slot",
    breaks: "Copy, Mint, Move and Mutate put a capability over another.",
    file: "invocations/cnode.ts",
    find: `if (!dest.isEmpty) return deleteFirst(FULL_DESTINATION, dest);
  const source`,
    replace: "const source",
    within: { behaviour: "CNODEOP0001" },
  },
  {
    name: "rotate-pivot-first",
    breaks: "Rotate resolves its pivot before its source.",
    file: "invocations/cnode.ts",
    find: `const source = lookupArgument(k, args, args.cap(1), 6, 7, true, "source");
  if (!(source instanceof Slot)) return source;
  const pivot = lookupArgument(k, args, args.cap(0), 3, 4, true, "pivot");
  if (!(pivot instanceof Slot)) return pivot;`,
    replace: `const pivot = lookupArgument(k, args, args.cap(0), 3, 4, true, "pivot");
  if (!(pivot instanceof Slot)) return pivot;
  const source = lookupArgument(k, args, args.cap(1), 6, 7, true, "source");
  if (!(source instanceof Slot)) return source;`,
    within: { scenarios: 20, suite: "cspace" },
  },
  {
    name: "lookup-side-swapped",
    breaks: "A failed lookup of a source is told as one of the destination.",
    file: "caps/lookup.ts",
    find: `if (slot instanceof Slot) return slot;
  return failedLookup(isSource,`,
    replace: `if (slot instanceof Slot) return slot;
  return failedLookup(!isSource,`,
    within: { scenarios: 20, suite: "cspace" },
  },
  {
    name: "params-priority-first",
    breaks: "SetSchedParams looks at the priority before the MCP.",
    file: "invocations/tcb-scheduling.ts",
    find: `if (mcp > limit) return aboveMcp(k, args, 0, "MCP", limit);
  if (priority > limit) return aboveMcp(k, args, 1, "priority", limit);
  const sc = decodeSchedContextFor(k, args.extraSlot(1), tcb);
  if (sc instanceof SyscallError) return sc;`,
    replace: `const sc = decodeSchedContextFor(k, args.extraSlot(1), tcb);
  if (sc instanceof SyscallError) return sc;
  if (mcp > limit) return aboveMcp(k, args, 0, "MCP", limit);
  if (priority > limit) return aboveMcp(k, args, 1, "priority", limit);`,
    within: { scenarios: 40, suite: "tcb" },
  },
  {
    name: "guard-told-as-depth",
    breaks: "A guard that does not match is told as a depth that does not.",
    file: "caps/lookup.ts",
    find: "return guardMismatch(left, guardSize, cnode.guardLo, cnode.guardHi);",
    replace: "return depthMismatch(left, guardSize);",
    within: { scenarios: 20, suite: "cspace" },
  },
  {
    name: "cancel-unbadged-refused",
    breaks: "CancelBadgedSends refuses a capability without badge.",
    file: "invocations/cnode.ts",
    find: "if (cap.type !== CapTag.endpoint || cap.rights !== Right.All) {",
    replace: "if (cap.type !== CapTag.endpoint || cap.rights !== Right.All || (cap.badgeLo | cap.badgeHi) === 0) {",
    within: { behaviour: "CNODEOP0006" },
  },
  {
    name: "configure-type-first",
    breaks: "ConfigureFlags looks at the capability before the budget.",
    file: "invocations/sched-control.ts",
    find: "if (budget < MIN_BUDGET_TICKS) return",
    replace:
      'if (args.cap(0).type !== CapTag.schedContext) return invalidCapability(1, "");\n  if (budget < MIN_BUDGET_TICKS) return',
    within: { tests: "invocations/tcb.test.ts" },
  },
  {
    name: "map-alignment-first",
    breaks: "Page_Map looks at the alignment before the end of user memory.",
    file: "invocations/vspace.ts",
    find: "if (isBeyondUser(args.word(k, 0)",
    replace:
      "if ((args.low(k, 0) & (2 ** sizeBits - 1)) !== 0) return misaligned(args.word(k, 0), 2 ** sizeBits);\n  if (isBeyondUser(args.word(k, 0)",
    within: { tests: "memory/mapping.test.ts" },
  },
];
