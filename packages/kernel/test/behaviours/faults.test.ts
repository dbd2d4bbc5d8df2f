/**
 * Faults as messages: every word of them, the badge they come with, and how a handler makes the thread go on. The
 * faulter has a bad marker in a register when it faults; the handler puts a good one there, which it sees if it goes on.
 */
import { illegalInstruction, load, ProgramOffset, port, Register, store, type Thread } from "@tessera/hal-sim/isa";
import {
  FaultStatus,
  seL4_Fault_UnknownSyscall,
  seL4_Fault_UserException,
  seL4_Fault_VMFault,
  seL4_Recv,
  seL4_Send,
  seL4_TCB_ReadRegisters,
  seL4_TCB_WriteRegisters,
  seL4_UserContext_Length,
} from "@tessera/libsel4";
import { describe, expect, it } from "vitest";
import { must } from "../support/kit.js";
import { message, words } from "../support/message.js";
import { PROGRAM } from "../support/process.js";
import { rawCall } from "../support/raw-call.js";
import { behaviour, type HelperOptions } from "./test-thread.js";

/** Canonical, above 4 GiB, and nothing there. */
const BAD_ADDRESS = 0x7_edc0_0000;
const BAD = 0xbad;
const GOOD = 0x600d;
const HANDLER_PRIORITY = 101;
const FAULTER_PRIORITIES = [100, 101, 102];
const BADGE = 0x7ab;
const UNKNOWN = 4242;

/** Where the faulter's instructions are, and what its sp was. */
interface Place {
  readonly program: number;
}

interface Fault {
  /** What the faulter does; the marker that it sees afterwards. */
  readonly fault: () => Thread<number>;
  /** The message: label, and all words. */
  readonly expected: (place: Place) => readonly unknown[];
  /** The handler's answer, with which the faulter goes on and sees GOOD. */
  readonly restart: (told: readonly number[], tcb: number) => Thread<readonly [number[], number]>;
  /** Whether a label in the answer keeps the faulter stopped. */
  readonly labelStops: boolean;
}

/** Go on behind the instruction, with `register` changed; any answer restarts. */
function* goOnBehind(tcb: number, register: "t1" | "a0"): Thread<readonly [number[], number]> {
  const { error, regs } = yield* seL4_TCB_ReadRegisters(tcb, false, 0, seL4_UserContext_Length);
  must(error, "ReadRegisters");
  // The number of its last call is negative, and so no word to be written back.
  const changed = { ...regs, a7: 0, pc: regs.pc + 4, [register]: GOOD };
  must(yield* seL4_TCB_WriteRegisters(tcb, false, 0, seL4_UserContext_Length, changed), "WriteRegisters");
  // An answer to a VM fault restarts the thread whatever its label is.
  return [[], 1];
}

const LOAD: Fault = {
  *fault() {
    return yield* load(BAD_ADDRESS);
  },
  expected: ({ program }) => [seL4_Fault_VMFault, program + ProgramOffset.Load, BAD_ADDRESS, 0, FaultStatus.Load],
  restart: (_, tcb) => goOnBehind(tcb, "t1"),
  labelStops: false,
};

const STORE: Fault = {
  *fault() {
    port().setWord(Register.a0, BAD);
    yield* store(BAD_ADDRESS, 1);
    return port().word(Register.a0);
  },
  expected: ({ program }) => [seL4_Fault_VMFault, program + ProgramOffset.Store, BAD_ADDRESS, 0, FaultStatus.Store],
  restart: (_, tcb) => goOnBehind(tcb, "a0"),
  labelStops: false,
};

const SYSTEM_CALL: Fault = {
  *fault() {
    return yield* rawCall(UNKNOWN, BAD);
  },
  expected: ({ program }) => {
    const others = Array.from({ length: 6 }, () => expect.any(Number));
    const something = expect.any(Number);
    return [
      seL4_Fault_UnknownSyscall,
      ...[program + ProgramOffset.Ecall, something, something, BAD, ...others, UNKNOWN],
    ];
  },
  // biome-ignore lint/correctness/useYield: it calls nobody
  *restart(told) {
    const answer = told.slice(0, 10);
    answer[0]! += 4;
    answer[3] = GOOD;
    return [answer, 0];
  },
  labelStops: true,
};

const ILLEGAL_INSTRUCTION: Fault = {
  *fault() {
    port().setWord(Register.sp, BAD);
    yield* illegalInstruction();
    return port().word(Register.sp);
  },
  expected: ({ program }) => [seL4_Fault_UserException, program + ProgramOffset.Unimp, BAD, 2, 0],
  // biome-ignore lint/correctness/useYield: it calls nobody
  *restart([pc = 0]) {
    return [[pc + 4, GOOD], 0];
  },
  labelStops: true,
};

/** One fault of the scheme: what the handler was told, and what the faulter saw when it went on. */
interface Told {
  readonly badge: number;
  readonly told: readonly number[];
  readonly marker: number;
}

/** The scheme: both badges, without and with restart, the faulter below, beside and above the handler. */
function scheme({ fault, restart, labelStops }: Fault, options: { readonly inTwoSpaces: boolean }) {
  const at = { faults: 0, tcb: 0, isRestarted: false, marker: 0, shared: 0 };
  const seen: Told[] = [];
  let told: readonly number[] = [];
  let badgeSeen = 0;
  const { value } = behaviour(
    function* (t) {
      const { kit } = t;
      at.faults = yield* kit.endpoint();
      at.shared = yield* kit.reply();
      const badged = yield* kit.mint(at.faults, BADGE);
      let place: Place = { program: 0 };
      for (const handler of [at.faults, badged]) {
        const faulterOptions: HelperOptions = {
          faultHandler: handler,
          ...(options.inTwoSpaces ? { process: [] } : {}),
        };
        const faulter = yield* t.make("faulter", faulterOptions);
        place = { program: faulter.registers.pc };
        at.tcb = faulter.tcb;
        const caps = options.inTwoSpaces ? { process: [at.faults, faulter.tcb, at.shared] } : {};
        const handling = yield* t.make("handler", { priority: HANDLER_PRIORITY, ...caps });
        for (const isRestarted of [false, true]) {
          for (const priority of FAULTER_PRIORITIES) {
            [at.isRestarted, at.marker] = [isRestarted, 0];
            yield* t.setPriority(priority, faulter.tcb);
            yield* t.restart(handling);
            yield* t.restart(faulter);
            yield* t.wait(handling);
            if (isRestarted) yield* t.wait(faulter);
            else if (labelStops) expect(yield* t.hasEnded(faulter)).toBe(false);
            seen.push({ badge: badgeSeen, told, marker: at.marker });
          }
        }
      }
      return place;
    },
    {
      *faulter() {
        at.marker = yield* fault();
      },
      *handler() {
        const { info, badge } = yield* seL4_Recv(at.faults, at.shared);
        badgeSeen = badge;
        told = [info.label, ...words(info)];
        if (!at.isRestarted) {
          // An answer with a label leaves the thread stopped, where it has that power; else there is none.
          if (labelStops) yield* seL4_Send(at.shared, message([], 1));
          return;
        }
        const [answer, label] = yield* restart(told.slice(1), at.tcb);
        yield* seL4_Send(at.shared, message(answer, label));
      },
    },
    { memoryBits: 21 },
  );
  return { seen, place: value };
}

function expectScheme(kind: Fault, options: { readonly inTwoSpaces: boolean }): void {
  const { seen, place } = scheme(kind, options);
  expect(place.program === PROGRAM).toBe(options.inTwoSpaces);
  const rounds = (badge: number) =>
    [0, GOOD].flatMap((marker) => FAULTER_PRIORITIES.map(() => ({ badge, told: kind.expected(place), marker })));
  expect(seen).toEqual([...rounds(0), ...rounds(BADGE)]);
}

describe.each([
  [
    "in one address space",
    { inTwoSpaces: false },
    ["PAGEFAULT0001", "PAGEFAULT0002", "PAGEFAULT0003", "PAGEFAULT0004"],
  ],
  [
    "in another address space",
    { inTwoSpaces: true },
    ["PAGEFAULT1001", "PAGEFAULT1002", "PAGEFAULT1003", "PAGEFAULT1004"],
  ],
])("A fault that is handled %s", (_where, options, [ofLoad, ofStore, ofJump, ofSystemCall]) => {
  it(`${ofLoad}: of a load tells its pc, the address and that it was a load; the handler supplies the word`, () => {
    expectScheme(LOAD, options);
  });

  it(`${ofStore}: of a store tells its pc, the address and that it was a store; the thread goes on behind it`, () => {
    expectScheme(STORE, options);
  });

  it(`${ofJump}: of a jump tells the address twice, and that it was fetched from; the thread begins again`, () => {
    const seen = { told: [] as number[], marker: 0 };
    const at = { faults: 0, reply: 0, tcb: 0, start: {} };
    behaviour(
      function* (t) {
        const { kit } = t;
        [at.faults, at.reply] = [yield* kit.endpoint(), yield* kit.reply()];
        const process = (caps: number[]) => (options.inTwoSpaces ? { process: caps } : {});
        const badged = yield* kit.mint(at.faults, BADGE);
        const faulter = yield* t.make("faulter", { faultHandler: badged, ...process([]) });
        at.tcb = faulter.tcb;
        const handler = yield* t.start("handler", process([at.faults, at.reply, at.tcb]));
        const jump = { ...faulter.registers, pc: BAD_ADDRESS };
        must(yield* seL4_TCB_WriteRegisters(faulter.tcb, true, 0, seL4_UserContext_Length, jump), "WriteRegisters");
        at.start = faulter.registers;
        yield* t.wait(handler);
        seen.marker = yield* t.wait(faulter);
      },
      {
        *handler() {
          const { info, badge } = yield* seL4_Recv(at.faults, at.reply);
          seen.told = [badge, info.label, ...words(info)];
          const registers = { ...at.start, s2: GOOD };
          must(yield* seL4_TCB_WriteRegisters(at.tcb, false, 0, seL4_UserContext_Length, registers), "WriteRegisters");
          yield* seL4_Send(at.reply, message([], 1));
        },
        // biome-ignore lint/correctness/useYield: it was jumped to
        *faulter() {
          return port().word(Register.s2);
        },
      },
    );
    const told = [BADGE, seL4_Fault_VMFault, BAD_ADDRESS, BAD_ADDRESS, 1, FaultStatus.Instruction];
    expect(seen).toEqual({ told, marker: GOOD });
  });

  it(`${ofSystemCall}: of an unknown system call tells registers and number; an answer sets them, or stops the thread`, () => {
    expectScheme(SYSTEM_CALL, options);
  });
});

describe("A fault that is handled in one address space", () => {
  it("PAGEFAULT0005: of an illegal instruction tells pc, sp and cause; an answer sets them, or stops the thread", () => {
    expectScheme(ILLEGAL_INSTRUCTION, { inTwoSpaces: false });
  });
});
